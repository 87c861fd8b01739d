// SPDX-License-Identifier: MIT
// The list of rows, their names, and the progress line.
#include "rows.h"

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <map>
#include <set>
#include <unordered_map>

namespace bench {

namespace {

std::deque<Row> &all_rows() {
    static std::deque<Row> all;
    return all;
}

std::unordered_map<std::string, const Row *> &rows_by_name() {
    static std::unordered_map<std::string, const Row *> by_name;
    return by_name;
}

// Google Benchmark first looks for a number of iterations, then repeats with that number. So the
// runs of a row that count are those with its latest number.
struct Runs {
    benchmark::IterationCount iterations = 0;
    std::size_t done = 0;
};
struct Progress {
    std::size_t total = 0, done = 0;
    std::map<const Row *, Runs> runs;
    std::chrono::steady_clock::time_point shown;
} progress;

bool failed = false;

} // namespace

std::string Row::name_with(const std::string &other_kernel,
                           const std::string &other_variant) const {
    std::string name = other_kernel + "/" + other_variant;
    if (bits) name += "/bits:" + std::to_string(bits);
    if (n) name += "/n:" + std::to_string(n);
    return name;
}

const std::deque<Row> &rows() { return all_rows(); }

const Row *find_row(const std::string &name) {
    const auto found = rows_by_name().find(name);
    return found == rows_by_name().end() ? nullptr : found->second;
}

const Row &remember(const Row &row) {
    all_rows().push_back(row);
    Row &kept = all_rows().back();
    kept.order = all_rows().size();
    rows_by_name()[kept.name()] = &kept;
    return kept;
}

void note_failure() { failed = true; }
bool any_failed() { return failed; }

std::size_t size_of_type(const std::string &kernel) {
    return kernel.find("f64") == std::string::npos ? sizeof(float) : sizeof(double);
}

std::vector<std::size_t> sizes_of(Scope scope, const std::string &kernel, bool full) {
    const Sizes s = sizes(size_of_type(kernel));
    if (!full && scope == Scope::calls) return {64, s.l1, s.l2, s.dram};
    if (!full && size_of_type(kernel) != sizeof(float)) return {};
    if (!full) return {s.l1, s.l2, s.dram};
    std::set<std::size_t> all = {64, s.l1, s.l2, s.dram};
    for (std::size_t n = 256 / size_of_type(kernel); n < s.dram; n *= 4) all.insert(n);
    return {all.begin(), all.end()};
}

void begin_progress(std::size_t total_runs) {
    progress.total = total_runs;
    progress.shown = std::chrono::steady_clock::now();
}

void show_progress(const Row &row, benchmark::IterationCount iterations) {
    Runs &runs = progress.runs[&row];
    if (runs.iterations != iterations) {
        progress.done -= runs.done;
        runs = Runs{iterations, 0};
    }
    static const bool is_terminal = isatty(STDERR_FILENO);
    const auto now = std::chrono::steady_clock::now();
    if (now - progress.shown > std::chrono::milliseconds(is_terminal ? 100 : 10000)) {
        progress.shown = now;
        const std::size_t percent = 100 * progress.done / (progress.total ? progress.total : 1);
        std::fprintf(stderr,
                     is_terminal ? "\r\033[K%3zu %% of %zu runs  %s" : "%3zu %% of %zu runs  %s\n",
                     percent, progress.total, row.name().c_str());
    }
    ++runs.done;
    ++progress.done;
}

void end_progress() {
    if (isatty(STDERR_FILENO)) std::fputs("\r\033[K", stderr);
}

} // namespace bench
