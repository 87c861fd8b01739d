// SPDX-License-Identifier: MIT
// A row is one thing measured at one size; all rows are made, named and timed in the same way.
#ifndef BENCH_ROWS_H
#define BENCH_ROWS_H

#include "clock.h"
#include "machine.h"

#include <simdrop/common.h>

#include <benchmark/benchmark.h>

#include <deque>
#include <string>

namespace bench {

// Bytes of the type in a kernel's name: 8 for "apply_f64_stream", and 4 if it names none.
std::size_t size_of_type(const std::string &kernel);

struct Row {
    std::string kernel;  // "dropout_f32"
    std::string variant; // "avx2", "scalar_fused", "memcpy"
    int bits;            // of a draw; 0 if it has no choice
    std::size_t n;       // elements; 0 if it has no size
    double bytes;        // read and written, per element
    std::string limit;   // the kernel whose port limit is this one's, or ""
    std::size_t order;   // as registered

    std::size_t element() const { return size_of_type(kernel); }

    // "dropout_f32/avx2/bits:16/n:65536"
    std::string name() const { return name_with(kernel, variant); }
    // The row of something else at the same width and size.
    std::string name_with(const std::string &other_kernel, const std::string &other_variant) const;
};

// All that were registered, in order.
const std::deque<Row> &rows();
// The one that is called `name`, or NULL.
const Row *find_row(const std::string &name);

// The sizes at which `kernel` is run: every one of --full's, or those that show something. Without
// --full, kernels of other types than f32 are left to the calls that use them.
enum class Scope { kernels, calls };
std::vector<std::size_t> sizes_of(Scope scope, const std::string &kernel, bool full);

// Shows how far the run is; called before each timed run.
void show_progress(const Row &row, benchmark::IterationCount iterations);
void begin_progress(std::size_t total_runs);
void end_progress();

const Row &remember(const Row &row);

// Whether any call failed in this run.
void note_failure();
bool any_failed();

// Times `call`, which returns a simdrop_status and works on `items` elements.
template <class Call>
void measure(benchmark::State &state, const Row &row, std::size_t items, Call call) {
    show_progress(row, state.max_iterations);
    simdrop_isa_select(can_run(row.variant.c_str()) ? row.variant.c_str() : nullptr);
    simdrop_status status = SIMDROP_OK;
    if (row.n < sizes(row.element()).dram) status |= call(); // into the caches
    const double before = bench_core_clock();
    for (auto _ : state) status |= call();
    const double hz = (before + bench_core_clock()) / 2;
    if (status != SIMDROP_OK) {
        note_failure();
        state.SkipWithError("the call failed");
    }

    using benchmark::Counter;
    const auto per = [&](double units) {
        return Counter(units / hz, Counter::kIsIterationInvariantRate | Counter::kInvert);
    };
    const double elements = static_cast<double>(items);
    state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(items));
    state.counters["core_GHz"] = hz * 1e-9;
    state.counters["cycles_per_element"] = per(elements);
    if (row.bytes > 0) {
        state.counters["bytes_per_second"] =
            Counter(elements * row.bytes, Counter::kIsIterationInvariantRate, Counter::kIs1024);
        state.counters["cycles_per_byte"] = per(elements * row.bytes);
    }
}

// Registers `row`, which is timed by `call`.
template <class Call> void add(const Row &unordered, std::size_t items, Call call) {
    const Row &row = remember(unordered);
    benchmark::RegisterBenchmark(row.name().c_str(), [&row, items, call](benchmark::State &state) {
        measure(state, row, items, call);
    });
}
template <class Call> void add(const Row &row, Call call) { add(row, row.n, call); }

// What the files of rows register.
void add_kernels(bool full);
void add_distributions(bool full);
void add_baselines(bool full);
void add_peers(bool quick); // other libraries (peers/)

} // namespace bench

#endif
