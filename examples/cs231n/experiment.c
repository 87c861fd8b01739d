/* SPDX-License-Identifier: MIT */
/* Part 5, the experiment: a network that overfits, with dropout and without. */
#include "cli.h"
#include "solver.h"

#include <simdrop/simdrop.h>

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char program_name[] = "cs231n-experiment";

enum { BATCH = 100 };

struct settings {
    const char *fashion_mnist, *cifar10; /* folders */
    const char *csv;
    double drop_probs[MAX_PROBS];
    size_t prob_count, seeds, epochs, train, val, hidden, threads;
};

static void help(void) {
    puts("usage: cs231n-experiment [option...]\n\n"
         "Trains a network of one hidden layer on few images, with each drop probability and\n"
         "seed: Adam (rate 5e-4), batches of 100 drawn with replacement, the mean image\n"
         "subtracted. Prints training and validation accuracy, means over the seeds. Epoch 0 of "
         "the\n"
         "CSV is after the first step.\n\n"
         "  --fashion-mnist DIR  the data (/usr/share/datasets/fashion-mnist)\n"
         "  --cifar10 DIR        CIFAR-10 (data_batch_1.bin ...) instead\n"
         "  --drop P[,P...]      drop probabilities (0,0.75)\n"
         "  --seeds N            random seeds, from 0 on (10)\n"
         "  --epochs N           passes over the training images (25)\n"
         "  --train N            training images, the data's first (500)\n"
         "  --val N              validation images, the data's last (1000)\n"
         "  --hidden N           units of the hidden layer (500)\n"
         "  --threads N          that share each dropout call, up to 64; no bit depends on it (1)\n"
         "  --csv FILE           writes every epoch of every run there, - for standard output\n"
         "  --help               this text\n\n"
         "The same SLEEF, and the same BLAS with the same number of threads, give the same bits,\n"
         "whatever instruction set simdrop uses (SIMDROP_ISA).");
}

static struct settings parse(int argc, char **argv) {
    enum { FASHION, CIFAR, DROP, SEEDS, EPOCHS, TRAIN_IMAGES, VAL, HIDDEN, THREADS, CSV, HELP };
    static const struct option options[] = {
        {"fashion-mnist", required_argument, NULL, FASHION},
        {"cifar10", required_argument, NULL, CIFAR},
        {"drop", required_argument, NULL, DROP},
        {"seeds", required_argument, NULL, SEEDS},
        {"epochs", required_argument, NULL, EPOCHS},
        {"train", required_argument, NULL, TRAIN_IMAGES},
        {"val", required_argument, NULL, VAL},
        {"hidden", required_argument, NULL, HIDDEN},
        {"threads", required_argument, NULL, THREADS},
        {"csv", required_argument, NULL, CSV},
        {"help", no_argument, NULL, HELP},
        {0},
    };
    struct settings settings = {
        .fashion_mnist = "/usr/share/datasets/fashion-mnist",
        .drop_probs = {0, 0.75},
        .prob_count = 2,
        .seeds = 10,
        .epochs = 25,
        .train = 500,
        .val = 1000,
        .hidden = 500,
        .threads = 1,
    };
    size_t *const numbers[] = {[SEEDS] = &settings.seeds,   [EPOCHS] = &settings.epochs,
                               [VAL] = &settings.val,       [TRAIN_IMAGES] = &settings.train,
                               [HIDDEN] = &settings.hidden, [THREADS] = &settings.threads};
    for (int option; (option = getopt_long(argc, argv, "h", options, NULL)) != -1;) {
        switch (option) {
        case FASHION: settings.fashion_mnist = optarg; break;
        case CIFAR: settings.cifar10 = optarg; break;
        case DROP: settings.prob_count = probabilities("drop", optarg, settings.drop_probs); break;
        case CSV: settings.csv = optarg; break;
        case 'h':
        case HELP: help(); exit(0);
        case '?': exit(2);
        default:
            *numbers[option] = whole_number(options[option].name, optarg,
                                            option == THREADS ? MAX_THREADS : 1000000);
        }
    }
    if (optind < argc) refuse("unknown argument %s", argv[optind]);
    return settings;
}

