/* Every call into Python passes this gate, so that none is under way when the interpreter ends. */
#ifndef PGE_CALLBACKS_GATE_H
#define PGE_CALLBACKS_GATE_H

namespace pge {
/* True when Python may be called; leave() must follow. False once the callbacks were silenced. */
__attribute__((visibility("default"))) bool enter() noexcept;
__attribute__((visibility("default"))) void leave() noexcept;

/* Calls body() when the gate is open. The thread may be ended inside, so leaving is a destructor's work. */
template <class Body> bool through_gate(Body &&body) {
  struct Leave {
    ~Leave() { leave(); }
  };
  if (!enter()) {
    return false;
  }
  const Leave leave_after;
  body();
  return true;
}
} // namespace pge

#endif
