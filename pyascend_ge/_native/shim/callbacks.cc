/* The gate to Python, tickets of host functions, and what the other libraries share. */
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>

#include "callbacks_gate.h"
#include "guard.h"

namespace pge {
namespace {
/* Never destroyed: threads of CANN's may come by while the process ends. */
struct Gate {
  std::mutex lock;
  std::condition_variable empty;
  int64_t inside = 0;
  bool closed = false;
};

Gate &gate() {
  static Gate *const made = new Gate;
  return *made;
}

struct Ticket {
  pge_drop_fn function;
  void *user;
};

std::string &exception_text() {
  static thread_local std::string text;
  return text;
}
} // namespace

void remember_exception(const char *text) noexcept {
  try {
    exception_text() = text;
  } catch (const std::bad_alloc &) {
    exception_text().clear();
  }
}

bool enter() noexcept {
  const std::lock_guard<std::mutex> hold(gate().lock);
  gate().inside += gate().closed ? 0 : 1;
  return !gate().closed;
}

void leave() noexcept {
  const std::lock_guard<std::mutex> hold(gate().lock);
  if (--gate().inside == 0) {
    gate().empty.notify_all();
  }
}
} // namespace pge

extern "C" {
void pge_base_free_memory(void *memory) {
  std::free(memory);
}

const char *pge_base_exception_text(void) {
  return pge::exception_text().c_str();
}

int64_t pge_base_silence_callbacks(int32_t timeout_ms) {
  std::unique_lock<std::mutex> hold(pge::gate().lock);
  pge::gate().closed = true;
  pge::gate().empty.wait_for(hold, std::chrono::milliseconds(timeout_ms),
                             [] { return pge::gate().inside == 0; });
  return pge::gate().inside;
}

pge_handle pge_base_host_ticket(pge_drop_fn fn, void *user) {
  return pge::address(new (std::nothrow) pge::Ticket{fn, user});
}

void pge_base_host_ticket_free(pge_handle ticket) {
  delete pge::object<pge::Ticket>(ticket);
}

void pge_base_host_call(void *ticket) {
  const pge::Ticket mine = *static_cast<pge::Ticket *>(ticket);
  delete static_cast<pge::Ticket *>(ticket);
  (void)pge::through_gate([&mine] { mine.function(mine.user); });
}
}
