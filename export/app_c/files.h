// The files in and out. The output gets its name when it is whole.
#ifndef EDGEGAN_FILES_H
#define EDGEGAN_FILES_H

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "errors.h"

typedef struct {
  FILE *file;
  const char *path;
  char *temporary;  // NULL if the path is written itself: a device, a pipe, the standard output
} Output;

static char unfinished[4096];  // what goes away when the program fails

static void remove_unfinished(void) {
  if (*unfinished) unlink(unfinished);
}

static bool standard(const char *path) { return !strcmp(path, "-"); }

_Noreturn static void fail_at(const char *path) { fail(ERROR, "%s: %s.", path, strerror(errno)); }

// Open `from`, which must be another file than `to`.
static FILE *open_input(const char *from, const char *to) {
  struct stat in, out;
  FILE *file = standard(from) ? stdin : fopen(from, "rb");
  if (!file) fail_at(from);
  if (!standard(to) && !fstat(fileno(file), &in) && !stat(to, &out) && S_ISREG(out.st_mode) &&
      in.st_dev == out.st_dev && in.st_ino == out.st_ino)
    fail(USAGE, "%s is the input, too; name another file for the output.", to);
  return file;
}

static Output open_output(const char *path) {
  Output made = {stdout, path, NULL};
  struct stat there;
  if (standard(path)) return made;
  bool own = stat(path, &there) || S_ISREG(there.st_mode);
  char *target = realpath(path, NULL);  // a link stays, and what it names is replaced
  if (target) made.path = target;
  if (own) {
    int length = snprintf(unfinished, sizeof unfinished, "%s.%d.part", made.path, (int)getpid());
    if (length >= (int)sizeof unfinished) fail(USAGE, "The name of the output is too long.");
    made.temporary = unfinished;
    atexit(remove_unfinished);
  }
  made.file = fopen(own ? unfinished : path, "wb");
  if (!made.file) fail_at(path);
  return made;
}

// Close it, and give it its name.
static void finish(Output *output) {
  if (fclose(output->file)) fail_at(output->path);
  if (!output->temporary) return;
  if (rename(output->temporary, output->path)) fail_at(output->path);
  *output->temporary = 0;
}

#endif
