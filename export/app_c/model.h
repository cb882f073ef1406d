// What edgegan_run.c knows of the models beside it: model.json, turned into C by `edgegan app`, so
// that nothing has to read JSON on the board. Write the app anew rather than edit this.
#ifndef EDGEGAN_MODEL_H
#define EDGEGAN_MODEL_H

#include <stdbool.h>

enum { SAMPLES = {{samples}}, DOMAINS = {{domain_count}}, LABELS = {{labels}} };

typedef struct {
  const char *name, *group;  // members of a group exclude each other; NULL: switched by itself
  bool one_hot;              // exactly one member of the group is on
  bool on;                   // unless asked for otherwise
  int set;                   // whose labels it belongs to, of those that the generator learned from
} Domain;

typedef struct {
  const char *file, *sha256;
  int height, width, channels;
  bool by_mean;  // the self-test takes the root mean square of what is off, not the largest
  double limit, mean, std;
  int at[SAMPLES];
  double golden[SAMPLES];
  float label[LABELS + 1];
} Model;

// One more than there are: C has no empty arrays.
static const Domain domains[DOMAINS + 1] = {
{{domains}}
};

static const Model models[] = {
{{models}}
};

#endif
