/* Bounded string functions, which clients expect among the toolkit's libraries. Nothing is written beyond `room`; what
 * does not fit leaves an empty text and an error. */
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

int vsnprintf_s(char *to, size_t room, size_t count, const char *format, va_list arguments);
int snprintf_s(char *to, size_t room, size_t count, const char *format, ...) __attribute__((format(printf, 4, 5)));
int strcpy_s(char *to, size_t room, const char *from);

/* At most `count` characters are wanted; -1 when there are more, or they do not fit. */
int vsnprintf_s(char *to, size_t room, size_t count, const char *format, va_list arguments) {
  if (to == NULL || room == 0 || format == NULL) {
    return -1;
  }
  const size_t most = count < room ? count + 1 : room;
  const int length = vsnprintf(to, most, format, arguments);
  if (length < 0 || (size_t)length >= most) {
    /* Cut by `count` the text stays, cut by `room` it does not. */
    to[length < 0 || most == room ? 0 : most - 1] = 0;
    return -1;
  }
  return length;
}

int snprintf_s(char *to, size_t room, size_t count, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  const int length = vsnprintf_s(to, room, count, format, arguments);
  va_end(arguments);
  return length;
}

int strcpy_s(char *to, size_t room, const char *from) {
  if (to == NULL || room == 0) {
    return EINVAL;
  }
  const size_t size = from == NULL ? 0 : strlen(from) + 1;
  if (size == 0 || size > room) {
    to[0] = 0;
    return from == NULL ? EINVAL : ERANGE;
  }
  memmove(to, from, size);
  return 0;
}
