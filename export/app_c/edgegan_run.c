// Translates pictures by the models beside it, on the CPU: README.md tells how. This file calls
// LiteRT, so it is the one to begin with for a program of your own.

#define _XOPEN_SOURCE 700
#include <getopt.h>
#include <time.h>
#include <unistd.h>

#include "domains.h"
#include "errors.h"
#include "files.h"
#include "litert.h"
#include "model.h"
#include "pictures.h"
#include "sha256.h"

enum { INPUTS = LABELS ? 2 : 1, MOST_THREADS = 256 };

typedef struct {
  const Model *model;
  size_t length;   // of the image, in floats
  uint8_t *bytes;  // of the file, which LiteRT goes on reading
  LiteRtEnvironment environment;
  LiteRtModel file;
  LiteRtOptions options;
  LiteRtCompiledModel compiled;
  LiteRtTensorBuffer inputs[INPUTS], output;
  int image_at;  // which of the inputs is the image; the other is the label
} Network;

#define LITERT(call) check(call, #call)

static void check(int status, const char *call) {
  if (status) fail(ERROR, "%.*s gives the status %d.", (int)strcspn(call, "("), call, status);
}

static double milliseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

// The file of a model, and that it is the one whose golden values are known.
static uint8_t *read_model(const char *folder, const Model *model, size_t *length) {
  char path[4096], hex[65];
  snprintf(path, sizeof path, "%s/%s", folder, model->file);
  FILE *file = fopen(path, "rb");
  if (!file || fseek(file, 0, SEEK_END)) fail(ERROR, "%s: %s.", path, strerror(errno));
  *length = (size_t)ftell(file);
  rewind(file);
  uint8_t *bytes = memory(*length + 72);
  if (fread(bytes, 1, *length, file) < *length) fail(ERROR, "%s cannot be read whole.", path);
  fclose(file);
  sha256(bytes, *length, hex);
  if (strcmp(hex, model->sha256))
    fail(ERROR, "%s is damaged, or not the file that was tested. Copy it again.", path);
  return bytes;
}

// LiteRT takes what is particular to the CPU as TOML; without it, it uses one thread.
static void set_threads(LiteRtOptions options, int threads) {
  LiteRtOpaqueOptions cpu;
  char *toml = memory(32);
  snprintf(toml, 32, "num_threads = %d\n", threads);
  LITERT(LiteRtCreateOpaqueOptions("xnnpack", toml, free, &cpu));
  LITERT(LiteRtAddOpaqueOptions(options, cpu));
}

static LiteRtRankedTensorType type_of(LiteRtTensor tensor, const Model *model) {
  LiteRtRankedTensorType type;
  LITERT(LiteRtGetRankedTensorType(tensor, &type));
  const int32_t *n = type.sizes;
  bool image = type.rank == 4 && n[0] == 1 && n[1] == model->height && n[2] == model->width &&
               n[3] == model->channels;
  if (type.element != FLOAT32 || !(image || (type.rank == 2 && n[0] == 1 && n[1] == LABELS)))
    fail(ERROR, "%s has other tensors than model.h tells, or this LiteRT tells them otherwise.",
         model->file);
  return type;
}

static void open_buffers(Network *network, LiteRtSignature signature) {
  LiteRtTensor tensor;
  LiteRtTensorBufferRequirements needs;
  for (int i = 0; i < INPUTS; i++) {
    LITERT(LiteRtGetSignatureInputTensorByIndex(signature, i, &tensor));
    LiteRtRankedTensorType type = type_of(tensor, network->model);
    if (type.rank == 4) network->image_at = i;
    LITERT(LiteRtGetCompiledModelInputBufferRequirements(network->compiled, 0, i, &needs));
    LITERT(LiteRtCreateManagedTensorBufferFromRequirements(network->environment, &type, needs,
                                                           &network->inputs[i]));
  }
  LITERT(LiteRtGetSignatureOutputTensorByIndex(signature, 0, &tensor));
  LiteRtRankedTensorType type = type_of(tensor, network->model);
  LITERT(LiteRtGetCompiledModelOutputBufferRequirements(network->compiled, 0, 0, &needs));
  LITERT(LiteRtCreateManagedTensorBufferFromRequirements(network->environment, &type, needs,
                                                         &network->output));
}

