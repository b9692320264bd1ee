/* Callbacks, initialisation, reporting. */
#include "misuse.h"

#include <pthread.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void nothing(void *data) { (void)data; }

CASE(launch_host_func_null) { return aclrtLaunchHostFunc(need_stream(), NULL, NULL); }
CASE(launch_host_func_subscribed) {
  aclrtStream stream = need_stream();
  NEED(aclrtSubscribeReport((uint64_t)pthread_self(), stream));
  return aclrtLaunchHostFunc(stream, nothing, NULL);
}
CASE(launch_callback_null) { return aclrtLaunchCallback(NULL, NULL, ACL_CALLBACK_BLOCK, need_stream()); }
CASE(launch_callback_unknown_block_type) {
  return aclrtLaunchCallback(nothing, NULL, (aclrtCallbackBlockType)5, need_stream());
}
CASE(launch_callback_not_subscribed) { return aclrtLaunchCallback(nothing, NULL, ACL_CALLBACK_BLOCK, need_stream()); }
CASE(subscribe_twice_same_thread) {
  aclrtStream stream = need_stream();
  NEED(aclrtSubscribeReport((uint64_t)pthread_self(), stream));
  return aclrtSubscribeReport((uint64_t)pthread_self(), stream);
}
CASE(subscribe_other_thread) {
  aclrtStream stream = need_stream();
  NEED(aclrtSubscribeReport((uint64_t)pthread_self(), stream));
  return aclrtSubscribeReport(42, stream);
}
CASE(subscribe_after_host_func) {
  aclrtStream stream = need_stream();
  NEED(aclrtLaunchHostFunc(stream, nothing, NULL));
  NEED(aclrtSynchronizeStream(stream));
  return aclrtSubscribeReport((uint64_t)pthread_self(), stream);
}
CASE(unsubscribe_not_subscribed) { return aclrtUnSubscribeReport((uint64_t)pthread_self(), need_stream()); }
CASE(unsubscribe_other_thread) {
  aclrtStream stream = need_stream();
  NEED(aclrtSubscribeReport((uint64_t)pthread_self(), stream));
  return aclrtUnSubscribeReport(42, stream);
}
CASE(process_report_timeout_zero) { return aclrtProcessReport(0); }
CASE(process_report_not_subscribed) { return aclrtProcessReport(10); }
CASE(process_report_expires) {
  aclrtStream stream = need_stream();
  NEED(aclrtSubscribeReport((uint64_t)pthread_self(), stream));
  return aclrtProcessReport(10);
}
CASE(exception_callback_null) { return aclrtExceptionInfoCallbackRegister(NULL); }
CASE(exception_info_null) { return aclrtGetTaskIdFromExceptionInfo(NULL) == 0xFFFFFFFFu ? 0 : 1; }
CASE(stream_state_callback_no_name) { return aclrtRegStreamStateCallback(NULL, NULL, NULL); }

CASE(init_twice) {
  NEED(aclInit(NULL));
  return aclInit("/no/such/file");
}
CASE(init_missing_file) { return aclInit("/no/such/file.json"); }
CASE(init_directory) { return aclInit("/"); }

static const char *written(const char *text) {
  static char path[64];
  strcpy(path, "/tmp/misuse-XXXXXX");
  const int file = mkstemp(path);
  if (file < 0 || write(file, text, strlen(text)) != (ssize_t)strlen(text)) {
    exit(3);
  }
  close(file);
  return path;
}
CASE(init_empty_file) {
  const char *path = written("");
  const int status = aclInit(path);
  unlink(path);
  return status;
}
CASE(init_empty_object) {
  const char *path = written("{}");
  const int status = aclInit(path);
  unlink(path);
  return status;
}
CASE(init_bad_json) {
  const char *path = written("{\"dump\": }");
  const int status = aclInit(path);
  unlink(path);
  return status;
}
CASE(init_nested_too_deep) {
  const char *path = written("{\"a\":{{{{{{{{{{{}}}}}}}}}}}}");
  const int status = aclInit(path);
  unlink(path);
  return status;
}
CASE(init_error_mode_unknown) {
  const char *path = written("{\"err_msg_mode\": \"2\"}");
  const int status = aclInit(path);
  unlink(path);
  return status;
}
CASE(init_default_device_bad) {
  const char *path = written("{\"defaultDevice\": {\"default_device\": \"01\"}}");
  const int status = aclInit(path);
  unlink(path);
  return status;
}
CASE(init_default_device_serves_threads_without_one) {
  const char *path = written("{\"defaultDevice\": {\"default_device\": \"1\"}}");
  int32_t device = -1;
  aclrtStream stream = NULL;
  NEED(aclInit(path));
  unlink(path);
  NEED(aclrtGetDevice(&device));
  EXPECT(device == 1);
  return aclrtCreateStream(&stream);
}
CASE(init_with_another_content) {
  const char *path = written("{\"err_msg_mode\": \"1\"}");
  NEED(aclInit(path));
  NEED(aclFinalize());
  unlink(path);
  return aclInit(NULL);
}
CASE(finalize_before_init) { return aclFinalize(); }
CASE(finalize_twice) {
  NEED(aclInit(NULL));
  NEED(aclFinalize());
  return aclFinalize();
}
CASE(one_finalize_ends_three_inits) {
  NEED(aclInit(NULL));
  EXPECT(aclInit(NULL) == 100002);
  EXPECT(aclInit(NULL) == 100002);
  NEED(aclFinalize());
  return aclFinalize();
}
CASE(finalize_reference_counts) {
  uint64_t count = 0;
  NEED(aclInit(NULL));
  EXPECT(aclInit(NULL) == 100002);
  NEED(aclFinalizeReference(&count));
  EXPECT(count == 1);
  NEED(aclFinalizeReference(&count));
  EXPECT(count == 0);
  return aclFinalizeReference(NULL);
}
CASE(init_again_after_finalize) {
  NEED(aclInit(NULL));
  NEED(aclFinalize());
  return aclInit(NULL);
}

