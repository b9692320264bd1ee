/* Releasing what GE allocated. */
#include "guard.h"

extern "C" {
void pge_base_release(pge_handle owner) {
  delete pge::object<pge::Owner>(owner);
}
}
