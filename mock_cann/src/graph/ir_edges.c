/* Edges: connecting, cutting, and the order they imply. */
#include <stdlib.h>

#include "graph/ir.h"

bool mc_graph_connect(mc_graph *graph, mc_node *from, int port, mc_node *to, int index) {
  if (from->graph != graph || to->graph != graph || port < 0 || port >= from->n_out || index < 0 ||
      index >= to->n_in || to->in[index].from != NULL) {
    return false;
  }
  to->in[index].from = from;
  to->in[index].port = port;
  return true;
}

bool mc_graph_disconnect(mc_graph *graph, mc_node *to, int index) {
  if (to->graph != graph || index < 0 || index >= to->n_in || to->in[index].from == NULL) {
    return false;
  }
  to->in[index].from = NULL;
  to->in[index].port = 0;
  return true;
}

bool mc_graph_connect_control(mc_graph *graph, mc_node *from, mc_node *to) {
  if (from->graph != graph || to->graph != graph || from == to) {
    return false;
  }
  for (int i = 0; i < to->n_control; ++i) {
    if (to->control[i] == from) {
      return false;
    }
  }
  mc_node **control = realloc(to->control, (size_t)(to->n_control + 1) * sizeof *control);
  if (control == NULL) {
    return false;
  }
  to->control = control;
  to->control[to->n_control++] = from;
  return true;
}

bool mc_graph_disconnect_control(mc_graph *graph, mc_node *from, mc_node *to) {
  if (to->graph != graph) {
    return false;
  }
  for (int i = 0; i < to->n_control; ++i) {
    if (to->control[i] == from) {
      to->n_control -= 1;
      for (; i < to->n_control; ++i) {
        to->control[i] = to->control[i + 1];
      }
      return true;
    }
  }
  return false;
}

/* Producers of a node, data then control; NULL entries are unconnected inputs. */
static mc_node *producer(const mc_node *node, int index) {
  return index < node->n_in ? node->in[index].from : node->control[index - node->n_in];
}

enum { UNSEEN, OPEN, DONE };

/* Depth first over producers, from the nodes in insertion order: an insertion order that is right already stays. The
 * stack is explicit because chains may be longer than a thread's stack. */
bool mc_graph_sort(const mc_graph *graph, mc_node **order) {
  const size_t n = (size_t)graph->n_nodes;
  unsigned char *state = calloc(n + 1, 1);
  int *next = calloc(n + 1, sizeof *next);
  mc_node **stack = malloc((n + 1) * sizeof *stack);
  bool sorted = state != NULL && next != NULL && stack != NULL;
  int done = 0;
  for (size_t i = 0; i < n; ++i) {
    graph->nodes[i]->user = (void *)i;
  }
  for (size_t start = 0; sorted && start < n; ++start) {
    if (state[start] != UNSEEN) {
      continue;
    }
    size_t depth = 0;
    stack[depth++] = graph->nodes[start];
    state[start] = OPEN;
    while (sorted && depth > 0) {
      mc_node *node = stack[depth - 1];
      const size_t at = (size_t)node->user;
      if (next[at] == node->n_in + node->n_control) {
        state[at] = DONE;
        order[done++] = node;
        depth -= 1;
        continue;
      }
      mc_node *from = producer(node, next[at]++);
      if (from == NULL || state[(size_t)from->user] == DONE) {
        continue;
      }
      if (state[(size_t)from->user] == OPEN) {
        sorted = false; /* a cycle */
      } else {
        state[(size_t)from->user] = OPEN;
        stack[depth++] = from;
      }
    }
  }
  free(state);
  free(next);
  free(stack);
  return sorted;
}
