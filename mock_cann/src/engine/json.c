/* Recursive descent over a bounded buffer. */
#include "engine/json.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct reader {
  const char *text;
  size_t size, at;
} reader;

static int peek(reader *r) {
  while (r->at < r->size && strchr(" \t\r\n", r->text[r->at]) != NULL && r->text[r->at] != '\0') {
    ++r->at;
  }
  return r->at < r->size ? (unsigned char)r->text[r->at] : -1;
}

static bool accept(reader *r, int c) {
  if (peek(r) != c) {
    return false;
  }
  ++r->at;
  return true;
}

static char *encode_utf8(char *out, uint32_t code) {
  if (code < 0x80) {
    *out++ = (char)code;
  } else if (code < 0x800) {
    *out++ = (char)(0xc0 | code >> 6);
    *out++ = (char)(0x80 | (code & 0x3f));
  } else {
    *out++ = (char)(0xe0 | code >> 12);
    *out++ = (char)(0x80 | (code >> 6 & 0x3f));
    *out++ = (char)(0x80 | (code & 0x3f));
  }
  return out;
}

static bool read_escape(reader *r, char **out) {
  static const char kFrom[] = "\"\\/bfnrt", kTo[] = "\"\\/\b\f\n\r\t";
  if (r->at >= r->size) {
    return false;
  }
  const char c = r->text[r->at++];
  const char *known = c == '\0' ? NULL : strchr(kFrom, c);
  if (known != NULL) {
    *(*out)++ = kTo[known - kFrom];
    return true;
  }
  if (c != 'u' || r->size - r->at < 4) {
    return false;
  }
  uint32_t code = 0;
  for (int i = 0; i < 4; ++i) {
    const int digit = (unsigned char)r->text[r->at++];
    if (!isxdigit(digit)) {
      return false;
    }
    code = code * 16 + (uint32_t)(isdigit(digit) ? digit - '0' : tolower(digit) - 'a' + 10);
  }
  *out = encode_utf8(*out, code);
  return true;
}

static char *read_string(reader *r) {
  if (!accept(r, '"')) {
    return NULL;
  }
  char *text = malloc(r->size - r->at + 1); /* no escape grows */
  char *out = text;
  while (text != NULL && r->at < r->size) {
    const char c = r->text[r->at++];
    if (c == '"') {
      *out = '\0';
      return text;
    }
    if ((unsigned char)c < 0x20 || (c == '\\' && !read_escape(r, &out))) {
      break;
    }
    if (c != '\\') {
      *out++ = c;
    }
  }
  free(text);
  return NULL;
}

static mc_json *read_value(reader *r, int depth);

static bool read_members(reader *r, mc_json *json, int depth) {
  const bool object = json->kind == MC_JSON_OBJECT;
  const int end = object ? '}' : ']';
  mc_json **last = &json->first;
  ++r->at;
  if (accept(r, end)) {
    return true;
  }
  do {
    char *key = object ? read_string(r) : NULL;
    if (object && (key == NULL || !accept(r, ':'))) {
      free(key);
      return false;
    }
    mc_json *value = read_value(r, depth - 1);
    if (value == NULL) {
      free(key);
      return false;
    }
    value->key = key;
    *last = value;
    last = &value->next;
  } while (accept(r, ','));
  return accept(r, end);
}

static bool is_number(const char *text) {
  char *end = NULL;
  (void)strtod(text, &end);
  return *text != '\0' && *end == '\0' && (isdigit((unsigned char)text[text[0] == '-'])) && strpbrk(text, "xXnN") == NULL;
}

static bool read_word(reader *r, mc_json *json) {
  const size_t start = r->at;
  while (r->at < r->size && (isalnum((unsigned char)r->text[r->at]) || strchr("+-.", r->text[r->at]) != NULL) &&
         r->text[r->at] != '\0') {
    ++r->at;
  }
  json->text = strndup(r->text + start, r->at - start);
  if (json->text == NULL) {
    return false;
  }
  const bool boolean = strcmp(json->text, "true") == 0 || strcmp(json->text, "false") == 0;
  const bool null = strcmp(json->text, "null") == 0;
  json->kind = boolean ? MC_JSON_BOOL : null ? MC_JSON_NULL : MC_JSON_NUMBER;
  return boolean || null || is_number(json->text);
}

static mc_json *read_value(reader *r, int depth) {
  const int c = peek(r);
  mc_json *json = depth > 0 && c >= 0 ? calloc(1, sizeof *json) : NULL;
  if (json == NULL) {
    return NULL;
  }
  bool good = false;
  if (c == '{' || c == '[') {
    json->kind = c == '{' ? MC_JSON_OBJECT : MC_JSON_ARRAY;
    good = read_members(r, json, depth);
  } else if (c == '"') {
    json->kind = MC_JSON_STRING;
    json->text = read_string(r);
    good = json->text != NULL;
  } else {
    good = read_word(r, json);
  }
  if (!good) {
    mc_json_free(json);
    return NULL;
  }
  return json;
}

mc_json *mc_json_parse(const char *text, size_t size, int depth, size_t *offset) {
  reader r = {text, size, 0};
  mc_json *json = read_value(&r, depth);
  *offset = r.at;
  if (json != NULL && peek(&r) >= 0) {
    *offset = r.at;
    mc_json_free(json);
    return NULL;
  }
  return json;
}

void mc_json_free(mc_json *json) {
  while (json != NULL) {
    mc_json *next = json->next;
    mc_json_free(json->first);
    free(json->key);
    free(json->text);
    free(json);
    json = next;
  }
}

const mc_json *mc_json_member(const mc_json *object, const char *key) {
  for (const mc_json *m = object == NULL || object->kind != MC_JSON_OBJECT ? NULL : object->first; m != NULL;
       m = m->next) {
    if (strcmp(m->key, key) == 0) {
      return m;
    }
  }
  return NULL;
}
