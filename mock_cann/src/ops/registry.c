/* The table of all operators: the families joined and sorted by type once, so that a lookup is a binary
 * search. */
#include "ops/family.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define FAMILY(name) extern const mc_op_family mc_family_##name;
#include "ops/families.def"
#undef FAMILY

static const mc_op_family *const kFamilies[] = {
#define FAMILY(name) &mc_family_##name,
#include "ops/families.def"
#undef FAMILY
    NULL};

enum { MOST_OPS = 1024, LONGEST_TYPE = 64 };

/* Written once under g_once, read without a lock afterwards. */
static const mc_op_def *g_ops[MOST_OPS];
static int g_count;
static pthread_once_t g_once = PTHREAD_ONCE_INIT;

static int by_type(const void *a, const void *b) {
  return strcmp((*(const mc_op_def *const *)a)->type, (*(const mc_op_def *const *)b)->type);
}

static void join_families(void) {
  for (int f = 0; kFamilies[f] != NULL; ++f) {
    for (int i = 0; i < kFamilies[f]->count && g_count < MOST_OPS; ++i) {
      g_ops[g_count++] = &kFamilies[f]->defs[i];
    }
  }
  qsort(g_ops, (size_t)g_count, sizeof(g_ops[0]), by_type);
}

int mc_op_count(void) {
  pthread_once(&g_once, join_families);
  return g_count;
}

const mc_op_def *mc_op_at(int index) { return index >= 0 && index < mc_op_count() ? g_ops[index] : NULL; }

const mc_op_def *mc_op_find(const char *type) {
  int low = 0;
  int high = mc_op_count();
  while (low < high) {
    const int middle = (low + high) / 2;
    const int order = strcmp(type, g_ops[middle]->type);
    if (order == 0) {
      return g_ops[middle];
    }
    if (order < 0) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return NULL;
}

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c; }

static int least(int a, int b, int c) {
  const int ab = a < b ? a : b;
  return ab < c ? ab : c;
}

/* Levenshtein distance in quarters: another letter case costs one, an edit costs four, so that "relu" is
 * nearer to "Relu" than to "Elu"; a letter missing at the end costs one, because names grow there ("Gather",
 * "GatherV2"). */
static int distance(const char *wanted, const char *known) {
  const int n = (int)strnlen(wanted, LONGEST_TYPE);
  const int m = (int)strnlen(known, LONGEST_TYPE);
  int row[LONGEST_TYPE + 1];
  for (int j = 0; j <= m; ++j) {
    row[j] = 4 * j;
  }
  for (int i = 1; i <= n; ++i) {
    int diagonal = row[0];
    row[0] = 4 * i;
    for (int j = 1; j <= m; ++j) {
      const int above = row[j];
      const char a = wanted[i - 1];
      const char b = known[j - 1];
      const int replace = a == b ? 0 : lower(a) == lower(b) ? 1 : 4;
      const int insert = i == n ? 1 : 4;
      row[j] = least(diagonal + replace, above + 4, row[j - 1] + insert);
      diagonal = above;
    }
  }
  return row[m];
}

int mc_op_nearest(const char *type, const char **names, int n) {
  int found = 0;
  int distances[16];
  n = n > 16 ? 16 : n;
  for (int i = 0; i < mc_op_count(); ++i) {
    const int d = distance(type, g_ops[i]->type);
    int at = found;
    while (at > 0 && distances[at - 1] > d) {
      --at;
    }
    if (at >= n) {
      continue;
    }
    found += found < n ? 1 : 0;
    for (int k = found - 1; k > at; --k) {
      distances[k] = distances[k - 1];
      names[k] = names[k - 1];
    }
    distances[at] = d;
    names[at] = g_ops[i]->type;
  }
  return found;
}
