/*
 * OpenBLAS is a big library with threads of its own; products small enough for our kernels should not pay for
 * it. So it is loaded by path, from beside this library, when the first big product comes, and while the
 * loading thread may run on one processor only: OpenBLAS counts those at load and then starts no thread. We
 * share work out ourselves.
 */
#define _GNU_SOURCE /* dladdr, processor sets */
#include "ops/gemm_blas.h"

#include "ops/isa.h"

#ifdef MC_HAVE_OPENBLAS
#include <dlfcn.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

/* The ABI of CBLAS with 32-bit integers. */
enum { ROW_MAJOR = 101, NO_TRANS = 111, TRANS = 112 };
typedef void cblas_sgemm_function(int order, int trans_a, int trans_b, int m, int n, int k, float alpha,
                                  const float *a, int lda, const float *b, int ldb, float beta, float *c,
                                  int ldc);

/* Below this many multiplications packing in our own blocks costs less than the call. */
static const double kLeastWork = 4e6;

static cblas_sgemm_function *g_sgemm; /* written once under g_once */
static pthread_once_t g_once = PTHREAD_ONCE_INIT;

static void *open_beside_us(void) {
  Dl_info self;
  char path[4096];
  if (dladdr((void *)mc_blas_suits, &self) == 0 || self.dli_fname == NULL) {
    return NULL;
  }
  const char *slash = strrchr(self.dli_fname, '/');
  const int length = slash == NULL ? 0 : (int)(slash - self.dli_fname + 1);
  const int size = snprintf(path, sizeof(path), "%.*s%s", length, self.dli_fname, MC_OPENBLAS_FILE);
  return size < (int)sizeof(path) ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : NULL;
}

static void load(void) {
  cpu_set_t all;
  cpu_set_t one;
  const bool narrowed = sched_getaffinity(0, sizeof(all), &all) == 0;
  if (narrowed) {
    CPU_ZERO(&one);
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
      if (CPU_ISSET(cpu, &all)) {
        CPU_SET(cpu, &one);
        break;
      }
    }
    sched_setaffinity(0, sizeof(one), &one);
  }
  void *library = open_beside_us();
  if (narrowed) {
    sched_setaffinity(0, sizeof(all), &all);
  }
  if (library == NULL) {
    return;
  }
  void (*set_threads)(int) = (void (*)(int))dlsym(library, "scipy_openblas_set_num_threads");
  if (set_threads != NULL) {
    set_threads(1);
    g_sgemm = (cblas_sgemm_function *)dlsym(library, "scipy_cblas_sgemm");
  }
}

static bool is_matrix(const mc_operand *operand, mc_gemm_pack *pack) {
  if (operand->packed != NULL || operand->pack != pack) {
    return false;
  }
  const mc_matrix *m = operand->source;
  const int64_t lead = m->col == 1 ? m->row : m->col;
  return m->dtype == MC_FLOAT && (m->col == 1 || m->row == 1) && lead > 0 && lead <= INT32_MAX;
}

static int lead(const mc_matrix *m, int64_t rows, int64_t columns) {
  const int64_t stride = m->col == 1 ? m->row : m->col;
  const int64_t least = m->col == 1 ? columns : rows;
  return (int)(stride < least ? least : stride);
}

bool mc_blas_suits(const mc_gemm *g, int64_t m, int64_t n) {
  /* Measured: with AVX-512 our own blocks are at least as fast, else OpenBLAS is ahead. */
  if (mc_isa() == MC_ISA_AVX512 || (double)m * (double)n * (double)g->k < kLeastWork || g->k > INT32_MAX ||
      g->c.dtype != MC_FLOAT || g->c.alpha != 1.0f || g->c.addend.data != NULL || g->c.row > INT32_MAX ||
      g->c.row < n || !is_matrix(&g->a, mc_pack_rows) || !is_matrix(&g->b, mc_pack_columns)) {
    return false;
  }
  pthread_once(&g_once, load);
  return g_sgemm != NULL;
}

void mc_blas_block(const mc_gemm *g, int64_t i0, int64_t m, int64_t j0, int64_t n) {
  const mc_matrix *a = g->a.source;
  const mc_matrix *b = g->b.source;
  g_sgemm(ROW_MAJOR, a->col == 1 ? NO_TRANS : TRANS, b->col == 1 ? NO_TRANS : TRANS, (int)m, (int)n,
          (int)g->k, 1.0f, (const float *)a->data + i0 * a->row, lead(a, m, g->k),
          (const float *)b->data + j0 * b->col, lead(b, g->k, n), 0.0f,
          (float *)g->c.data + i0 * g->c.row + j0, (int)g->c.row);
}

#else

bool mc_blas_suits(const mc_gemm *gemm, int64_t m, int64_t n) {
  (void)gemm;
  (void)m;
  (void)n;
  return false;
}

void mc_blas_block(const mc_gemm *gemm, int64_t i0, int64_t m, int64_t j0, int64_t n) {
  (void)gemm;
  (void)i0;
  (void)m;
  (void)j0;
  (void)n;
}

#endif
