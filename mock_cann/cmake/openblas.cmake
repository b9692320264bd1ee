# GEMM comes from OpenBLAS as PyPI ships it (scipy-openblas32): a shared library with prefixed symbols. It is put beside
# libmock_cann.so and loaded by src/ops/gemm_blas.c when the first big product comes, never linked: a process that
# multiplies nothing does not pay for it. Without it our own kernels do everything. Its licence asks to travel with it.
set(MOCK_CANN_BLAS "")
find_package(Python3 COMPONENTS Interpreter QUIET)
if(Python3_Interpreter_FOUND)
  execute_process(COMMAND "${Python3_EXECUTABLE}" -c
    "import scipy_openblas32 as b; print(b.get_lib_dir(), b.get_library(fullname=True), sep=';')"
    OUTPUT_VARIABLE openblas OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE missing)
  if(missing EQUAL 0)
    list(GET openblas 0 openblas_lib_dir)
    list(GET openblas 1 openblas_file)
    file(GLOB openblas_shared "${openblas_lib_dir}/${openblas_file}*")
    if(openblas_shared)
      list(GET openblas_shared 0 openblas_shared)
      file(COPY "${openblas_shared}" DESTINATION "${MOCK_CANN_TREE}/lib64")
      get_filename_component(openblas_name "${openblas_shared}" NAME)
      set(MOCK_CANN_BLAS "${MOCK_CANN_TREE}/lib64/${openblas_name}")
      execute_process(COMMAND "${Python3_EXECUTABLE}" -c
        "import importlib.metadata as m; print(*(f.locate() for f in m.files('scipy-openblas32') if 'LICENSE' in f.name), sep=';')"
        OUTPUT_VARIABLE openblas_licences OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
      foreach(licence IN LISTS openblas_licences)
        configure_file("${licence}" "${MOCK_CANN_TREE}/licenses/scipy-openblas32/LICENSE.txt" COPYONLY)
      endforeach()
      add_compile_definitions(MC_HAVE_OPENBLAS MC_OPENBLAS_FILE="${openblas_name}")
    endif()
  endif()
endif()
if(MOCK_CANN_BLAS)
  message(STATUS "GEMM: own kernels and ${MOCK_CANN_BLAS}")
else()
  message(STATUS "GEMM: own kernels (scipy-openblas32 is not installed)")
endif()
