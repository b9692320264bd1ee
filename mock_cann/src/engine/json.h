/* A reader of small JSON texts into a tree. */
#ifndef MC_ENGINE_JSON_H
#define MC_ENGINE_JSON_H

#include <stdbool.h>
#include <stddef.h>

typedef enum mc_json_kind {
  MC_JSON_NULL,
  MC_JSON_BOOL,
  MC_JSON_NUMBER,
  MC_JSON_STRING,
  MC_JSON_ARRAY,
  MC_JSON_OBJECT
} mc_json_kind;

typedef struct mc_json {
  mc_json_kind kind;
  char *key;   /* inside an object */
  char *text;  /* of strings (decoded), numbers and booleans (as written) */
  struct mc_json *first, *next;
} mc_json;

/* NULL when the text is no JSON; *offset is where. `depth` limits nesting. */
mc_json *mc_json_parse(const char *text, size_t size, int depth, size_t *offset);
void mc_json_free(mc_json *json);
const mc_json *mc_json_member(const mc_json *object, const char *key); /* NULL when absent or no object */

#endif
