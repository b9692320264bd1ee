/* ge::StatusFactory's one table. Programs built with either std::string reach it through inline code; what
 * keeps the newer one from touching the older one's strings is that the two codes everybody registers are
 * here before them. */
#include "ge/ge_api_error_codes.h"

namespace ge {
StatusFactory *StatusFactory::Instance() {
  struct Factory : StatusFactory {
    Factory() {
      RegisterErrorNo(SUCCESS, "Success");
      RegisterErrorNo(FAILED, "Failed");
    }
  };
  /* Never destroyed: static objects of programs may still ask at exit. */
  static Factory *const factory = new Factory();
  return factory;
}
}  // namespace ge
