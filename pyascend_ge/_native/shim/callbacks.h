/* What the shim and AscendCL call in Python: build_ffi.py declares these as extern "Python". */
void pyascend_run_done(void *user, uint32_t status, pge_tensor *outputs, int32_t count);
void pyascend_run_drop(void *user);
void pyascend_host_call(void *user);
uintptr_t pyascend_allocate(void *user, uint64_t size, uintptr_t advised);
void pyascend_free(void *user, uintptr_t address, uint64_t size);
void pyascend_allocator_drop(void *user);
