/* The activations of recurrent cells by name. */
#include <string.h>
#include <strings.h>

#include "ops/recurrent.h"

typedef struct known {
  const char *name;
  mc_unary function;
  int numbers;
  float alpha, beta;
} known;

static const known kKnown[] = {{"Sigmoid", MC_UNARY_SIGMOID, 0, 0, 0},
                               {"Tanh", MC_UNARY_TANH, 0, 0, 0},
                               {"Relu", MC_UNARY_RELU, 0, 0, 0},
                               {"Softsign", MC_UNARY_SOFTSIGN, 0, 0, 0},
                               {"Softplus", MC_UNARY_SOFTPLUS, 0, 0, 0},
                               {"Affine", MC_UNARY_AFFINE, 2, 1, 0},
                               {"LeakyRelu", MC_UNARY_LEAKY_RELU, 1, 0.01f, 0},
                               {"ThresholdedRelu", MC_UNARY_THRESHOLDED_RELU, 1, 1, 0},
                               {"ScaledTanh", MC_UNARY_TANH, 2, 1, 1},
                               {"HardSigmoid", MC_UNARY_HARD_SIGMOID, 2, 0.2f, 0.5f},
                               {"Elu", MC_UNARY_ELU, 1, 1, 0}};

static const known *find(const char *name) {
  for (size_t i = 0; i < sizeof(kKnown) / sizeof(kKnown[0]); ++i) {
    if (strcasecmp(name, kKnown[i].name) == 0) {
      return &kKnown[i];
    }
  }
  return NULL;
}

int mc_gate_numbers(const char *name, float defaults[2]) {
  const known *k = find(name);
  if (k == NULL) {
    return -1;
  }
  defaults[0] = k->alpha;
  defaults[1] = k->beta;
  return k->numbers;
}

bool mc_gate_make(mc_gate *gate, const char *name, float alpha, float beta) {
  const known *k = find(name);
  if (k == NULL) {
    return false;
  }
  *gate = (mc_gate){
      .function = {.function = k->function, .parameters = {.p = {alpha, beta}}}, .pre = 1, .post = 1};
  if (k->function == MC_UNARY_AFFINE) {
    gate->function.parameters = (mc_map_params){.p = {0, alpha, beta}};
  } else if (k->function == MC_UNARY_ELU) {
    gate->function.parameters = (mc_map_params){.p = {alpha, 1, 1}};
  } else if (k->function == MC_UNARY_TANH && k->numbers == 2) {
    gate->post = alpha;
    gate->pre = beta;
  }
  return true;
}
