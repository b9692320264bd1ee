/* Options: NULL-terminated key/value pairs. */
#include <string.h>

#include "graph/model.h"

const char *mc_option(mc_options options, const char *key) {
  for (; options != NULL && options[0] != NULL; options += 2) {
    if (strcmp(options[0], key) == 0) {
      return options[1];
    }
  }
  return NULL;
}