static Network open_network(const Model *model, const char *folder, int threads) {
  const LiteRtEnvOption quiet = {LEAST_LOGGED, {INTEGER, ERRORS_ONLY}};
  Network network = {.model = model};
  LiteRtSignature signature;
  size_t length;
  network.length = (size_t)model->height * model->width * model->channels;
  network.bytes = read_model(folder, model, &length);
  LITERT(LiteRtCreateEnvironment(1, &quiet, &network.environment));
  LITERT(LiteRtCreateModelFromBuffer(network.environment, network.bytes, length, &network.file));
  LITERT(LiteRtCreateOptions(&network.options));
  LITERT(LiteRtSetOptionsHardwareAccelerators(network.options, CPU));
  set_threads(network.options, threads);
  LITERT(LiteRtCreateCompiledModel(network.environment, network.file, network.options,
                                   &network.compiled));
  LITERT(LiteRtGetModelSignature(network.file, 0, &signature));
  open_buffers(&network, signature);
  return network;
}

static void close_network(Network *network) {
  for (int i = 0; i < INPUTS; i++) LiteRtDestroyTensorBuffer(network->inputs[i]);
  LiteRtDestroyTensorBuffer(network->output);
  LiteRtDestroyCompiledModel(network->compiled);
  LiteRtDestroyOptions(network->options);
  LiteRtDestroyModel(network->file);
  LiteRtDestroyEnvironment(network->environment);
  free(network->bytes);
}

static void copy(LiteRtTensorBuffer buffer, int how, float *values, size_t count) {
  void *held;
  LITERT(LiteRtLockTensorBuffer(buffer, &held, how));
  memcpy(how == WRITE ? held : values, how == WRITE ? values : held, count * sizeof *values);
  LITERT(LiteRtUnlockTensorBuffer(buffer));
}

// Replace the floats of an image by those of its translation; returns how many ms that took.
static double run(Network *network, float *image, float *label) {
  double start = milliseconds();
  copy(network->inputs[network->image_at], WRITE, image, network->length);
  if (LABELS) copy(network->inputs[INPUTS - 1 - network->image_at], WRITE, label, LABELS);
  LITERT(LiteRtRunCompiledModel(network->compiled, 0, INPUTS, network->inputs, 1,
                                &network->output));
  copy(network->output, READ, image, network->length);
  return milliseconds() - start;
}

// What edgegan.selftest does. Kernels can be wrong without a word, so none is trusted before it
// gives what the Keras generator makes of a fixed input.
static double self_test(Network *network, float *image) {
  const Model *model = network->model;
  float label[LABELS + 1];
  memcpy(label, model->label, sizeof label);
  for (size_t k = 0; k < network->length; k++)
    image[k] = (float)((uint32_t)k * 2654435761u >> 24) / 127.5f - 1.0f;
  run(network, image, label);
  double squares = 0, most = 0, sum = 0, spread = 0, count = (double)network->length;
  for (int i = 0; i < SAMPLES; i++) {
    double off = image[model->at[i]] - model->golden[i];
    squares += off * off;
    most = fmax(most, fabs(off));
  }
  for (size_t k = 0; k < network->length; k++) sum += image[k];
  for (size_t k = 0; k < network->length; k++) spread += pow(image[k] - sum / count, 2);
  most = fmax(most, fabs(sum / count - model->mean));
  most = fmax(most, fabs(sqrt(spread / count) - model->std));
  double off = model->by_mean ? sqrt(squares / SAMPLES) : most;
  if (isnan(sum)) off = sum;  // which fmax passes over
  if (!(off <= model->limit))
    fail(WRONG_RESULTS, "%s gives wrong results here: the self-test is off by %.4f, allowed %.4f.",
         model->file, off, model->limit);
  return off;
}

typedef struct {
  const char *folder, *from, *to;
  char *domain;
  int threads;
} Arguments;

