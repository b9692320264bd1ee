/*
 * Which devices this process sees: ASCEND_RT_VISIBLE_DEVICES, read once. User ids count the visible devices; logic ids
 * are places in the profile.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "engine/internal.h"

static pthread_once_t g_once = PTHREAD_ONCE_INIT;
static int g_visible[MC_MAX_DEVICES];
static int g_count; /* -1: the list is unusable */

/* Reads decimal ids up to the first token that is none or is out of range; what came before counts. */
static int parse(const char *text, int devices, int *ids) {
  int count = 0;
  while (count < MC_MAX_DEVICES) {
    const size_t length = strcspn(text, ",");
    bool digits = length > 0 && length < 10;
    for (size_t i = 0; i < length; ++i) {
      digits = digits && isdigit((unsigned char)text[i]);
    }
    if (!digits || atoi(text) >= devices) {
      break;
    }
    ids[count++] = atoi(text);
    if (text[length] == '\0') {
      break;
    }
    text += length + 1;
  }
  return count;
}

static void read_list(void) {
  const int devices = mc_profile_get()->devices;
  const char *text = getenv("ASCEND_RT_VISIBLE_DEVICES");
  if (text == NULL || devices == 0) {
    for (g_count = 0; g_count < devices; ++g_count) {
      g_visible[g_count] = g_count;
    }
    return;
  }
  g_count = parse(text, devices, g_visible);
  for (int i = 1; i < g_count; ++i) {
    if (g_visible[i] <= g_visible[i - 1]) {
      g_count = -1;
      return;
    }
  }
  g_count = g_count == 0 ? -1 : g_count;
}

int mc_device_visible_count(void) {
  pthread_once(&g_once, read_list);
  return g_count;
}

mc_device *mc_device_of_user(int user_id) {
  const int count = mc_device_visible_count();
  return user_id >= 0 && user_id < count ? mc_device_at(g_visible[user_id]) : NULL;
}

int mc_device_user_id(const mc_device *device) {
  const int count = mc_device_visible_count();
  for (int i = 0; i < count; ++i) {
    if (g_visible[i] == device->id) {
      return i;
    }
  }
  return -1;
}

int mc_device_count(const char *function, uint32_t *count) {
  const int visible = mc_device_visible_count();
  if (visible < 0) {
    const char *text = getenv("ASCEND_RT_VISIBLE_DEVICES");
    return mc_fail(MC_RT_NO_DEVICE, "EE2002", text == NULL ? "" : text, "ASCEND_RT_VISIBLE_DEVICES",
                   "ascending device ids separated by commas");
  }
  if (visible == 0) {
    return mc_fail(MC_RT_NO_DEVICE, "EE1021", function,
                   mc_profile_problem() == NULL ? "there is no device" : mc_profile_problem());
  }
  *count = (uint32_t)visible;
  return MC_OK;
}
