/* Which option values GE accepts, level by level. Keys it does not know are accepted, as GE does. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "graph/session_options.h"
#include "graph/session_status.h"

enum { G = 1 << MC_LEVEL_GLOBAL, S = 1 << MC_LEVEL_SESSION, A = 1 << MC_LEVEL_GRAPH };

#define MAX_JOB_ID 128

typedef struct rule {
  const char *key;
  int levels;
  const char *choices; /* '|' between them; NULL: `accepts` decides */
  bool (*accepts)(const char *value);
  const char *reason;
} rule;

static bool is_integer_from(const char *value, long least) {
  char *end;
  errno = 0;
  const long number = strtol(value, &end, 10);
  return *value != '\0' && *end == '\0' && errno == 0 && number >= least;
}

static bool is_threshold(const char *value) {
  return is_integer_from(value, 0);
}
static bool is_lower_limit(const char *value) {
  return is_integer_from(value, -1);
}
static bool is_readable(const char *value) {
  return access(value, R_OK) == 0;
}

/* "24" or "24|48" */
static bool is_core_count(const char *value) {
  int parts = 0;
  for (const char *at = value;; at++) {
    if (!isdigit((unsigned char)*at)) {
      return false;
    }
    while (isdigit((unsigned char)*at)) {
      at++;
    }
    parts++;
    if (*at == '\0') {
      return parts <= 2;
    }
    if (*at != '|') {
      return false;
    }
  }
}

/* Numbers with ',' between them, or pairs of them with '|' between. */
static bool is_index_list(const char *value) {
  bool digit = false;
  for (; *value != '\0'; value++) {
    if (isdigit((unsigned char)*value)) {
      digit = true;
    } else if ((*value == ',' || *value == '|') && digit) {
      digit = false;
    } else {
      return false;
    }
  }
  return digit;
}

/* "PassOne:on;PassTwo:off" */
static bool is_switch_list(const char *value) {
  while (*value != '\0') {
    const char *colon = strchr(value, ':');
    if (colon == NULL || colon == value) {
      return false;
    }
    const size_t length = strcspn(colon + 1, ";");
    if (!(length == 2 && strncmp(colon + 1, "on", 2) == 0) &&
        !(length == 3 && strncmp(colon + 1, "off", 3) == 0)) {
      return false;
    }
    value = colon + 1 + length;
    value += *value == ';';
  }
  return true;
}

static const rule kRules[] = {
    {"ge.exec.precision_mode", G | S,
     "force_fp16|force_fp32|cube_fp16in_fp32out|allow_mix_precision|allow_mix_precision_fp16|"
     "allow_mix_precision_bf16|allow_fp32_to_fp16|allow_fp32_to_bf16|must_keep_origin_dtype",
     NULL, NULL},
    {"ge.exec.precision_mode_v2", G | S,
     "fp16|origin|cube_fp16in_fp32out|mixed_float16|mixed_bfloat16|cube_hif8|mixed_hif8", NULL, NULL},
    {"ge.exec.op_precision_mode", S, NULL, is_readable, "the file cannot be read"},
    {"ge.featureBaseRefreshable", G | S | A, "0|1", NULL, NULL},
    {"ge.constLifecycle", G | S | A, "session|graph", NULL, NULL},
    {"ge.enableSingleStream", G | S | A, "true|false", NULL, NULL},
    {"ge.exec.hostSchedulingMaxThreshold", G | S | A, NULL, is_threshold, "it must be a number from 0"},
    {"ge.exec.static_model_ops_lower_limit", A, NULL, is_lower_limit, "it must be a number from -1"},
    {"ge.tiling_schedule_optimize", G | S, "0|1", NULL, NULL},
    {"ge.optimizationSwitch", G | S | A, NULL, is_switch_list, "it must be a list like \"pass:on;pass:off\""},
    {"ge.AllowMultiGraphParallelCompile", G | S, "0|1", NULL, NULL},
    {"ge.exec.disableReuseMemory", S, "0|1", NULL, NULL},
    {"ge.exec.enableDump", G | S, "0|1", NULL, NULL},
    {"ge.aicoreNum", S | A, NULL, is_core_count, "it must be a number, or two with | between"},
    {"ge.exec.inputReuseMemIndexes", A, NULL, is_index_list, "it must be a list of indexes"},
    {"ge.exec.outputReuseMemIndexes", A, NULL, is_index_list, "it must be a list of indexes"},
    {"ge.exec.outputReuseInputMemIndexes", A, NULL, is_index_list, "it must be a list of index pairs"},
};

