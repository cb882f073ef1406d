// Pictures in and out, and their sizes: what edgegan.images does, bicubic as Pillow.
#ifndef EDGEGAN_PICTURES_H
#define EDGEGAN_PICTURES_H

#include <ctype.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "errors.h"

enum { MAX_PIXELS = 64000000, FIXED = 1 << 22 };  // weights are rounded to so many steps

typedef struct {
  int width, height;
  uint8_t *rgb;
} Image;

// A number in the head of a PPM, after spaces and comments; 0 if there is none.
static int ppm_number(FILE *file) {
  int c, value = 0;
  bool comment = false;
  while ((c = getc(file)) != EOF && (comment || c == '#' || isspace(c)))
    comment = c == '#' || (comment && c != '\n');
  for (; c >= '0' && c <= '9' && value <= MAX_PIXELS; c = getc(file)) value = 10 * value + c - '0';
  return value;
}

// The next picture of a file; without `rgb` if there is no more.
static Image read_ppm(FILE *file, const char *name) {
  Image image = {0};
  int c;
  while (isspace(c = getc(file)))
    ;
  if (c == EOF && !ferror(file)) return image;
  if (c != 'P' || getc(file) != '6')
    fail(ERROR, "%s is no binary PPM (P6). README.md tells how to convert pictures.", name);
  image.width = ppm_number(file);
  image.height = ppm_number(file);
  int most = ppm_number(file);
  if (image.width < 1 || image.height < 1 || most < 1)
    fail(ERROR, "%s has a damaged head; expected P6, width, height and 255.", name);
  if (most != 255) fail(ERROR, "%s has values up to %d; expected 8 bits, up to 255.", name, most);
  if ((int64_t)image.width * image.height > MAX_PIXELS)
    fail(ERROR, "%s has %d x %d pixels; at most %d are taken. Make it smaller first.", name,
         image.width, image.height, MAX_PIXELS);
  size_t wanted = (size_t)3 * image.width * image.height;
  image.rgb = memory(wanted);
  size_t got = fread(image.rgb, 1, wanted, file);
  if (got < wanted)
    fail(ERROR, "%s is cut off: it has %zu of %zu bytes of pixels.", name, got, wanted);
  return image;
}

static void write_ppm(FILE *file, const char *name, Image image) {
  size_t length = (size_t)3 * image.width * image.height;
  if (fprintf(file, "P6\n%d %d\n255\n", image.width, image.height) < 0 ||
      fwrite(image.rgb, 1, length, file) < length || fflush(file))
    fail(ERROR, "%s cannot be written.", name);
}

// Keep the middle, in the ratio of `width` to `height`.
static void crop(Image *image, int width, int height) {
  double scale = fmin((double)image->width / width, (double)image->height / height);
  int w = (int)fmax(round(width * scale), 1), h = (int)fmax(round(height * scale), 1);
  size_t left = (image->width - w) / 2, top = (image->height - h) / 2, step = image->width;
  for (size_t y = 0; y < (size_t)h; y++)
    memmove(image->rgb + 3 * y * w, image->rgb + 3 * ((top + y) * step + left), (size_t)3 * w);
  image->width = w;
  image->height = h;
}

// ITU-R 601-2 luma in all three channels, in Pillow's fixed point.
static void make_gray(Image image) {
  const uint8_t *end = image.rgb + (size_t)3 * image.width * image.height;
  for (uint8_t *p = image.rgb; p < end; p += 3)
    memset(p, (p[0] * 19595 + p[1] * 38470 + p[2] * 7471 + 32768) >> 16, 3);
}

// Keys 1981, eq. 4, with the parameter -0.5.
static double cubic(double x) {
  x = fabs(x);
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * -0.5 : 0;
}

// The weights of the pixels `*first` .. that make pixel `i`; returns how many.
static int filter_taps(int i, int length, double scale, int *first, double *exact, int *weights) {
  double stretch = fmax(scale, 1), centre = (i + 0.5) * scale, sum = 0;
  *first = (int)fmax(centre - 2 * stretch + 0.5, 0);
  int count = (int)fmin(centre + 2 * stretch + 0.5, length) - *first;
  for (int t = 0; t < count; t++) sum += exact[t] = cubic((*first + t - centre + 0.5) / stretch);
  for (int t = 0; t < count; t++) weights[t] = (int)lround(exact[t] / sum * FIXED);
  return count;
}

// Bring the width (or else the height) to `size`; the filter gets wider where it shrinks.
static void resize(Image *image, bool wide, int size) {
  int length = wide ? image->width : image->height, lines = wide ? image->height : image->width;
  if (length == size) return;
  size_t row = (size_t)3 * image->width, step = wide ? 3 : row, line = wide ? row : 3;
  size_t out_step = wide ? 3 : row, out_line = wide ? (size_t)3 * size : 3;
  double scale = (double)length / size;
  size_t most = (size_t)(4 * fmax(scale, 1)) + 3;
  uint8_t *out = memory((size_t)3 * size * lines);
  double *exact = memory(most * sizeof *exact);
  int *weights = memory(most * sizeof *weights), first;
  for (int i = 0; i < size; i++) {
    int count = filter_taps(i, length, scale, &first, exact, weights);
    for (int k = 0; k < 3 * lines; k++) {
      const uint8_t *in = image->rgb + first * step + k / 3 * line + k % 3;
      int64_t sum = FIXED / 2;
      for (int t = 0; t < count; t++) sum += (int64_t)weights[t] * in[t * step];
      sum = sum < 0 ? 0 : sum / FIXED;
      out[i * out_step + k / 3 * out_line + k % 3] = sum > 255 ? 255 : (uint8_t)sum;
    }
  }
  free(exact);
  free(weights);
  free(image->rgb);
  image->rgb = out;
  *(wide ? &image->width : &image->height) = size;
}

#endif
