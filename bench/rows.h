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
#include <type_traits>

namespace bench {

struct Row {
    std::string kernel;  // "dropout_f32"
    std::string variant; // "avx2", "scalar_fused", "memcpy"
    int bits;            // of a draw; 0 if it has no choice
    std::size_t n;       // elements; 0 if it has no size
    std::size_t element; // bytes of its type
    double bytes;        // read and written, per element
    std::string limit;   // the kernel whose port limit is this one's, or ""
    int threads = 0;     // that share the tensor and are timed by the wall's clock; 0: CPU time

    // "dropout_f32/avx2/bits:16/n:65536", to which Google Benchmark adds clock and threads.
    std::string name() const;
    std::string full_name() const;
    // The row of its port limit, if it has one.
    std::string label() const { return limit.empty() ? "" : "port_limit_" + limit + "/" + variant; }
};

// All that were registered, in order.
const std::deque<Row> &rows();
const Row &remember(const Row &row);

// The sizes `names` in elements: "64 L1 DRAM" are a call of 64 and those of two levels. With `full`,
// all there are, and more from 256 bytes up.
std::vector<std::size_t> sizes_at(const std::string &names, std::size_t element, bool full);
// Whether a row is too large for any cache.
bool is_in_dram(const Row &row);

// Shows how far the run is; called before each timed run.
void show_progress(const Row &row, benchmark::IterationCount iterations);
void begin_progress(std::size_t total_runs);
void end_progress();

// Whether any call failed in this run.
void note_failure();
bool any_failed();

// Times `call`, which returns a simdrop_status and works on `items` elements; it may want to know
// its thread.
template <class Call>
void measure(benchmark::State &state, const Row &row, std::size_t items, Call call) {
    const auto run = [&] {
        if constexpr (std::is_invocable_v<Call, int>)
            return call(state.thread_index());
        else
            return call();
    };
    if (state.thread_index() == 0) show_progress(row, state.max_iterations);
    simdrop_isa_select(can_run(row.variant.c_str()) ? row.variant.c_str() : nullptr);
    simdrop_status status = SIMDROP_OK;
    if (!is_in_dram(row)) status |= run(); // into the caches
    const double before = bench_core_clock();
    for (auto _ : state) status |= run();
    const double hz = (before + bench_core_clock()) / 2;
    if (status != SIMDROP_OK) {
        note_failure();
        state.SkipWithError("the call failed");
    }

    using benchmark::Counter; // those of threads are added up
    const auto constant = [](double value) { return Counter(value, Counter::kAvgThreads); };
    const double elements = static_cast<double>(state.iterations()) * static_cast<double>(items);
    state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(items));
    if (row.bytes > 0) state.SetBytesProcessed(static_cast<int64_t>(elements * row.bytes));
    state.SetLabel(row.label());
    state.counters["core_GHz"] = constant(hz * 1e-9);
    state.counters["cycles_per_element"] =
        Counter(elements / hz, Counter::kIsRate | Counter::kInvert);
    state.counters["element_bytes"] = constant(static_cast<double>(row.element));
    state.counters["bytes_per_element"] = constant(row.bytes);
    state.counters["bits"] = constant(row.bits);
    state.counters["n"] = constant(static_cast<double>(row.n));
}

// Registers `row`, which is timed by `call` on `items` elements in each thread.
template <class Call> void add(const Row &unordered, std::size_t items, Call call) {
    const Row &row = remember(unordered);
    auto *made = benchmark::RegisterBenchmark(
        row.name().c_str(),
        [&row, items, call](benchmark::State &state) { measure(state, row, items, call); });
    if (row.threads) made->Threads(row.threads)->UseRealTime();
}
template <class Call> void add(const Row &row, Call call) { add(row, row.n, call); }

// What the files of rows register.
void add_kernels(bool full);
void add_broadcast(bool full);
void add_distributions(bool full);
void add_fusion(bool full);
void add_noise(bool full);
void add_masks(bool full);
void add_pieces(bool full);
void add_norm(bool full);
void add_softmax(bool full);
void add_baselines(bool full);
void add_peers(bool quick); // other libraries (peers/)

} // namespace bench

#endif
