/* SPDX-License-Identifier: MIT */
/* What a network with dropout knows of what it doesn't know: plain inference against Monte-Carlo
   dropout on Fashion-MNIST, in calibration, in rejection and on images of other kinds. */
#include "cli.h"
#include "metrics.h"
#include "shifts.h"
#include "solver.h"

#include <simdrop/simdrop.h>

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

const char program_name[] = "uncertainty";

enum { BATCH = 100, STEPS = 20, ANGLES = 6, ANGLE = 15, SETS = 1 + ANGLES + 2 };
enum method { PLAIN, MC, METHODS };
static const char *const methods[] = {"plain", "mc"};

struct settings {
    const char *fashion_mnist, *output; /* folders */
    double drop_probs[MAX_PROBS];
    size_t prob_count, seeds, epochs, train, val, test, shifted, hidden, samples, threads;
};

static void help(void) {
    puts(
        "usage: uncertainty [option...]\n\n"
        "Trains networks of two hidden layers with dropout on Fashion-MNIST (Adam, rate 5e-4,\n"
        "batches of 100, the best epoch on validation images kept), and predicts its test images\n"
        "by plain inference and by Monte-Carlo dropout. Prints, as mean and standard deviation\n"
        "over seeds, accuracy, negative log-likelihood, expected calibration error (15 bins), the\n"
        "accuracy of the surer 80 %, and for rotated, negative and random images the entropy of\n"
        "predictions and the area under the ROC curve of telling them from test images by it.\n\n"
        "  --fashion-mnist DIR  the data (/usr/share/datasets/fashion-mnist)\n"
        "  --drop P[,P...]      drop probabilities of hidden units (0,0.25,0.5)\n"
        "  --samples N          passes of Monte-Carlo dropout (50)\n"
        "  --seeds N            random seeds, from 0 on (5)\n"
        "  --epochs N           passes over the training images (20)\n"
        "  --train N            training images, the first (20000)\n"
        "  --val N              validation images, the last of the training set (5000)\n"
        "  --test N             test images, the first (10000)\n"
        "  --shifted N          images of each other kind (2000)\n"
        "  --hidden N           units of each hidden layer (256)\n"
        "  --threads N          that share each dropout call, up to 64; no bit depends on it (1)\n"
        "  --output DIR         writes summary.csv, reliability.csv, rejection.csv, images.csv\n"
        "  --help               this text\n\n"
        "Status 77 if there is no data.");
}

