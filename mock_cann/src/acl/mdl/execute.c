/* Executing a loaded model: at once, on a stream and waiting, or only queued. */
#include "acl/mdl/exec_config.h"
#include "acl/mdl/run.h"
#include "graph/session.h"

/* A static model stays with the way of its first execution. */
static int keep_way(const char *function, mc_model_entry *entry, mc_execution way) {
  int first = MC_EXECUTION_NONE;
  if (!atomic_compare_exchange_strong(&entry->execution, &first, way) && first != (int)way) {
    mc_report_inner(
        "E19999",
        "%s: model %u was executed %s before; a static model cannot change between synchronous and "
        "asynchronous execution until it is unloaded.",
        function, entry->id, first == MC_EXECUTION_SYNC ? "synchronously" : "asynchronously");
    return ACL_ERROR_GE_FAILURE;
  }
  return MC_OK;
}

/* Static models allocate missing outputs before a synchronous run and never for an asynchronous one; dynamic
 * ones get them while being launched, from the allocator registered for the stream if there is one. */
static int launch(const char *function, mc_run_io *io, mc_stream *stream, void *registered_for) {
  if (mc_model_is_static(io->model)) {
    TRY(io->allocates ? mc_run_io_allocate(function, io) : MC_OK);
    const int status =
        mc_loaded_launch(io->entry->loaded, stream, io->in, io->n_in, io->out, io->n_out, NULL, NULL);
    if (status != MC_OK) {
      mc_run_io_take_back(io);
    }
    return status;
  }
  mc_allocator allocator;
  void *token = NULL;
  const bool external = mc_allocator_find(registered_for, &allocator, &token);
  const int status = mc_loaded_launch(io->entry->loaded, stream, io->in, io->n_in, io->out, io->n_out,
                                      external ? &allocator : NULL, io->blocks);
  if (external) {
    mc_allocator_release(token);
  }
  return status;
}

typedef struct request {
  const char *function;
  const aclmdlDataset *input;
  aclmdlDataset *output;
  aclrtStream stream; /* the caller's */
  bool internal;      /* use the model's own stream instead */
  bool wait;
  int timeout;
} request;

static int choose_stream(const request *r, mc_model_entry *entry, mc_stream **stream) {
  mc_context *context = NULL;
  TRY(mc_context_require(r->function, &context));
  if (mc_context_device_id(context) != entry->device) {
    mc_report_inner("E19999", "%s: model %u was loaded on device %d, the current context is on device %d.",
                    r->function, entry->id, entry->device, mc_context_device_id(context));
    return ACL_ERROR_GE_FAILURE;
  }
  return r->internal ? mc_model_entry_stream(r->function, entry, stream)
                     : mc_stream_from_handle(r->function, r->stream, stream);
}

static int execute_bound(const request *r, mc_run_io *io) {
  mc_stream *stream = NULL;
  TRY(ge_answer(choose_stream(r, io->entry, &stream)));
  TRY(ge_answer(launch(r->function, io, stream, r->stream)));
  TRY(mc_run_io_tell(io));
  return r->wait ? ge_answer(mc_stream_synchronize(r->function, stream, r->timeout)) : MC_OK;
}

static int execute(const request *r, uint32_t id) {
  mc_run_room room;
  mc_run_io io = {.in_set = r->input, .out_set = r->output, .allocates = r->wait, .room = &room};
  TRY(find_model(r->function, id, &io.entry));
  io.model = model_of(io.entry);
  int status = MC_OK;
  if (mc_model_is_static(io.model)) {
    status = keep_way(r->function, io.entry, r->internal ? MC_EXECUTION_SYNC : MC_EXECUTION_ASYNC);
  }
  status = status != MC_OK ? status : mc_run_io_bind(&io);
  status = status != MC_OK ? status : execute_bound(r, &io);
  mc_run_io_free(&io);
  mc_model_entry_release(io.entry);
  return status;
}

aclError aclmdlExecute(uint32_t modelId, const aclmdlDataset *input, aclmdlDataset *output) {
  REQUIRE(input);
  REQUIRE(output);
  const request r = {__func__,         input,        output,
                     .internal = true, .wait = true, .timeout = mc_execution_timeout()};
  return execute(&r, modelId);
}

aclError aclmdlExecuteV2(uint32_t modelId, const aclmdlDataset *input, aclmdlDataset *output,
                         aclrtStream stream, const aclmdlExecConfigHandle *handle) {
  REQUIRE(input);
  REQUIRE(output);
  REQUIRE(handle);
  FAIL_UNLESS(handle->stream_timeout != 0, MC_RT_PARAM, 0, "ACL_MDL_STREAM_SYNC_TIMEOUT",
              "-1 (no limit) or milliseconds above 0");
  mc_execution_timeout_set(handle->stream_timeout);
  const request r = {__func__,
                     input,
                     output,
                     .stream = stream,
                     .internal = stream == NULL,
                     .wait = true,
                     .timeout = handle->stream_timeout};
  return execute(&r, modelId);
}

aclError aclmdlExecuteAsync(uint32_t modelId, const aclmdlDataset *input, aclmdlDataset *output,
                            aclrtStream stream) {
  REQUIRE(input);
  REQUIRE(output);
  const request r = {__func__, input, output, .stream = stream};
  return execute(&r, modelId);
}
