/* Launching single operators: sizes are checked and host inputs copied before the call returns. */
#include <stdlib.h>
#include <string.h>

#include "graph/single_state.h"
#include "watch/counts.h"

enum { ALIGN = MC_SINGLE_ALIGN };

static int copy_host_inputs(mc_single_call *call, const mc_binding *in) {
  const int n = mc_single_input_count(call->single);
  size_t total = 0;
  for (int i = 0; i < n; ++i) {
    call->in_address[i] = in[i].address;
    call->in_copied[i] = in[i].on_host;
    total += in[i].on_host ? ((size_t)call->in_extent[i] + ALIGN - 1) / ALIGN * ALIGN : 0;
  }
  if (total > call->host_size) {
    free(call->host);
    call->host = aligned_alloc(ALIGN, total);
    call->host_size = call->host == NULL ? 0 : total;
  }
  if (total > call->host_size) {
    return MC_GE_NO_MEMORY;
  }
  char *at = call->host;
  for (int i = 0; i < n && total > 0; ++i) {
    if (in[i].on_host) {
      memcpy(at, in[i].address, (size_t)call->in_extent[i]);
      call->in[i] = at;
      at += ((size_t)call->in_extent[i] + ALIGN - 1) / ALIGN * ALIGN;
    }
  }
  return 0;
}

static void set_views(mc_single_call *call, const mc_single_view *in_views, const mc_single_view *out_views) {
  static const mc_single_view kDense;
  for (int i = 0; i < mc_single_input_count(call->single); ++i) {
    call->in_views[i] = in_views == NULL ? kDense : in_views[i];
    call->in_extent[i] = mc_single_extent(&call->in_views[i], &call->single->model->in[i]);
  }
  for (int i = 0; i < mc_single_output_count(call->single); ++i) {
    call->out_views[i] = out_views == NULL ? kDense : out_views[i];
    call->out_extent[i] = mc_single_extent(&call->out_views[i], mc_single_output(call->single, i));
  }
}

static int queue(mc_single *single, mc_stream *stream, const mc_binding *in, const mc_single_view *in_views,
                 const mc_binding *out, const mc_single_view *out_views) {
  mc_single_call *call = mc_single_call_take(single);
  if (call == NULL) {
    return MC_GE_NO_MEMORY;
  }
  set_views(call, in_views, out_views);
  const int status = mc_single_views_prepare(call) ? copy_host_inputs(call, in) : MC_GE_NO_MEMORY;
  if (status != 0) {
    mc_single_call_give(call);
    return status;
  }
  for (int i = 0; i < mc_single_output_count(single); ++i) {
    call->out_address[i] = out[i].address;
  }
  return mc_single_call_queue(call, stream);
}

static int check_size(const mc_single *single, const char *what, int index, size_t size, int64_t needed) {
  if (size >= (size_t)needed) {
    return 0;
  }
  mc_report(what[0] == 'i' ? "E13025" : "E13031",
            MC_TEXT("%s %d of operator '%.60s' has %zu bytes, %lld are needed", what, index, single->model->graph->name,
                    size, (long long)needed), (char *)NULL);
  return MC_GE_PARAM_INVALID;
}

static int finish_output(const mc_single *single, int index, const mc_desc *desc, mc_binding *out) {
  out->shape = desc->shape;
  out->dtype = desc->dtype;
  out->format = desc->format;
  return check_size(single, "output", index, out->size, mc_desc_bytes(desc));
}

/* Shapes that depend on contents: everything runs here and now. */
static int run_now(mc_single *single, mc_stream *stream, const mc_binding *in, mc_binding *out) {
  const mc_program *program = &single->model->program;
  int status = mc_stream_synchronize("operator launch", stream, -1);
  mc_eager eager = {.program = program, .in = single->model->in};
  void **data = mc_arena_alloc(&eager.arena, ((size_t)program->n_inputs + 1) * sizeof *data);
  char why[192] = "";
  status = status == 0 && data == NULL ? MC_GE_NO_MEMORY : status;
  for (int i = 0; i < program->n_inputs && status == 0; ++i) {
    const int64_t bytes = mc_desc_bytes(&eager.in[i]);
    data[i] = in[i].address;
    if (!in[i].on_host && bytes > 0 && (status = mc_device_view(in[i].address, bytes, &data[i], why)) != 0) {
      mc_report_inner("E19999", "Input %d of operator '%s': %s", i, single->model->graph->name, why);
    }
  }
  eager.in_data = data;
  status = status != 0 ? status : mc_eager_run(&eager);
  for (int i = 0; i < program->n_outputs && status == 0; ++i) {
    const int64_t bytes = mc_desc_bytes(&eager.out[i]);
    void *view;
    status = mc_single_check_output(single, i, &eager.out[i]);
    status = status != 0 ? status : finish_output(single, i, &eager.out[i], &out[i]);
    if (status == 0 && bytes > 0) {
      status = mc_device_view(out[i].address, bytes, &view, why);
      if (status == 0) {
        mc_copy(view, eager.out_data[i], (size_t)bytes);
      } else {
        mc_report_inner("E19999", "Output %d of operator '%s': %s", i, single->model->graph->name, why);
      }
    }
  }
  mc_eager_free(&eager);
  return status;
}

int mc_single_launch(mc_single *single, mc_stream *stream, const mc_binding *in, mc_binding *out) {
  return mc_single_launch_views(single, stream, in, NULL, out, NULL);
}

static int64_t extent(const mc_single_view *views, int index, const mc_desc *desc) {
  return views == NULL ? mc_desc_bytes(desc) : mc_single_extent(&views[index], desc);
}

static int check_dense(const mc_single *single, const char *what, const mc_single_view *views, int count) {
  for (int i = 0; views != NULL && i < count; ++i) {
    if (views[i].strided) {
      mc_report_inner("E19999", "%s %d of operator '%s' is strided, which is not emulated where shapes depend on contents.",
                      what, i, single->model->graph->name);
      return MC_GE_PARAM_INVALID;
    }
  }
  return 0;
}

int mc_single_launch_views(mc_single *single, mc_stream *stream, const mc_binding *in, const mc_single_view *in_views,
                           mc_binding *out, const mc_single_view *out_views) {
  const bool now = !single->model->is_static;
  const int n_in = mc_single_input_count(single), n_out = mc_single_output_count(single);
  int status = 0;
  for (int i = 0; i < n_in && status == 0; ++i) {
    status = check_size(single, "input", i, in[i].size, extent(in_views, i, &single->model->in[i]));
  }
  for (int i = 0; i < n_out && status == 0 && !now; ++i) {
    const mc_desc *desc = mc_single_output(single, i);
    out[i].shape = desc->shape;
    out[i].dtype = desc->dtype;
    out[i].format = desc->format;
    status = check_size(single, "output", i, out[i].size, extent(out_views, i, desc));
  }
  if (status == 0 && now) {
    status = check_dense(single, "Input", in_views, n_in);
    status = status != 0 ? status : check_dense(single, "Output", out_views, n_out);
  }
  if (status == 0) {
    status = now ? run_now(single, stream, in, out) : queue(single, stream, in, in_views, out, out_views);
  }
  if (status == 0) {
    mc_count_add(MC_COUNT_OPERATOR_RUNS);
  }
  return status;
}
