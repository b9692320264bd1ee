/* Writing protobuf's wire format, with the shortest encoding everywhere so that equal graphs give equal bytes. */
#include "graph/wire.h"

#include <stdlib.h>
#include <string.h>

static bool reserve(mc_writer *writer, size_t more) {
  if (writer->failed || more > SIZE_MAX / 4 - writer->size) {
    writer->failed = true;
    return false;
  }
  if (writer->size + more > writer->capacity) {
    size_t capacity = writer->capacity == 0 ? 256 : writer->capacity * 2;
    capacity = capacity < writer->size + more ? writer->size + more : capacity;
    uint8_t *data = realloc(writer->data, capacity);
    if (data == NULL) {
      writer->failed = true;
      return false;
    }
    writer->data = data;
    writer->capacity = capacity;
  }
  return true;
}

void mc_write_raw(mc_writer *writer, const void *data, size_t size) {
  if (size != 0 && reserve(writer, size)) {
    memcpy(writer->data + writer->size, data, size);
    writer->size += size;
  }
}

static size_t encode_varint(uint8_t bytes[10], uint64_t value) {
  size_t size = 0;
  for (; value >= 0x80; value >>= 7) {
    bytes[size++] = (uint8_t)(value | 0x80);
  }
  bytes[size++] = (uint8_t)value;
  return size;
}

void mc_write_varint(mc_writer *writer, uint64_t value) {
  uint8_t bytes[10];
  mc_write_raw(writer, bytes, encode_varint(bytes, value));
}

static void write_tag(mc_writer *writer, uint32_t number, mc_wire_type type) {
  mc_write_varint(writer, (uint64_t)number << 3 | (uint64_t)type);
}

void mc_write_int(mc_writer *writer, uint32_t number, int64_t value) {
  write_tag(writer, number, MC_WIRE_VARINT);
  mc_write_varint(writer, (uint64_t)value);
}

void mc_write_float(mc_writer *writer, uint32_t number, float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  const uint8_t bytes[4] = {(uint8_t)bits, (uint8_t)(bits >> 8), (uint8_t)(bits >> 16), (uint8_t)(bits >> 24)};
  write_tag(writer, number, MC_WIRE_FIXED32);
  mc_write_raw(writer, bytes, sizeof bytes);
}

void mc_write_bytes(mc_writer *writer, uint32_t number, const void *data, size_t size) {
  write_tag(writer, number, MC_WIRE_BYTES);
  mc_write_varint(writer, size);
  mc_write_raw(writer, data, size);
}

void mc_write_string(mc_writer *writer, uint32_t number, const char *text) {
  mc_write_bytes(writer, number, text, strlen(text));
}

void mc_write_ints(mc_writer *writer, uint32_t number, const int64_t *values, size_t count) {
  if (count == 0) {
    return;
  }
  const size_t mark = mc_write_begin(writer, number);
  for (size_t i = 0; i < count; ++i) {
    mc_write_varint(writer, (uint64_t)values[i]);
  }
  mc_write_end(writer, mark);
}

/* One byte is kept for the length, which fits most messages; a longer length moves the content. */
size_t mc_write_begin(mc_writer *writer, uint32_t number) {
  write_tag(writer, number, MC_WIRE_BYTES);
  mc_write_raw(writer, "", 1);
  return writer->size;
}

void mc_write_end(mc_writer *writer, size_t mark) {
  if (writer->failed) {
    return;
  }
  uint8_t length[10];
  const size_t content = writer->size - mark;
  const size_t size = encode_varint(length, content);
  if (!reserve(writer, size - 1)) {
    return;
  }
  memmove(writer->data + mark + size - 1, writer->data + mark, content);
  memcpy(writer->data + mark - 1, length, size);
  writer->size += size - 1;
}
