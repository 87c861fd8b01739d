/* SPDX-License-Identifier: MIT */
/* The parts of the program. */
#ifndef GPT_GPT_H
#define GPT_GPT_H

#include "model.h"
#include "text.h"

struct settings {
    struct gpt_config net;
    const char *text;
    size_t steps; /* 0: as many as the part thinks right */
};

/* Trains without and with dropout, prints the losses and a line of each one's text. */
void train_and_sample(const struct settings *settings);

/* Times training steps without dropout and with it in several ways, in turns, and prints a table. */
void print_steps_table(const struct settings *settings);

#endif
