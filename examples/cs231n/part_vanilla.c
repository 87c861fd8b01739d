/* SPDX-License-Identifier: MIT */
/*
 * Part 1. Vanilla dropout works, but prediction, where time matters and other people's code runs,
 * pays for it: forget its two multiplications, and the later a layer, the more it is fed of what it
 * has learnt to expect. That is why it is not recommended, and part 2 is.
 */
#include "parts.h"
#include "spiral.h"

#include <stdio.h>

void part_vanilla(uint64_t seed) {
    struct spiral spiral;
    spiral_train(&spiral, SIMDROP_VANILLA, seed);
    double loss, forgetful_loss;
    const double right = spiral_predict(&spiral, &loss);
    const simdrop_dropout_config nothing = {.drop_prob = 0};
    if (simdrop_dropout_init(&spiral.net.drop1, &nothing)) die("no dropout was refused");
    spiral.net.drop2 = spiral.net.drop1;
    const double forgetful_right = spiral_predict(&spiral, &forgetful_loss);

    printf("A spiral of %d arms with %d points each; 2-%d-%d-%d, p = 0.5, %d steps\n", SPIRAL_ARMS,
           SPIRAL_POINTS, SPIRAL_HIDDEN, SPIRAL_HIDDEN, SPIRAL_ARMS, SPIRAL_STEPS);
    printf("Training loss:             %.3f, at first %.3f\n", spiral.last_loss, spiral.first_loss);
    printf("Prediction, times 1 - p:   accuracy %.3f, loss %.3f\n", right, loss);
    printf("Prediction, not scaled:    accuracy %.3f, loss %.3f\n", forgetful_right,
           forgetful_loss);
    claim(spiral.last_loss < spiral.first_loss / 2, "training halves the loss");
    claim(right >= 0.9, "prediction is right on at least 90 %% of the points");
    spiral_free(&spiral);
}
