// SPDX-License-Identifier: MIT
// The list of rows, their names, and the progress line.
#include "rows.h"

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <map>
#include <set>

namespace bench {

namespace {

std::deque<Row> &all_rows() {
    static std::deque<Row> all;
    return all;
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

std::string Row::name() const {
    std::string name = kernel + "/" + variant;
    if (bits) name += "/bits:" + std::to_string(bits);
    if (n) name += "/n:" + std::to_string(n);
    return name;
}

std::string Row::full_name() const {
    return threads ? name() + "/real_time/threads:" + std::to_string(threads) : name();
}

const std::deque<Row> &rows() { return all_rows(); }

const Row &remember(const Row &row) {
    all_rows().push_back(row);
    return all_rows().back();
}

void note_failure() { failed = true; }
bool any_failed() { return failed; }

bool is_in_dram(const Row &row) { return 2 * row.n * row.element >= levels().back().bytes; }

std::vector<std::size_t> sizes_at(const std::string &names, std::size_t element, bool full) {
    std::set<std::size_t> sizes;
    if (full || names.find("64") != names.npos) sizes.insert(64);
    for (const Level &level : levels())
        if (full || names.find(level.name) != names.npos) sizes.insert(level.bytes / 2 / element);
    for (std::size_t bytes = 256; full && bytes < levels().back().bytes / 2; bytes *= 4)
        sizes.insert(bytes / element);
    return {sizes.begin(), sizes.end()};
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
                     percent, progress.total, row.full_name().c_str());
    }
    ++runs.done;
    ++progress.done;
}

void end_progress() {
    if (isatty(STDERR_FILENO)) std::fputs("\r\033[K", stderr);
}

} // namespace bench
