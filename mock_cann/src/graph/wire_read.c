/* Reading protobuf's wire format from bytes nobody vouches for. */
#include "graph/wire.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void mc_wire_fail(mc_wire *wire, const char *format, ...) {
  if (wire->failed) {
    return; /* the first error is the one that explains */
  }
  wire->failed = true;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(wire->why, sizeof wire->why, format, arguments);
  va_end(arguments);
}

mc_reader mc_reader_of(mc_wire *wire, const void *bytes, size_t size) {
  const uint8_t *data = bytes;
  return (mc_reader){wire, data, size == 0 ? data : data + size, 0};
}

static bool read_varint(mc_reader *reader, uint64_t *value) {
  *value = 0;
  for (int shift = 0; shift < 70 && reader->at < reader->end; shift += 7) {
    const uint8_t byte = *reader->at++;
    if (shift == 63 && byte > 1) {
      break;
    }
    *value |= (uint64_t)(byte & 0x7f) << shift;
    if (byte < 0x80) {
      return true;
    }
  }
  mc_wire_fail(reader->wire, reader->at == reader->end ? "a number is cut off" : "a number has more than 64 bits");
  return false;
}

static bool read_fixed(mc_reader *reader, size_t size, uint64_t *value) {
  if ((size_t)(reader->end - reader->at) < size) {
    mc_wire_fail(reader->wire, "a number is cut off");
    return false;
  }
  *value = 0;
  for (size_t i = 0; i < size; ++i) {
    *value |= (uint64_t)reader->at[i] << (8 * i);
  }
  reader->at += size;
  return true;
}

static bool read_value(mc_reader *reader, mc_wire_type type, uint64_t *value) {
  switch (type) {
  case MC_WIRE_FIXED64:
    return read_fixed(reader, 8, value);
  case MC_WIRE_FIXED32:
    return read_fixed(reader, 4, value);
  case MC_WIRE_VARINT:
  case MC_WIRE_BYTES: /* the length */
    return read_varint(reader, value);
  }
  mc_wire_fail(reader->wire, "wire type %d is not used by protobuf 3", (int)type);
  return false;
}

bool mc_read_field(mc_reader *reader, mc_field *field) {
  *field = (mc_field){0};
  if (reader->wire->failed || reader->at == reader->end) {
    return false;
  }
  uint64_t tag;
  if (!read_varint(reader, &tag)) {
    return false;
  }
  if (tag >> 3 == 0 || tag >> 3 > 0x1fffffff) {
    mc_wire_fail(reader->wire, "field number %llu is outside protobuf's range", (unsigned long long)(tag >> 3));
    return false;
  }
  field->number = (uint32_t)(tag >> 3);
  field->type = (mc_wire_type)(tag & 7);
  if (!read_value(reader, field->type, &field->value)) {
    return false;
  }
  if (field->type == MC_WIRE_BYTES) {
    if (field->value > (uint64_t)(reader->end - reader->at)) {
      mc_wire_fail(reader->wire, "field %u has %llu bytes but %zu are left", field->number,
                   (unsigned long long)field->value, (size_t)(reader->end - reader->at));
      return false;
    }
    field->data = reader->at;
    field->size = (size_t)field->value;
    reader->at += field->size;
  }
  return true;
}

mc_reader mc_read_message(const mc_reader *reader, const mc_field *field) {
  mc_reader inner = {reader->wire, NULL, NULL, reader->depth + 1};
  if (field->type != MC_WIRE_BYTES) {
    mc_wire_fail(reader->wire, "field %u should be a message, string or list", field->number);
  } else if (inner.depth > MC_WIRE_DEPTH) {
    mc_wire_fail(reader->wire, "messages are nested deeper than %d", MC_WIRE_DEPTH);
  } else {
    inner.at = field->data;
    inner.end = field->data + field->size;
  }
  return inner;
}

bool mc_read_packed(const mc_reader *reader, const mc_field *field, mc_reader *packed, mc_wire_type type,
                    uint64_t *value) {
  if (reader->wire->failed) {
    return false;
  }
  if (packed->wire == NULL) {
    *packed = (mc_reader){reader->wire, NULL, NULL, reader->depth + 1};
    if (field->type == type) {
      *value = field->value; /* one unpacked element */
      return true;
    }
    if (field->type != MC_WIRE_BYTES) {
      mc_wire_fail(reader->wire, "field %u has the wrong wire type for a list of numbers", field->number);
      return false;
    }
    packed->at = field->data;
    packed->end = field->data + field->size;
  }
  return packed->at != packed->end && read_value(packed, type, value);
}

char *mc_read_string(const mc_reader *reader, const mc_field *field) {
  if (field->type != MC_WIRE_BYTES) {
    mc_wire_fail(reader->wire, "field %u should be a string", field->number);
    return NULL;
  }
  if (memchr(field->data, 0, field->size) != NULL) {
    mc_wire_fail(reader->wire, "the string in field %u has a NUL character", field->number);
    return NULL;
  }
  char *text = malloc(field->size + 1);
  if (text == NULL) {
    mc_wire_fail(reader->wire, "out of memory");
    return NULL;
  }
  memcpy(text, field->data, field->size);
  text[field->size] = 0;
  return text;
}
