/*
 * A host access to device memory. The address space of devices has no access rights, so the processor stops the
 * program; this handler says what was touched and lets whatever handler was there before (or the default) go on.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engine/memory.h"

static struct sigaction g_before[2];
static pthread_once_t g_once = PTHREAD_ONCE_INIT;

static void say(const char *text) {
  const ssize_t ignored = write(STDERR_FILENO, text, strlen(text));
  (void)ignored;
}

static void describe(uintptr_t address, const mc_device *device) {
  char text[320];
  mc_range range;
  if (mc_map_try_find(address, &range)) {
    snprintf(text, sizeof text,
             "mock_cann: the host touched device memory at %p: byte %zu of allocation #%llu (%zu bytes at %p, device "
             "%d). A device pointer is for the device only; copy with aclrtMemcpy.\n",
             (void *)address, (size_t)(address - range.start), (unsigned long long)range.number, range.size,
             (void *)range.start, device->id);
  } else {
    snprintf(text, sizeof text,
             "mock_cann: the host touched address %p of device %d, which is in no live allocation. A device pointer is "
             "for the device only; copy with aclrtMemcpy.\n",
             (void *)address, device->id);
  }
  say(text);
}

static void on_fault(int signal_number, siginfo_t *info, void *context) {
  (void)context;
  const mc_device *device = mc_heap_owner((uintptr_t)info->si_addr);
  if (device != NULL) {
    describe((uintptr_t)info->si_addr, device);
  }
  /* The instruction runs again, and this time what was installed before us takes the fault. */
  sigaction(signal_number, &g_before[signal_number == SIGBUS], NULL);
}

static void install(void) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_sigaction = on_fault;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  sigaction(SIGSEGV, &action, &g_before[0]);
  sigaction(SIGBUS, &action, &g_before[1]);
}

void mc_fault_watch(void) { pthread_once(&g_once, install); }