static int thread_count(const char *word) {
  char *end;
  long count = strtol(word, &end, 10);
  if (end == word || *end || count < 1 || count > MOST_THREADS)
    fail(USAGE, "--threads takes a number of threads, 1 to %d.", MOST_THREADS);
  return (int)count;
}

static Arguments parse(int count, char **words) {
  static const struct option known[] = {{"domain", required_argument, NULL, 'd'},
                                        {"models", required_argument, NULL, 'm'},
                                        {"threads", required_argument, NULL, 't'},
                                        {0}};
  static const char usage[] =
      "Usage: edgegan_run [--domain NAME=1,...] [--models DIR] [--threads N] IN.ppm OUT.ppm\n"
      "IN and OUT may be - for the standard input and output.";
  Arguments found = {.folder = ".", .threads = (int)sysconf(_SC_NPROCESSORS_ONLN)};
  for (int option; (option = getopt_long(count, words, "", known, NULL)) != -1;) {
    if (option == '?') fail(USAGE, "%s", usage);
    if (option == 'd') found.domain = optarg;
    if (option == 'm') found.folder = optarg;
    if (option == 't') found.threads = thread_count(optarg);
  }
  if (count - optind != 2) fail(USAGE, "%s", usage);
  if (LABELS && !found.domain)
    fail(USAGE, "Tell with --domain what to translate to.%s", known_domains());
  if (!LABELS && found.domain) fail(USAGE, "The models make one translation; leave out --domain.");
  found.from = words[optind];
  found.to = words[optind + 1];
  return found;
}

// The model whose sides' ratio is nearest to the picture's.
static const Model *nearest(Image image) {
  const Model *best = models;
  double least = INFINITY;
  for (size_t i = 0; i < sizeof models / sizeof *models; i++) {
    double wide = (double)models[i].width / models[i].height;
    double off = fabs(log(wide * image.height / image.width));
    if (off < least) best = &models[i];
    least = fmin(off, least);
  }
  return best;
}

// Replace a picture by its translation, of the model's size; `floats` is room for both.
static double translate(Network *network, Image *image, float *floats, float *label) {
  const Model *model = network->model;
  if (model->channels == 1) make_gray(*image);
  crop(image, model->width, model->height);
  resize(image, true, model->width);
  resize(image, false, model->height);
  for (size_t k = 0; k < network->length; k++)
    floats[k] = image->rgb[k * 3 / model->channels] / 127.5f - 1.0f;
  double ms = run(network, floats, label);
  for (size_t k = 0; k < (size_t)3 * model->height * model->width; k++) {
    float value = floats[k * model->channels / 3];
    if (isnan(value)) fail(WRONG_RESULTS, "%s gives values that are no numbers.", model->file);
    image->rgb[k] = (uint8_t)fmin(fmax(rint((value + 1.0f) * 127.5f), 0), 255);
  }
  return ms;
}

int main(int count, char **words) {
  Arguments given = parse(count, words);
  float label[LABELS + 1];
  if (LABELS) make_label(given.domain, label);
  FILE *in = open_input(given.from, given.to);
  Output out = {0};
  Image image = read_ppm(in, given.from);
  if (!image.rgb) fail(ERROR, "%s is empty.", given.from);
  Network network = open_network(nearest(image), given.folder, given.threads);
  float *floats = memory(network.length * sizeof *floats);
  double off = self_test(&network, floats), ms = 0;
  int done = 0;
  for (; image.rgb; image = read_ppm(in, given.from), done++) {
    ms += translate(&network, &image, floats, label);
    if (!out.file) out = open_output(given.to);
    write_ppm(out.file, given.to, image);
    free(image.rgb);
  }
  bool standard = out.file == stdout;
  finish(&out);
  fprintf(standard ? stderr : stdout,
          "Translated %d picture(s) by %s, %d thread(s): %.1f ms each in the network; the "
          "self-test is off by %.4f, allowed %.4f.\n",
          done, network.model->file, given.threads, ms / done, off, network.model->limit);
  close_network(&network);
  free(floats);
  return 0;
}