static struct settings parse(int argc, char **argv) {
    enum {
        FASHION,
        DROP,
        SAMPLES,
        SEEDS,
        EPOCHS,
        TRAINING,
        VAL,
        TESTING,
        SHIFTED,
        HIDDEN,
        THREADS
    };
    enum { OUTPUT = THREADS + 1, HELP };
    static const struct option options[] = {
        {"fashion-mnist", required_argument, NULL, FASHION},
        {"drop", required_argument, NULL, DROP},
        {"samples", required_argument, NULL, SAMPLES},
        {"seeds", required_argument, NULL, SEEDS},
        {"epochs", required_argument, NULL, EPOCHS},
        {"train", required_argument, NULL, TRAINING},
        {"val", required_argument, NULL, VAL},
        {"test", required_argument, NULL, TESTING},
        {"shifted", required_argument, NULL, SHIFTED},
        {"hidden", required_argument, NULL, HIDDEN},
        {"threads", required_argument, NULL, THREADS},
        {"output", required_argument, NULL, OUTPUT},
        {"help", no_argument, NULL, HELP},
        {0},
    };
    struct settings settings = {
        .fashion_mnist = "/usr/share/datasets/fashion-mnist",
        .drop_probs = {0, 0.25, 0.5},
        .prob_count = 3,
        .samples = 50,
        .seeds = 5,
        .epochs = 20,
        .train = 20000,
        .val = 5000,
        .test = 10000,
        .shifted = 2000,
        .hidden = 256,
        .threads = 1,
    };
    size_t *const numbers[] = {
        [SAMPLES] = &settings.samples, [SEEDS] = &settings.seeds,   [EPOCHS] = &settings.epochs,
        [TRAINING] = &settings.train,  [VAL] = &settings.val,       [TESTING] = &settings.test,
        [SHIFTED] = &settings.shifted, [HIDDEN] = &settings.hidden, [THREADS] = &settings.threads,
    };
    for (int option; (option = getopt_long(argc, argv, "h", options, NULL)) != -1;) {
        switch (option) {
        case FASHION: settings.fashion_mnist = optarg; break;
        case OUTPUT: settings.output = optarg; break;
        case DROP: settings.prob_count = probabilities("drop", optarg, settings.drop_probs); break;
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

/* Images of one kind; the first set is the test set. */
struct set {
    char name[16];
    struct examples examples;
};

/* Pixels in [0, 1], less the mean of the training images. */
static struct examples normalized(const struct data *data, size_t first, size_t n,
                                  const struct matrix *mean) {
    struct examples examples = data_examples(data, first, n, mean);
    for (size_t i = 0; i < matrix_size(&examples.x); ++i) examples.x.at[i] /= 255;
    return examples;
}

static struct set set_of(const char *name, struct data *data, const struct matrix *mean) {
    struct set set = {.examples = normalized(data, 0, data->count, mean)};
    snprintf(set.name, sizeof set.name, "%s", name);
    data_free(data);
    return set;
}

static void load(const struct settings *settings, struct examples *training, struct examples *val,
                 struct set sets[SETS]) {
    struct data data = data_fashion_mnist(settings->fashion_mnist, "train");
    struct data test = data_fashion_mnist(settings->fashion_mnist, "t10k");
    if (data.count < settings->val || data.count - settings->val < settings->train)
        die("%s: %zu images are too few for %zu to train on and %zu to validate", program_name,
            data.count, settings->train, settings->val);
    if (test.count < settings->test || test.count < settings->shifted)
        die("%s: there are %zu test images", program_name, test.count);
    struct matrix mean = data_mean(&data, settings->train);
    *training = normalized(&data, 0, settings->train, &mean);
    *val = normalized(&data, data.count - settings->val, settings->val, &mean);
    data_free(&data);
    for (int a = 1; a <= ANGLES; ++a) {
        char name[16];
        snprintf(name, sizeof name, "rotated-%d", a * ANGLE);
        struct data rotated = shift_rotated(&test, settings->shifted, a * ANGLE);
        sets[a] = set_of(name, &rotated, &mean);
    }
    struct data negative = shift_negative(&test, settings->shifted);
    struct data noise = shift_noise(&test, settings->shifted, 0);
    sets[ANGLES + 1] = set_of("negative", &negative, &mean);
    sets[ANGLES + 2] = set_of("noise", &noise, &mean);
    test.count = settings->test;
    sets[0] = set_of("test", &test, &mean);
    matrix_free(&mean);
}

static FILE *create(const struct settings *settings, const char *name, const char *header) {
    if (!settings->output) return NULL;
    char path[4096];
    const int length = snprintf(path, sizeof path, "%s/%s", settings->output, name);
    if (length < 0 || (size_t)length >= sizeof path) die("%s: too long a name", settings->output);
    if (mkdir(settings->output, 0777) && errno != EEXIST)
        die("%s: can't make %s: %s", program_name, settings->output, strerror(errno));
    FILE *file = fopen(path, "w");
    if (!file) die("%s: can't write %s: %s", program_name, path, strerror(errno));
    fprintf(file, "%s\n", header);
    return file;
}

struct files {
    FILE *summary, *reliability, *rejection, *images;
};

static struct files open_files(const struct settings *settings) {
    return (struct files){
        create(settings, "summary.csv",
               "drop_prob,seed,method,set,accuracy,nll,ece,confidence,entropy,mutual_information,"
               "area_entropy,area_information"),
        create(settings, "reliability.csv", "drop_prob,seed,method,bin,count,confidence,accuracy"),
        create(settings, "rejection.csv", "drop_prob,seed,method,kept,accuracy"),
        create(settings, "images.csv",
               "drop_prob,seed,index,label,predicted,confidence,entropy,mutual_information"),
    };
}

static void close_files(const struct files *files) {
    FILE *const all[] = {files->summary, files->reliability, files->rejection, files->images};
    for (size_t i = 0; i < sizeof all / sizeof *all; ++i)
        if (all[i] && (ferror(all[i]) || fclose(all[i]))) die("%s: can't write", program_name);
}

/* Over seeds, of one drop probability and method. */
struct result {
    struct sample accuracy, likelihood, error, kept; /* on the test set */
    struct sample entropy[SETS], area[SETS];         /* by entropy; of the test set, 0.5 */
    struct sample area_information[SETS];
};

/* One line of the files, but for what follows. */
struct run {
    const struct files *files;
    double drop_prob;
    size_t seed;
    enum method method;
};

static void write_key(FILE *file, const struct run *run) {
    fprintf(file, "%.9g,%zu,%s,", run->drop_prob, run->seed, methods[run->method]);
}

static void judge_test(const struct run *run, const struct prediction *prediction,
                       const uint8_t *labels, struct result *result) {
    struct bin bins[BINS];
    double kept[STEPS];
    reliability(prediction, labels, bins);
    rejection_curve(prediction, labels, prediction->entropy, STEPS, kept);
    sample_add(&result->accuracy, right_share(prediction, labels));
    sample_add(&result->likelihood, negative_log_likelihood(prediction, labels));
    sample_add(&result->error, calibration_error(bins));
    sample_add(&result->kept, kept[STEPS * 4 / 5 - 1]);
    if (!run->files->summary) return;
    for (size_t b = 0; b < BINS; ++b) {
        write_key(run->files->reliability, run);
        fprintf(run->files->reliability, "%zu,%zu,%.6f,%.6f\n", b, bins[b].count,
                bins[b].confidence, bins[b].accuracy);
    }
    for (size_t s = 0; s < STEPS; ++s) {
        write_key(run->files->rejection, run);
        fprintf(run->files->rejection, "%.2f,%.6f\n", (double)(s + 1) / (double)STEPS, kept[s]);
    }
    for (size_t i = 0; run->method == MC && run->seed == 0 && i < prediction->count; ++i)
        fprintf(run->files->images, "%.9g,%zu,%zu,%u,%zu,%.6f,%.6f,%.6f\n", run->drop_prob,
                run->seed, i, labels[i], predicted_class(prediction, i), confidence(prediction, i),
                prediction->entropy[i], prediction->mutual_information[i]);
}

static void judge_set(const struct run *run, const struct set *set, size_t index,
                      const struct prediction *prediction, const struct prediction *test,
                      struct result *result) {
    const size_t n = prediction->count;
    const double mean_entropy = mean_of(prediction->entropy, n);
    const double area = roc_area(test->entropy, test->count, prediction->entropy, n);
    const double area_information =
        roc_area(test->mutual_information, test->count, prediction->mutual_information, n);
    sample_add(&result->entropy[index], mean_entropy);
    sample_add(&result->area[index], area);
    sample_add(&result->area_information[index], area_information);
    if (!run->files->summary) return;
    struct bin bins[BINS];
    reliability(prediction, set->examples.labels, bins);
    double sure = 0;
    for (size_t i = 0; i < n; ++i) sure += confidence(prediction, i);
    write_key(run->files->summary, run);
    fprintf(run->files->summary, "%s,%.6f,%.6f,%.6f,%.6f,%.6f,%.6f,%.6f,%.6f\n", set->name,
            right_share(prediction, set->examples.labels),
            negative_log_likelihood(prediction, set->examples.labels), calibration_error(bins),
            sure / (double)n, mean_entropy, mean_of(prediction->mutual_information, n), area,
            area_information);
}

static void judge(struct network *net, const struct run *run, const struct set sets[SETS],
                  size_t samples, struct result *result) {
    struct prediction test = {0};
    for (size_t s = 0; s < SETS; ++s) {
        const struct matrix *const x = &sets[s].examples.x;
        struct prediction prediction;
        prediction_init(&prediction, x->rows, CLASSES);
        if (run->method == MC)
            predict_mc(net, x, 0, samples, &prediction);
        else
            predict_plain(net, x, &prediction);
        if (s == 0) {
            test = prediction;
            judge_test(run, &test, sets[s].examples.labels, result);
        }
        judge_set(run, &sets[s], s, &prediction, &test, result);
        if (s > 0) prediction_free(&prediction);
    }
    prediction_free(&test);
}

static void print_value(const struct sample *sample) {
    printf("   %.4f +- %.4f", sample_mean(sample), sample_deviation(sample));
}

static void print_results(const struct settings *settings, const struct set sets[SETS],
                          const struct result results[MAX_PROBS][METHODS]) {
    puts("drop_prob  method   accuracy           neg. log-lik.      ECE                "
         "accuracy of 80 %");
    for (size_t i = 0; i < settings->prob_count; ++i)
        for (int m = 0; m < METHODS; ++m) {
            const struct result *const result = &results[i][m];
            if (result->accuracy.count < 1) continue;
            printf("%-9g  %-6s", settings->drop_probs[i], methods[m]);
            print_value(&result->accuracy);
            print_value(&result->likelihood);
            print_value(&result->error);
            print_value(&result->kept);
            putchar('\n');
        }
    puts("\nMean entropy / area under the ROC curve by entropy (mc: / by mutual information)\n");
    for (size_t i = 0; i < settings->prob_count; ++i)
        for (int m = 0; m < METHODS; ++m) {
            const struct result *const result = &results[i][m];
            if (result->accuracy.count < 1) continue;
            printf("drop_prob %g, %s\n", settings->drop_probs[i], methods[m]);
            for (size_t s = 0; s < SETS; ++s) {
                printf("  %-10s", sets[s].name);
                print_value(&result->entropy[s]);
                print_value(&result->area[s]);
                if (m == MC) print_value(&result->area_information[s]);
                putchar('\n');
            }
        }
}

/* Trains a network and judges it both ways, or, without dropout, one. */
static void run_once(const struct settings *settings, double drop_prob, size_t seed,
                     const struct examples *training, const struct examples *val,
                     const struct set sets[SETS], const struct files *files,
                     struct result results[METHODS]) {
    const struct network_config config = {.inputs = training->x.cols,
                                          .classes = CLASSES,
                                          .layers = 3,
                                          .hidden = {settings->hidden, settings->hidden},
                                          .max_rows = BATCH,
                                          .weight_scale = 5e-2,
                                          .drop_prob = drop_prob,
                                          .seed = seed,
                                          .threads = settings->threads};
    struct score *curve = allocate(settings->epochs + 1, sizeof *curve);
    struct network net;
    network_init(&net, &config);
    train(&net, training, val, BATCH, settings->epochs, curve);
    for (enum method m = PLAIN; m < (drop_prob > 0 ? METHODS : MC); ++m) {
        const struct run run = {files, drop_prob, seed, m};
        judge(&net, &run, sets, settings->samples, &results[m]);
    }
    network_free(&net);
    free(curve);
}

static void need_data(const char *folder) {
    struct stat status;
    if (stat(folder, &status) == 0) return;
    fprintf(stderr, "%s: no %s: install dataset-fashion-mnist, or name a folder\n", program_name,
            folder);
    exit(77); /* "skipped" to the test runner */
}

int main(int argc, char **argv) {
    const struct settings settings = parse(argc, argv);
    need_data(settings.fashion_mnist);
    struct examples training, val;
    struct set sets[SETS];
    load(&settings, &training, &val, sets);
    const struct files files = open_files(&settings);
    static struct result results[MAX_PROBS][METHODS];
    printf("Fashion-MNIST: %zu training, %zu validation, %zu test images; %zu-%zu-%zu-%d, %zu "
           "epochs, %zu seeds, %zu samples\n\n",
           settings.train, settings.val, settings.test, training.x.cols, settings.hidden,
           settings.hidden, CLASSES, settings.epochs, settings.seeds, settings.samples);
    const size_t runs = settings.prob_count * settings.seeds;
    const double start = seconds();
    for (size_t done = 0; done < runs; ++done) {
        const size_t i = done / settings.seeds, seed = done % settings.seeds;
        progress_show(done, runs, start);
        run_once(&settings, settings.drop_probs[i], seed, &training, &val, sets, &files,
                 results[i]);
    }
    progress_show(0, 0, 0);
    print_results(&settings, sets, results);
    close_files(&files);
    if (ferror(stdout) || fflush(stdout)) die("%s: can't write the table", program_name);
    examples_free(&training);
    examples_free(&val);
    for (size_t s = 0; s < SETS; ++s) examples_free(&sets[s].examples);
    return 0;
}
