/* Requests and the queues they wait in. */
#include "graph/session_queue.h"

#include <stdlib.h>
#include <string.h>

#include "graph/session_state.h"

mc_request *mc_request_create(mc_slot *slot, const mc_run_tensor *in, int n_in,
                              const mc_run_callback *callback) {
  mc_request *request = malloc(sizeof *request + (size_t)n_in * sizeof *in);
  if (request == NULL) {
    return NULL;
  }
  *request = (mc_request){
      .slot = mc_slot_retain(slot), .callback = *callback, .work_id = mc_report_work_id(), .n_in = n_in};
  if (n_in > 0) {
    memcpy(request->in, in, (size_t)n_in * sizeof *in);
  }
  return request;
}

static void destroy(mc_request *request) {
  if (request->callback.drop != NULL) {
    request->callback.drop(request->callback.self);
  }
  mc_slot_release(request->slot);
  free(request);
}

void mc_request_finish(mc_request *request, mc_ge_status status, mc_run_tensor *out, int n_out) {
  if (request->callback.done != NULL) {
    request->callback.done(request->callback.self, status, out, n_out);
  } else {
    for (int i = 0; i < n_out; i++) {
      mc_tensor_block_release(out[i].block);
    }
  }
  destroy(request);
}

void mc_request_drop(mc_request *request) {
  while (request != NULL) {
    mc_request *next = request->next;
    destroy(request);
    request = next;
  }
}

void mc_queue_init(mc_queue *queue) {
  *queue = (mc_queue){0};
  pthread_mutex_init(&queue->lock, NULL);
  pthread_cond_init(&queue->ready, NULL);
}

void mc_queue_destroy(mc_queue *queue) {
  pthread_cond_destroy(&queue->ready);
  pthread_mutex_destroy(&queue->lock);
}

bool mc_queue_push(mc_queue *queue, mc_request *request, size_t limit) {
  pthread_mutex_lock(&queue->lock);
  const bool accepted = !queue->stopped && (limit == 0 || queue->length < limit);
  if (accepted) {
    request->next = NULL;
    if (queue->tail == NULL) {
      queue->head = request;
    } else {
      queue->tail->next = request;
    }
    queue->tail = request;
    queue->length++;
  }
  pthread_mutex_unlock(&queue->lock);
  if (accepted) {
    pthread_cond_signal(&queue->ready);
  }
  return accepted;
}

mc_request *mc_queue_pop(mc_queue *queue) {
  pthread_mutex_lock(&queue->lock);
  while (queue->head == NULL && !queue->stopped) {
    pthread_cond_wait(&queue->ready, &queue->lock);
  }
  mc_request *request = queue->stopped ? NULL : queue->head;
  if (request != NULL) {
    queue->head = request->next;
    if (queue->head == NULL) {
      queue->tail = NULL;
    }
    queue->length--;
    request->next = NULL;
  }
  pthread_mutex_unlock(&queue->lock);
  return request;
}

mc_request *mc_queue_stop(mc_queue *queue) {
  pthread_mutex_lock(&queue->lock);
  mc_request *left = queue->head;
  queue->head = queue->tail = NULL;
  queue->length = 0;
  queue->stopped = true;
  pthread_cond_broadcast(&queue->ready);
  pthread_mutex_unlock(&queue->lock);
  return left;
}
