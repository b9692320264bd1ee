/* Attributes of single operators: named values, copied when they are set. */
#include "acl/op_common/op.h"

aclopAttr *aclopCreateAttr(void) {
  aclopAttr *attr = calloc(1, sizeof *attr);
  if (attr == NULL) {
    (void)no_host_memory(sizeof *attr);
  }
  return attr;
}

void aclopDestroyAttr(const aclopAttr *attr) {
  if (attr != NULL) {
    aclopAttr *mine = (aclopAttr *)(uintptr_t)attr;
    mc_attrs_free(&mine->attrs);
    free(mine);
  }
}

#define REQUIRE_NAME()                                                                                       \
  REQUIRE(attr);                                                                                             \
  REQUIRE(attrName);                                                                                         \
  if (attrName[0] == 0) {                                                                                    \
    return mc_refuse(MC_INVALID_PARAM, "EH0007", __func__, "", "attrName", "a name that is not empty");      \
  }

#define REQUIRE_LIST(count, values)                                                                          \
  REFUSE_UNLESS((count) >= 0, count, #count, "0 or more");                                                   \
  if ((count) > 0) {                                                                                         \
    REQUIRE(values);                                                                                         \
  }

/* Takes over what `value` owns. */
static int set(aclopAttr *attr, const char *name, mc_attr value) {
  value.name = strdup(name);
  return mc_attrs_set(&attr->attrs, &value) ? MC_OK : no_host_memory(strlen(name) + sizeof value);
}

static void *copy_list(const void *values, size_t count, size_t size) {
  void *copy = malloc(count * size + 1);
  if (copy == NULL) {
    (void)no_host_memory(count * size);
  } else if (count > 0) {
    memcpy(copy, values, count * size);
  }
  return copy;
}

aclError aclopSetAttrBool(aclopAttr *attr, const char *attrName, uint8_t attrValue) {
  REQUIRE_NAME();
  return set(attr, attrName, (mc_attr){.kind = MC_ATTR_BOOL, .b = attrValue != 0});
}

aclError aclopSetAttrInt(aclopAttr *attr, const char *attrName, int64_t attrValue) {
  REQUIRE_NAME();
  return set(attr, attrName, (mc_attr){.kind = MC_ATTR_INT, .i = attrValue});
}

aclError aclopSetAttrFloat(aclopAttr *attr, const char *attrName, float attrValue) {
  REQUIRE_NAME();
  return set(attr, attrName, (mc_attr){.kind = MC_ATTR_FLOAT, .f = attrValue});
}

aclError aclopSetAttrDataType(aclopAttr *attr, const char *attrName, aclDataType attrValue) {
  REQUIRE_NAME();
  return set(attr, attrName, (mc_attr){.kind = MC_ATTR_DTYPE, .i = attrValue});
}

aclError aclopSetAttrString(aclopAttr *attr, const char *attrName, const char *attrValue) {
  REQUIRE_NAME();
  REQUIRE(attrValue);
  mc_attr value = {.kind = MC_ATTR_STRING};
  return mc_bytes_set(&value.bytes, attrValue, strlen(attrValue)) ? set(attr, attrName, value)
                                                                 : no_host_memory(strlen(attrValue));
}

aclError aclopSetAttrListInt(aclopAttr *attr, const char *attrName, int numValues, const int64_t *values) {
  REQUIRE_NAME();
  REQUIRE_LIST(numValues, values);
  int64_t *copy = copy_list(values, (size_t)numValues, sizeof *values);
  return copy == NULL ? ACL_ERROR_BAD_ALLOC
                      : set(attr, attrName, (mc_attr){.kind = MC_ATTR_LIST_INT, .count = (size_t)numValues, .ints = copy});
}

aclError aclopSetAttrListFloat(aclopAttr *attr, const char *attrName, int numValues, const float *values) {
  REQUIRE_NAME();
  REQUIRE_LIST(numValues, values);
  float *copy = copy_list(values, (size_t)numValues, sizeof *values);
  return copy == NULL
             ? ACL_ERROR_BAD_ALLOC
             : set(attr, attrName, (mc_attr){.kind = MC_ATTR_LIST_FLOAT, .count = (size_t)numValues, .floats = copy});
}

aclError aclopSetAttrListBool(aclopAttr *attr, const char *attrName, int numValues, const uint8_t *values) {
  REQUIRE_NAME();
  REQUIRE_LIST(numValues, values);
  bool *copy = malloc((size_t)numValues * sizeof *copy + 1);
  if (copy == NULL) {
    return no_host_memory((size_t)numValues);
  }
  for (int i = 0; i < numValues; ++i) {
    copy[i] = values[i] != 0;
  }
  return set(attr, attrName, (mc_attr){.kind = MC_ATTR_LIST_BOOL, .count = (size_t)numValues, .bools = copy});
}

aclError aclopSetAttrListDataType(aclopAttr *attr, const char *attrName, int numValues, const aclDataType values[]) {
  REQUIRE_NAME();
  REQUIRE_LIST(numValues, values);
  int64_t *copy = malloc((size_t)numValues * sizeof *copy + 1);
  if (copy == NULL) {
    return no_host_memory((size_t)numValues * sizeof *copy);
  }
  for (int i = 0; i < numValues; ++i) {
    copy[i] = values[i];
  }
  return set(attr, attrName, (mc_attr){.kind = MC_ATTR_LIST_DTYPE, .count = (size_t)numValues, .ints = copy});
}

/* A list of `count` zeroed members in `value`, of its kind; false when memory is exhausted. */
static bool make_members(mc_attr *value, mc_attr_kind kind, int count) {
  *value = (mc_attr){.kind = kind, .count = (size_t)count};
  void *members = calloc((size_t)count + 1, kind == MC_ATTR_LIST_STRING ? sizeof(mc_bytes) : sizeof(mc_int_list));
  if (kind == MC_ATTR_LIST_STRING) {
    value->strings = members;
  } else {
    value->int_lists = members;
  }
  return members != NULL;
}

aclError aclopSetAttrListString(aclopAttr *attr, const char *attrName, int numValues, const char **values) {
  REQUIRE_NAME();
  REQUIRE_LIST(numValues, values);
  for (int i = 0; i < numValues; ++i) {
    REQUIRE(values[i]);
  }
  mc_attr value;
  bool ok = make_members(&value, MC_ATTR_LIST_STRING, numValues);
  for (int i = 0; i < numValues && ok; ++i) {
    ok = mc_bytes_set(&value.strings[i], values[i], strlen(values[i]));
  }
  if (!ok) {
    mc_attr_free(&value);
    return no_host_memory((size_t)numValues * sizeof(mc_bytes));
  }
  return set(attr, attrName, value);
}

aclError aclopSetAttrListListInt(aclopAttr *attr, const char *attrName, int numLists, const int *numValues,
                                 const int64_t *const values[]) {
  REQUIRE_NAME();
  REQUIRE_LIST(numLists, values);
  REQUIRE_LIST(numLists, numValues);
  for (int i = 0; i < numLists; ++i) {
    REQUIRE_LIST(numValues[i], values[i]);
  }
  mc_attr value;
  bool ok = make_members(&value, MC_ATTR_LIST_LIST_INT, numLists);
  for (int i = 0; i < numLists && ok; ++i) {
    mc_int_list *list = &value.int_lists[i];
    list->values = copy_list(values[i], (size_t)numValues[i], sizeof *list->values);
    list->count = (size_t)numValues[i];
    ok = list->values != NULL;
  }
  if (!ok) {
    mc_attr_free(&value);
    return no_host_memory((size_t)numLists * sizeof(mc_int_list));
  }
  return set(attr, attrName, value);
}
