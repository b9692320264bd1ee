/* aclInit's configuration file: its limits, and the sections that mean something here. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/internal.h"
#include "engine/json.h"
#include "engine/lifecycle.h"

enum { INVALID_FILE = 100003, PARSE_FILE = 100006, DUMP_CONFIG = 100009, FAILURE = 500001, OP_QUEUE = 148048 };
enum { MAX_FILE = 10 << 20, MAX_NESTING = 10 };

int mc_config_read(const char *function, const char *path, char **text, size_t *size) {
  (void)function;
  *text = NULL;
  *size = 0;
  if (path == NULL || *path == '\0') {
    return MC_OK;
  }
  char resolved[PATH_MAX];
  struct stat info;
  if (realpath(path, resolved) == NULL || stat(resolved, &info) != 0) {
    return mc_refuse(INVALID_FILE, "EH0003", path, "the path cannot be resolved");
  }
  if (!S_ISREG(info.st_mode)) {
    return mc_refuse(INVALID_FILE, "EH0003", path, "it is not a regular file");
  }
  if (info.st_size > MAX_FILE) {
    return mc_refuse(INVALID_FILE, "EH0004", path, "it is larger than 10 MB");
  }
  FILE *file = fopen(resolved, "rb");
  char *content = malloc((size_t)info.st_size + 1);
  if (file == NULL || content == NULL) {
    if (file != NULL) {
      fclose(file);
    }
    free(content);
    return mc_refuse(INVALID_FILE, "EH0003", path, "the file cannot be opened");
  }
  *size = fread(content, 1, (size_t)info.st_size, file);
  content[*size] = '\0';
  *text = content;
  fclose(file);
  return MC_OK;
}

/* Braces are simply counted, also inside strings: that is how deep CANN thinks a file nests. */
static int deepest(const char *text, size_t size, char open, char close) {
  int depth = 0, most = 0;
  for (size_t i = 0; i < size; ++i) {
    depth += text[i] == open ? 1 : text[i] == close ? -1 : 0;
    most = depth > most ? depth : most;
  }
  return most;
}

static bool is_id(const char *text) {
  const size_t length = strlen(text);
  return length > 0 && length < 4 && strspn(text, "0123456789") == length && (length == 1 || text[0] != '0');
}

static const char *text_of(const mc_json *json) { return json == NULL || json->text == NULL ? "" : json->text; }

static int apply_default_device(const mc_json *root) {
  const mc_json *section = mc_json_member(root, "defaultDevice");
  if (section == NULL) {
    return MC_OK;
  }
  const mc_json *device = mc_json_member(section, "default_device");
  if (device == NULL || device->kind != MC_JSON_STRING || !is_id(device->text) ||
      mc_device_of_user(atoi(device->text)) == NULL) {
    return mc_refuse(FAILURE, "EH0001", text_of(device), "defaultDevice.default_device",
                     "it must be a visible device's id as a string without leading zeros");
  }
  mc_device_default(atoi(device->text));
  return MC_OK;
}

static int apply_error_mode(const mc_json *root) {
  const mc_json *mode = mc_json_member(root, "err_msg_mode");
  if (mode != NULL && (mode->kind != MC_JSON_STRING || (strcmp(mode->text, "0") != 0 && strcmp(mode->text, "1") != 0))) {
    return mc_refuse(MC_INVALID_PARAM, "EH0001", text_of(mode), "err_msg_mode", "it must be \"0\" or \"1\"");
  }
  mc_report_process_mode(mode != NULL && mode->text[0] == '1');
  return MC_OK;
}

/* Sections whose work is not emulated are still checked where CANN refuses them. */
static int check_others(const mc_json *root) {
  const mc_json *dump = mc_json_member(root, "dump");
  const mc_json *level = mc_json_member(dump, "dump_mode");
  if (dump != NULL && dump->kind != MC_JSON_OBJECT) {
    return mc_refuse(DUMP_CONFIG, "EP0001", "dump", "the configuration", "it must be an object");
  }
  if (level != NULL && strcmp(text_of(level), "input") != 0 && strcmp(text_of(level), "output") != 0 &&
      strcmp(text_of(level), "all") != 0) {
    return mc_refuse(DUMP_CONFIG, "EP0001", "dump_mode", "the configuration", "it must be input, output or all");
  }
  const mc_json *queue = mc_json_member(root, "max_opqueue_num");
  if (queue != NULL && (queue->kind != MC_JSON_STRING || strspn(queue->text, "0123456789") != strlen(queue->text) ||
                        strtoll(queue->text, NULL, 10) <= 0)) {
    return mc_refuse(OP_QUEUE, "EH0001", text_of(queue), "max_opqueue_num", "it must be a positive number as a string");
  }
  const mc_json *mode = mc_json_member(mc_json_member(root, "acl_graph"), "event_mode");
  if (mode != NULL && strcmp(text_of(mode), "0") != 0 && strcmp(text_of(mode), "1") != 0) {
    return mc_refuse(MC_INVALID_PARAM, "EH0001", text_of(mode), "acl_graph.event_mode", "it must be \"0\" or \"1\"");
  }
  return MC_OK;
}

int mc_config_apply(const char *function, const char *path, const char *text, size_t size) {
  (void)function;
  if (size == 0) {
    return MC_OK;
  }
  if (deepest(text, size, '{', '}') > MAX_NESTING || deepest(text, size, '[', ']') > MAX_NESTING) {
    return mc_refuse(PARSE_FILE, "EH0004", path, "it nests more than 10 levels");
  }
  size_t offset = 0;
  mc_json *root = mc_json_parse(text, size, 2 * MAX_NESTING + 1, &offset);
  if (root == NULL) {
    return mc_refuse(PARSE_FILE, "EH0004", path, MC_TEXT("it is no valid JSON near byte %zu", offset));
  }
  int status = apply_error_mode(root);
  status = status == MC_OK ? apply_default_device(root) : status;
  status = status == MC_OK ? check_others(root) : status;
  mc_json_free(root);
  return status;
}
