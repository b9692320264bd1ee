/*
 * Protobuf's wire format: a cursor that cannot leave its message, and a growing buffer. Nothing here knows a schema.
 *
 * Reading never fails halfway into undefined state: after the first error every read answers "no more fields" and the
 * shared mc_wire says what was wrong.
 */
#ifndef MC_GRAPH_WIRE_H
#define MC_GRAPH_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Messages nested deeper than this are refused; protobuf's own default is 100. */
#define MC_WIRE_DEPTH 64

/* One decoding, shared by all its readers. */
typedef struct mc_wire {
  bool failed;
  char why[200];
} mc_wire;

void mc_wire_fail(mc_wire *wire, const char *format, ...) __attribute__((format(printf, 2, 3)));

typedef struct mc_reader {
  mc_wire *wire;
  const uint8_t *at, *end;
  int depth;
} mc_reader;

typedef enum mc_wire_type { MC_WIRE_VARINT = 0, MC_WIRE_FIXED64 = 1, MC_WIRE_BYTES = 2, MC_WIRE_FIXED32 = 5 } mc_wire_type;

typedef struct mc_field {
  uint32_t number;
  mc_wire_type type;
  uint64_t value;      /* varint and fixed */
  const uint8_t *data; /* bytes: inside the message */
  size_t size;
} mc_field;

mc_reader mc_reader_of(mc_wire *wire, const void *bytes, size_t size);

/* The next field; false at the end and after an error. */
bool mc_read_field(mc_reader *reader, mc_field *field);

/* The message inside a bytes field; empty (and an error) when the field is of another type or too deep. */
mc_reader mc_read_message(const mc_reader *reader, const mc_field *field);

/* Numbers of a repeated scalar field, packed or not: calls again until false. `packed` starts as {0}. */
bool mc_read_packed(const mc_reader *reader, const mc_field *field, mc_reader *packed, mc_wire_type type,
                    uint64_t *value);

/* A malloc'ed, NUL-terminated copy of a string field; strings with a NUL inside are an error. */
char *mc_read_string(const mc_reader *reader, const mc_field *field);

typedef struct mc_writer {
  uint8_t *data; /* malloc'ed; belongs to whoever created the writer */
  size_t size, capacity;
  bool failed; /* memory exhausted */
} mc_writer;

void mc_write_raw(mc_writer *writer, const void *data, size_t size);
void mc_write_varint(mc_writer *writer, uint64_t value);
/* Scalars are written even when zero: leaving a default out is the schema's decision. */
void mc_write_int(mc_writer *writer, uint32_t number, int64_t value);
void mc_write_float(mc_writer *writer, uint32_t number, float value);
void mc_write_bytes(mc_writer *writer, uint32_t number, const void *data, size_t size);
void mc_write_string(mc_writer *writer, uint32_t number, const char *text);
/* Packed varints; nothing when count is 0. */
void mc_write_ints(mc_writer *writer, uint32_t number, const int64_t *values, size_t count);

/* A nested message or packed field: what is written between begin and end is its content. */
size_t mc_write_begin(mc_writer *writer, uint32_t number);
void mc_write_end(mc_writer *writer, size_t mark);

#endif