static void load(const struct settings *settings, struct examples *train, struct examples *val) {
    struct data data = settings->cifar10 ? data_cifar10(settings->cifar10)
                                         : data_fashion_mnist(settings->fashion_mnist, "train");
    if (data.count < settings->val || data.count - settings->val < settings->train)
        die("cs231n-experiment: %zu images are too few for %zu to train on and %zu to validate",
            data.count, settings->train, settings->val);
    const size_t first_val = data.count - settings->val;
    struct matrix mean = data_mean(&data, first_val);
    *train = data_examples(&data, 0, settings->train, &mean);
    *val = data_examples(&data, first_val, settings->val, &mean);
    matrix_free(&mean);
    data_free(&data);
}

static void write_curve(FILE *csv, double drop_prob, size_t seed, const struct score *curve,
                        size_t epochs) {
    for (size_t e = 0; e <= epochs; ++e)
        fprintf(csv, "%.9g,%zu,%zu,%.9g,%.6f,%.6f\n", drop_prob, seed, e, curve[e].loss,
                curve[e].train_accuracy, curve[e].val_accuracy);
}

static FILE *open_csv(const char *name) {
    if (!name) return NULL;
    FILE *csv = strcmp(name, "-") == 0 ? stdout : fopen(name, "w");
    if (!csv) die("cs231n-experiment: can't write %s", name);
    fputs("drop_prob,seed,epoch,loss,train_accuracy,val_accuracy\n", csv);
    return csv;
}

int main(int argc, char **argv) {
    const struct settings settings = parse(argc, argv);
    struct examples training, val;
    load(&settings, &training, &val);
    FILE *csv = open_csv(settings.csv);
    FILE *text = csv == stdout ? stderr : stdout;
    const size_t epochs = settings.epochs, runs = settings.prob_count * settings.seeds;
    struct score *curve = allocate(epochs + 1, sizeof *curve);
    fprintf(text, "%s: %zu training and %zu validation images, %zu hidden units, %zu epochs\n",
            settings.cifar10 ? "CIFAR-10" : "Fashion-MNIST", settings.train, settings.val,
            settings.hidden, epochs);
    fprintf(text, "simdrop on %s; accuracy after the last epoch, mean and standard deviation\n\n",
            simdrop_isa_name());
    fputs("drop_prob  seeds   training         validation       best validation\n", text);
    const double start = seconds();
    size_t done = 0;
    for (size_t i = 0; i < settings.prob_count; ++i) {
        struct sample last_train = {0}, last_val = {0}, best_val = {0};
        for (size_t seed = 0; seed < settings.seeds; ++seed) {
            const struct network_config config = {.inputs = training.x.cols,
                                                  .classes = CLASSES,
                                                  .layers = 2,
                                                  .hidden = {settings.hidden},
                                                  .max_rows = BATCH,
                                                  .weight_scale = 1e-2,
                                                  .drop_prob = settings.drop_probs[i],
                                                  .seed = seed,
                                                  .threads = settings.threads};
            progress_show(done, runs, start);
            struct network net;
            network_init(&net, &config);
            sample_add(&best_val, train(&net, &training, &val, BATCH, epochs, curve));
            sample_add(&last_train, curve[epochs].train_accuracy);
            sample_add(&last_val, curve[epochs].val_accuracy);
            if (csv) write_curve(csv, config.drop_prob, seed, curve, epochs);
            network_free(&net);
            ++done;
        }
        progress_show(0, 0, 0);
        fprintf(text, "%-9g %6zu   %.3f +- %.3f   %.3f +- %.3f   %.3f +- %.3f\n",
                settings.drop_probs[i], settings.seeds, sample_mean(&last_train),
                sample_deviation(&last_train), sample_mean(&last_val), sample_deviation(&last_val),
                sample_mean(&best_val), sample_deviation(&best_val));
    }
    if (csv && (ferror(csv) || fclose(csv))) die("cs231n-experiment: can't write %s", settings.csv);
    if (text == stdout && (ferror(stdout) || fflush(stdout)))
        die("cs231n-experiment: can't write the table");
    free(curve);
    examples_free(&training);
    examples_free(&val);
    return 0;
}
