/* SPDX-License-Identifier: MIT */
/* Rotated, negative and random images. */
#include "shifts.h"

#include <simdrop/simdrop.h>

#include <math.h>
#include <string.h>

static struct data alike(const struct data *data, size_t n) {
    struct data shifted = {n, data->pixels, allocate(n, data->pixels), allocate(n, 1)};
    memcpy(shifted.labels, data->labels, n);
    return shifted;
}

static double pixel(const uint8_t *image, size_t side, double row, double col) {
    if (row < 0 || col < 0 || row >= (double)side || col >= (double)side) return 0;
    return image[(size_t)row * side + (size_t)col];
}

static uint8_t between(const uint8_t *image, size_t side, double row, double col) {
    const double top = floor(row), left = floor(col), down = row - top, right = col - left;
    const double above =
        (1 - right) * pixel(image, side, top, left) + right * pixel(image, side, top, left + 1);
    const double below = (1 - right) * pixel(image, side, top + 1, left) +
                         right * pixel(image, side, top + 1, left + 1);
    return (uint8_t)((1 - down) * above + down * below + 0.5);
}

struct data shift_rotated(const struct data *data, size_t n, double degrees) {
    struct data shifted = alike(data, n);
    const size_t side = (size_t)(sqrt((double)data->pixels) + 0.5);
    const double centre = (double)(side - 1) / 2, turn = degrees * acos(-1) / 180;
    const double c = cos(turn), s = sin(turn);
    for (size_t i = 0; i < n; ++i)
        for (size_t j = 0; j < side * side; ++j) {
            const double y = (double)(j / side) - centre, x = (double)(j % side) - centre;
            shifted.images[i * data->pixels + j] =
                between(data->images + i * data->pixels, side, centre + c * y + s * x,
                        centre + c * x - s * y);
        }
    return shifted;
}

struct data shift_negative(const struct data *data, size_t n) {
    struct data shifted = alike(data, n);
    for (size_t i = 0; i < n * data->pixels; ++i)
        shifted.images[i] = (uint8_t)(255 - data->images[i]);
    return shifted;
}

struct data shift_noise(const struct data *data, size_t n, uint64_t seed) {
    struct data shifted = alike(data, n);
    uint32_t words[64];
    for (size_t i = 0; i < n * data->pixels; i += sizeof words) {
        const size_t left = n * data->pixels - i;
        if (simdrop_random_u32(seed, stream_of(FOR_DATA, 0), i / 4, 64, words))
            die("noise was refused");
        memcpy(shifted.images + i, words, left < sizeof words ? left : sizeof words);
    }
    return shifted;
}
