/* The end of an emission: a collected node becomes one of the graph, with anchors, edges and descriptions. */
#include <stdio.h>
#include <string.h>

#include "onnx/emit.h"
#include "onnx/subgraph.h"

const char *mc_import_name(mc_import *import, const mc_graph *graph, const char *stem) {
  char text[400];
  snprintf(text, sizeof text, "%s", stem);
  while (mc_graph_find(graph, text) != NULL) {
    snprintf(text, sizeof text, "%.300s_%d", stem, ++import->anonymous);
  }
  return mc_arena_strdup(&import->arena, text);
}

static char *anchor_name(const mc_ge_word *word, int member) {
  char text[100];
  if (word->suffix == '*') {
    snprintf(text, sizeof text, "%.*s%d", word->length, word->name, member);
  } else {
    snprintf(text, sizeof text, "%.*s", word->length, word->name);
  }
  return strdup(text);
}

static bool check_inputs(mc_ge *ge, int *anchors) {
  mc_ge_word word;
  *anchors = 0;
  for (int i = 0; mc_ge_slot(ge->def->inputs, i, &word); ++i) {
    *anchors += word.suffix == '*' ? ge->n_in[i] : 1;
    if (ge->n_in[i] == 0 && word.suffix == 0) {
      mc_on_fail(ge->on, "GE's operator %s needs its input '%.*s'", ge->def->type, word.length, word.name);
      return false;
    }
    for (int member = 0; member < ge->n_in[i]; ++member) {
      if (ge->in[i][member] == NULL) {
        mc_on_fail(ge->on, "GE's operator %s has no member %d of its input '%.*s'", ge->def->type, member, word.length,
                   word.name);
        return false;
      }
    }
  }
  return true;
}

static bool fill_anchor(mc_ge *ge, int anchor, const mc_ge_word *word, int slot, int member) {
  mc_import *import = ge->on->scope->import;
  mc_on_area *area = ge->on->scope->area;
  mc_input *input = &ge->node->in[anchor];
  input->name = anchor_name(word, member);
  if (ge->n_in[slot] == 0) {
    input->desc.desc.dtype = MC_UNDEFINED;
    return input->name != NULL;
  }
  const mc_val *value = ge->in[slot][member];
  const mc_graph_end end = mc_val_end(import, area, ge->in[slot][member]);
  if (input->name == NULL || end.node == NULL || !mc_graph_connect(area->graph, end.node, end.port, ge->node, anchor)) {
    return false;
  }
  const int format = ge->in_format[slot];
  input->desc.desc = (mc_desc){value->dtype, format < 0 ? MC_FORMAT_ND : format, value->shape};
  input->desc.origin_format = input->desc.desc.format;
  input->desc.origin_shape = value->shape;
  input->desc.origin_shape_set = value->shape.rank != MC_RANK_UNKNOWN;
  return true;
}

/* Declared inputs first, members of dynamic ones behind them, as GE's operator classes create them. */
static bool fill_inputs(mc_ge *ge) {
  mc_ge_word word;
  int anchor = 0;
  for (int dynamic = 0; dynamic < 2; ++dynamic) {
    for (int i = 0; mc_ge_slot(ge->def->inputs, i, &word); ++i) {
      if ((word.suffix == '*') != dynamic) {
        continue;
      }
      const int members = dynamic ? ge->n_in[i] : 1;
      for (int member = 0; member < members; ++member) {
        if (!fill_anchor(ge, anchor++, &word, i, member)) {
          return false;
        }
      }
      if (dynamic) {
        char name[80];
        snprintf(name, sizeof name, "__dynamic_input_%.*s_cnt", word.length, word.name);
        mc_ge_int(ge, name, members);
      }
    }
  }
  return true;
}

static bool fill_outputs(mc_ge *ge) {
  mc_ge_word word;
  int port = 0;
  const int declared = mc_prototype_count(ge->def->outputs);
  for (int i = 0; mc_ge_slot(ge->def->outputs, i, &word); ++i) {
    const int members = word.suffix == '*' ? ge->n_out - declared + 1 : 1;
    for (int member = 0; member < members; ++member, ++port) {
      ge->node->out[port].name = anchor_name(&word, member);
      if (ge->node->out[port].name == NULL) {
        return false;
      }
      if (ge->out_format >= 0) {
        ge->node->out[port].desc.desc.format = ge->out_format;
      }
    }
  }
  return true;
}

static bool make_values(mc_ge *ge) {
  ge->out = mc_on_alloc(ge->on, (size_t)ge->n_out * sizeof *ge->out);
  for (int i = 0; ge->out != NULL && i < ge->n_out; ++i) {
    ge->out[i] = mc_val_new(ge->on->scope->import, "");
    if (ge->out[i] == NULL) {
      return false;
    }
    ge->out[i]->body->graph = ge->on->scope->area->graph;
    ge->out[i]->body->node = ge->node;
    ge->out[i]->body->port = i;
  }
  return ge->out != NULL;
}

static bool add_node(mc_ge *ge) {
  mc_on *on = ge->on;
  mc_graph *graph = on->scope->area->graph;
  char stem[400];
  snprintf(stem, sizeof stem, on->emitted == 0 ? "%s" : "%s/%s", on->name, ge->def->type);
  const char *name = mc_import_name(on->scope->import, graph, stem);
  int anchors;
  const int declared = mc_prototype_count(ge->def->outputs);
  const bool dynamic = strchr(ge->def->outputs, '*') != NULL;
  ge->n_out = !dynamic ? declared : ge->n_out < 0 ? declared : ge->n_out + declared - 1;
  if (!check_inputs(ge, &anchors)) {
    return false;
  }
  ge->node = name == NULL ? NULL : mc_graph_add_node(graph, name, ge->def->type, anchors, ge->n_out);
  if (ge->node == NULL) {
    return false;
  }
  on->emitted += 1;
  ge->node->user = on;
  return fill_inputs(ge) && fill_outputs(ge) && mc_ge_fill_subgraphs(ge) && make_values(ge);
}

mc_val *mc_ge_end(mc_ge *ge) {
  if (ge == NULL) {
    return NULL;
  }
  char why[256] = "";
  if (++ge->on->scope->import->emitted > MC_ON_EMITTED) { /* steps spelled out by the model's sizes */
    mc_on_fail(ge->on, "the model has become more than %d nodes", MC_ON_EMITTED);
  }
  if (!ge->on->failed && !add_node(ge)) {
    mc_on_fail(ge->on, "out of memory");
  }
  if (!ge->on->failed && !mc_on_infer(ge, why)) {
    mc_on_fail(ge->on, "GE's operator %s: %s", ge->def->type, why);
  }
  if (ge->on->failed) {
    mc_attrs_free(&ge->attrs);
    return NULL;
  }
  ge->node->attrs = ge->attrs;
  ge->attrs = (mc_attrs){0};
  return ge->n_out == 0 ? NULL : ge->out[0];
}