static bool is_choice(const char *choices, const char *value) {
  const size_t length = strlen(value);
  for (const char *at = choices;; at++) {
    const size_t width = strcspn(at, "|");
    if (width == length && strncmp(at, value, width) == 0) {
      return true;
    }
    at += width;
    if (*at == '\0') {
      return false;
    }
  }
}

static mc_ge_status check_value(const rule *rule, const char *value) {
  if (rule->choices == NULL ? rule->accepts(value) : is_choice(rule->choices, value)) {
    return MC_GE_SUCCESS;
  }
  if (rule->choices != NULL) {
    char reason[320] = "";
    mc_text_format(reason, sizeof reason, "it must be one of %s", rule->choices);
    mc_report("E10001", value, rule->key, reason, NULL);
  } else {
    mc_report("E10001", value, rule->key, rule->reason, NULL);
  }
  return MC_GE_PARAM_INVALID;
}

static bool is_set(mc_options options, const char *key, const char **value) {
  *value = mc_option(options, key);
  return *value != NULL && **value != '\0';
}

/* Options that depend on one another. */
static mc_ge_status check_precision(mc_options options) {
  const char *mode, *mode_v2, *list;
  const bool has_mode = is_set(options, "ge.exec.precision_mode", &mode);
  const bool has_mode_v2 = is_set(options, "ge.exec.precision_mode_v2", &mode_v2);
  if (has_mode && has_mode_v2) {
    mc_report("E10001", mode_v2, "ge.exec.precision_mode_v2",
              "ge.exec.precision_mode is set too; use one of them", NULL);
    return MC_GE_PARAM_INVALID;
  }
  if (is_set(options, "ge.exec.modify_mixlist", &list)) {
    const bool mixed = (has_mode && strncmp(mode, "allow_mix_precision", 19) == 0) ||
                       (has_mode_v2 && strncmp(mode_v2, "mixed_", 6) == 0);
    if (!mixed) {
      mc_report("E10001", list, "ge.exec.modify_mixlist", "it needs a mixed precision mode", NULL);
      return MC_GE_PARAM_INVALID;
    }
  }
  return MC_GE_SUCCESS;
}

static mc_ge_status check_tuning(mc_options options, mc_option_level level) {
  const char *value;
  if (level == MC_LEVEL_GRAPH || !is_set(options, "ge.autoTuneMode", &value)) {
    return MC_GE_SUCCESS;
  }
  if (level == MC_LEVEL_GLOBAL) {
    mc_report("E10060", "ge.autoTuneMode is not supported; remove it", NULL);
  } else {
    mc_report("E10001", value, "ge.autoTuneMode", "it is not supported; remove it", NULL);
  }
  return MC_GE_PARAM_INVALID;
}

mc_ge_status mc_options_check(mc_options options, mc_option_level level, const char *stage) {
  if (options == NULL) {
    return MC_GE_SUCCESS;
  }
  for (mc_options at = options; at[0] != NULL; at += 2) {
    if (at[0][0] == '\0') {
      mc_report("E10059", stage, "the key of an option is empty", NULL);
      return MC_GE_FAILED;
    }
  }
  mc_ge_status status = check_tuning(options, level);
  const char *job = mc_option(options, "ge.exec.jobId");
  if (status == MC_GE_SUCCESS && level == MC_LEVEL_GLOBAL && job != NULL && strlen(job) > MAX_JOB_ID) {
    mc_report("E10051", job, MC_TEXT("%d", MAX_JOB_ID), NULL);
    status = MC_GE_PARAM_INVALID;
  }
  if (status == MC_GE_SUCCESS && level != MC_LEVEL_GRAPH) {
    status = check_precision(options);
  }
  for (size_t i = 0; status == MC_GE_SUCCESS && i < sizeof kRules / sizeof kRules[0]; i++) {
    const char *value;
    if ((kRules[i].levels & 1 << level) != 0 && is_set(options, kRules[i].key, &value)) {
      status = check_value(&kRules[i], value);
    }
  }
  return status;
}
