/* All mapping rules: the families listed in families.def. */
#include <string.h>

#include "onnx/import.h"

#define FAMILY(name) extern const mc_on_family mc_on_family_##name;
#include "onnx/families.def"
#undef FAMILY

static const mc_on_family *const kFamilies[] = {
#define FAMILY(name) &mc_on_family_##name,
#include "onnx/families.def"
#undef FAMILY
};

static bool same_type(const char *rule, const char *domain, const char *type) {
  if (domain[0] == 0) {
    return strcmp(rule, type) == 0;
  }
  const size_t length = strlen(domain);
  return strncmp(rule, domain, length) == 0 && strncmp(rule + length, "::", 2) == 0 && strcmp(rule + length + 2, type) == 0;
}

const mc_on_rule *mc_on_rule_find(const char *domain, const char *type, int64_t version, bool *known) {
  *known = false;
  for (size_t i = 0; i < sizeof kFamilies / sizeof kFamilies[0]; ++i) {
    for (int at = 0; at < kFamilies[i]->count; ++at) {
      const mc_on_rule *rule = &kFamilies[i]->rules[at];
      if (same_type(rule->type, domain, type)) {
        *known = true;
        if (version >= rule->since && (rule->until == 0 || version <= rule->until)) {
          return rule;
        }
      }
    }
  }
  return NULL;
}
