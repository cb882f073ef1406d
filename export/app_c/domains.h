// The label beside the image, made of the names of domains by the rules of edgegan.domains.encode.
#ifndef EDGEGAN_DOMAINS_H
#define EDGEGAN_DOMAINS_H

#include <ctype.h>
#include <string.h>

#include "errors.h"
#include "model.h"

// Without the white space around.
static char *trimmed(char *text) {
  while (isspace((unsigned char)*text)) text++;
  for (char *end = text + strlen(text); end > text && isspace((unsigned char)end[-1]);) *--end = 0;
  return text;
}

// " Known are noto, twemoji." and so on.
static const char *known_domains(void) {
  static char text[4096] = " Known are";
  size_t length = strlen(text);
  for (int k = 0; k < DOMAINS && length < sizeof text; k++)
    length += (size_t)snprintf(text + length, sizeof text - length, "%s %s%s", k ? "," : "",
                               domains[k].name, k == DOMAINS - 1 ? "." : "");
  return text;
}

static int find_domain(const char *name) {
  for (int k = 0; k < DOMAINS; k++)
    if (!strcmp(domains[k].name, name)) return k;
  fail(USAGE, "There is no domain %s.%s", name, known_domains());
}

// Data sets may have groups of the same name.
static bool same_group(int a, int b) {
  return domains[a].set == domains[b].set && domains[a].group && domains[b].group &&
         !strcmp(domains[a].group, domains[b].group);
}

// Switch one on or off; the others of its group, of which one may be on, go off with it on.
static void ask(int which, bool wanted, bool *on, bool *asked) {
  for (int k = 0; k < DOMAINS; k++) {
    if (!wanted || k == which || !same_group(k, which)) continue;
    if (asked[k] && on[k])
      fail(USAGE, "%s and %s exclude each other; choose one.", domains[k].name,
           domains[which].name);
    on[k] = false;
  }
  if (asked[which]) fail(USAGE, "The domain %s is given twice.", domains[which].name);
  asked[which] = true;
  on[which] = wanted;
}

static void check_one_hot(const bool *on, int set) {
  for (int k = 0; k < DOMAINS; k++) {
    bool any = !domains[k].one_hot || domains[k].set != set;
    for (int other = 0; other < DOMAINS; other++) any |= on[other] && same_group(k, other);
    if (!any)
      fail(USAGE, "One of the group %s must be on, such as %s=1.", domains[k].group,
           domains[k].name);
  }
}

// Read such as "Blond_Hair=1,Male=0"; what it does not name is as `domains` tell.
static void make_label(char *wanted, float *label) {
  bool on[DOMAINS + 1], asked[DOMAINS + 1] = {0};
  int set = -1;
  for (int k = 0; k < DOMAINS; k++) on[k] = domains[k].on;
  for (char *item = strtok(wanted, ","); item; item = strtok(NULL, ",")) {
    char *value = strchr(item, '=');
    if (value) *value++ = 0;
    item = trimmed(item);
    if (value) value = trimmed(value);
    int k = find_domain(item);
    if (value && strcmp(value, "0") && strcmp(value, "1"))
      fail(USAGE, "The domain %s is asked to be %s; it can be 0 or 1.", item, value);
    if (set >= 0 && set != domains[k].set)
      fail(USAGE, "%s is of another data set than the others; translate twice.", item);
    set = domains[k].set;
    ask(k, !value || *value == '1', on, asked);
  }
  if (set < 0) fail(USAGE, "--domain names nothing.%s", known_domains());
  check_one_hot(on, set);
  for (int k = 0; k < DOMAINS; k++) label[k] = domains[k].set == set && on[k];
  for (int k = DOMAINS; k < LABELS; k++) label[k] = k - DOMAINS == set;  // the mask vector
}

#endif
