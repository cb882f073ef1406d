// What goes wrong is said in one line, and ends the program: see README.md for the codes.
#ifndef EDGEGAN_ERRORS_H
#define EDGEGAN_ERRORS_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { ERROR = 1, USAGE = 2, WRONG_RESULTS = 4 };

_Noreturn static void fail(int code, const char *words, ...) {
  va_list values;
  va_start(values, words);
  fputs("edgegan_run: ", stderr);
  vfprintf(stderr, words, values);
  fputc('\n', stderr);
  va_end(values);
  exit(code);
}

static void *memory(size_t bytes) {
  void *made = malloc(bytes);
  if (!made) fail(ERROR, "There is no memory for %zu bytes.", bytes);
  return made;
}

#endif
