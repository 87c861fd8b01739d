// SPDX-License-Identifier: MIT
// The median of each row's repetitions, and how it compares with the other rows of the run.
#ifndef BENCH_MEDIANS_H
#define BENCH_MEDIANS_H

#include "rows.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace bench {

struct Speed {
    double per_second = 0, per_cycle = 0; // elements
};

// How a speed compares; a value is missing if what it compares with was not run.
struct Relations {
    std::optional<double> x_scalar, x_scalar_fused;  // times as fast
    std::optional<double> pct_memcpy, pct_best_copy; // as fast as a copy of as many bytes, in %
    std::optional<double> pct_port_limit;            // in %, cycle by cycle
};

class Medians {
  public:
    Medians() = default;
    explicit Medians(const std::vector<benchmark::BenchmarkReporter::Run> &runs);

    bool empty() const { return speeds_.empty(); }
    std::optional<Speed> find(const std::string &name) const;
    Relations relations(const Row &row, const Speed &speed) const;

  private:
    std::map<std::string, Speed> speeds_; // by Row::name()
};

// What one run measured; nothing if it failed, and so has no counters, or is a statistic that
// isn't a speed.
std::optional<Speed> speed_of(const benchmark::BenchmarkReporter::Run &run);
const Row *row_of(const benchmark::BenchmarkReporter::Run &run);

} // namespace bench

#endif
