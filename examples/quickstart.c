/* SPDX-License-Identifier: MIT */
/* Dropout on a batch of Fashion-MNIST: forward, backward with the mask drawn again, inference. */
#include <simdrop/simdrop.h>

#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

enum { HEADER = 16, N = 256 * 28 * 28 }; /* 256 images */
static unsigned char pixels[HEADER + N];
static float x[N], y[N], dy[N], dx[N], z[N];

static void check(simdrop_status status) {
    if (status == SIMDROP_OK) return;
    fprintf(stderr, "quickstart: %s\n", simdrop_status_string(status));
    exit(1);
}

static double mean(const float *v) {
    double sum = 0;
    for (int i = 0; i < N; ++i) sum += (double)v[i];
    return sum / (double)N;
}

int main(int argc, char **argv) {
    const char *path = "/usr/share/datasets/fashion-mnist/t10k-images-idx3-ubyte.gz";
    gzFile file = gzopen(argc > 1 ? argv[1] : path, "rb");
    if (!file || gzread(file, pixels, sizeof pixels) != (int)sizeof pixels) {
        fprintf(stderr, "quickstart: no images: install dataset-fashion-mnist or name a file\n");
        return 77; /* "skipped" to the test runner */
    }
    gzclose(file);
    for (int i = 0; i < N; ++i) x[i] = pixels[HEADER + i] / 255.0f;
    const float centre = (float)mean(x);
    for (int i = 0; i < N; ++i) x[i] = x[i] > centre ? x[i] - centre : 0; /* centre, then ReLU */
    for (int i = 0; i < N; ++i) dy[i] = 1;

    const uint64_t layer = 3, step = 1000, rank = 0;
    const simdrop_dropout_config config = {
        .drop_prob = 0.1, .seed = 42, .stream = simdrop_stream_derive(layer, step, rank)};
    simdrop_dropout dropout;
    check(simdrop_dropout_init(&dropout, &config));
    check(simdrop_dropout_f32(&dropout, 0, N, x, y));   /* forward */
    check(simdrop_dropout_f32(&dropout, 0, N, dy, dx)); /* backward: the same mask, none stored */
    check(simdrop_dropout_infer_f32(&dropout, N, x, z));

    int kept = 0, differ = 0; /* as dy is all ones, y must be x * dx */
    for (int i = 0; i < N; ++i) kept += dx[i] != 0, differ += (y[i] != 0) != (x[i] * dx[i] != 0);
    printf("%d activations on %s\n", N, simdrop_isa_name());
    printf("kept       %.4f  (expected %.4f)\n", (double)kept / (double)N,
           1 - simdrop_dropout_realized_prob(&dropout));
    printf("mean of x  %.4f\n", mean(x));
    printf("mean of y  %.4f  (training)\n", mean(y));
    printf("mean of z  %.4f  (inference)\n", mean(z));
    printf("masks of forward and backward differ in %d elements\n", differ);
    return differ != 0;
}
