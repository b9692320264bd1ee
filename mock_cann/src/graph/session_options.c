/* Owned option sets and the index lists some options hold. */
#include "graph/session_options.h"

#include <ctype.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

bool mc_option_set_add(mc_option_set *set, const char *key, const char *value) {
  char **pairs = realloc(set->pairs, (size_t)(2 * set->count + 3) * sizeof *pairs);
  if (pairs == NULL) {
    return false;
  }
  set->pairs = pairs;
  char *key_copy = strdup(key);
  char *value_copy = strdup(value);
  if (key_copy == NULL || value_copy == NULL) {
    free(key_copy);
    free(value_copy);
    pairs[2 * set->count] = NULL;
    return false;
  }
  pairs[2 * set->count] = key_copy;
  pairs[2 * set->count + 1] = value_copy;
  pairs[2 * set->count + 2] = NULL;
  set->count++;
  return true;
}

void mc_option_set_free(mc_option_set *set) {
  for (int i = 0; i < 2 * set->count; i++) {
    free(set->pairs[i]);
  }
  free(set->pairs);
  *set = (mc_option_set){0};
}

bool mc_option_set_fill(mc_option_set *to, mc_options from) {
  for (; from != NULL && from[0] != NULL; from += 2) {
    if (mc_option(mc_option_set_view(to), from[0]) == NULL && !mc_option_set_add(to, from[0], from[1])) {
      return false;
    }
  }
  return true;
}

bool mc_option_set_copy(mc_option_set *to, mc_options from) {
  mc_option_set copy = {0};
  if (!mc_option_set_fill(&copy, from)) {
    mc_option_set_free(&copy);
    return false;
  }
  *to = copy;
  return true;
}

/* Reads digits; false when there are none or the number does not fit. */
static bool read_number(const char **text, uint64_t limit, uint64_t *number) {
  const char *at = *text;
  uint64_t value = 0;
  if (!isdigit((unsigned char)*at)) {
    return false;
  }
  for (; isdigit((unsigned char)*at); at++) {
    const uint64_t digit = (uint64_t)(*at - '0');
    if (value > (limit - digit) / 10) {
      return false;
    }
    value = value * 10 + digit;
  }
  *text = at;
  *number = value;
  return true;
}

bool mc_option_indexes(const char *text, int **indexes, int *count) {
  *indexes = NULL;
  *count = 0;
  if (*text == '\0') {
    return true;
  }
  size_t capacity = 1;
  for (const char *at = text; *at != '\0'; at++) {
    capacity += *at == ';';
  }
  int *list = malloc(capacity * sizeof *list);
  int used = 0;
  for (const char *at = text; list != NULL;) {
    uint64_t index, ignored;
    if (!read_number(&at, INT_MAX, &index)) {
      break;
    }
    if (*at == ',') { /* address and length follow */
      at++;
      if (!read_number(&at, UINT64_MAX, &ignored) || *at++ != ',' ||
          !read_number(&at, UINT64_MAX, &ignored)) {
        break;
      }
    }
    list[used++] = (int)index;
    if (*at == '\0') {
      *indexes = list;
      *count = used;
      return true;
    }
    if (*at++ != ';') {
      break;
    }
  }
  free(list);
  return false;
}