static int g_calls;
static aclError count_init(const char *config, size_t size, void *data) {
  (void)config;
  (void)size;
  g_calls += *(int *)data;
  return 0;
}
static aclError fail_init(const char *config, size_t size, void *data) {
  (void)config;
  (void)size;
  (void)data;
  return 4711;
}
CASE(init_callback_null) { return aclInitCallbackRegister(ACL_REG_TYPE_OTHER, NULL, NULL); }
CASE(init_callback_same_type_twice) {
  int one = 1;
  NEED(aclInitCallbackRegister(ACL_REG_TYPE_ACL_DVPP, count_init, &one));
  return aclInitCallbackRegister(ACL_REG_TYPE_ACL_DVPP, count_init, &one);
}
CASE(init_callback_unknown) { return aclInitCallbackUnRegister(ACL_REG_TYPE_ACL_DVPP, count_init); }
CASE(init_callback_fails) {
  NEED(aclInitCallbackRegister(ACL_REG_TYPE_OTHER, fail_init, NULL));
  EXPECT(aclInit(NULL) == 4711);
  NEED(aclInitCallbackUnRegister(ACL_REG_TYPE_OTHER, fail_init));
  return aclInit(NULL);
}
CASE(init_callback_registered_late_runs_at_once) {
  int one = 1;
  NEED(aclInit(NULL));
  NEED(aclInitCallbackRegister(ACL_REG_TYPE_OTHER, count_init, &one));
  EXPECT(g_calls == 1);
  return 0;
}
CASE(version_unknown_package) {
  char version[128];
  char name[] = "no_such_package";
  return aclsysGetVersionStr(name, version);
}
CASE(version_null) { return aclsysGetVersionStr(NULL, NULL); }

CASE(recent_text_is_read_once) {
  NEED(aclrtSetDevice(0));
  EXPECT(aclGetRecentErrMsg() == NULL);
  EXPECT(aclrtSetDevice(1000) == 107001);
  EXPECT(aclGetRecentErrMsg() != NULL);
  EXPECT(aclGetRecentErrMsg() == NULL);
  return 0;
}
CASE(last_error_is_taken_once) {
  NEED(aclrtSetDevice(0));
  EXPECT(aclrtMalloc(NULL, 8, ACL_MEM_MALLOC_HUGE_FIRST) == 100000);
  EXPECT(aclrtPeekAtLastError(ACL_RT_THREAD_LEVEL) == 0);
  EXPECT(aclrtSetDevice(1000) == 107001);
  NEED(aclrtSetDevice(0));
  EXPECT(aclrtPeekAtLastError(ACL_RT_THREAD_LEVEL) == 107001);
  EXPECT(aclrtGetLastError(ACL_RT_THREAD_LEVEL) == 107001);
  return aclrtGetLastError(ACL_RT_THREAD_LEVEL);
}
CASE(a_forked_child_gets_an_error) {
  aclrtStream stream = need_stream();
  NEED(aclrtSynchronizeStream(stream));
  const pid_t child = fork();
  if (child == 0) {
    aclrtStream mine = NULL;
    _exit(aclrtCreateStream(&mine) == 507000 && aclrtSynchronizeStream(stream) == 507000 ? 0 : 1);
  }
  int status = 1;
  waitpid(child, &status, 0);
  return status;
}
CASE(host_touches_device_memory) {
  volatile char *p = need_memory(64);
  fflush(stdout);
  return *p;
}
CASE(unknown_profile) {
  setenv("MOCK_CANN_PROFILE", "atlas-99", 1);
  return aclInit(NULL);
}
CASE(unknown_profile_setting) {
  setenv("MOCK_CANN_PROFILE", "atlas-a2,colour=red", 1);
  return aclInit(NULL);
}
CASE(unsupported_function_says_so) {
  aclrtLabel label = NULL;
  return aclrtCreateLabel(&label);
}
