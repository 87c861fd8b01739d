// SPDX-License-Identifier: MIT
// Adds the counters that compare rows with each other to whatever format the results are wanted in.
#ifndef BENCH_REPORT_H
#define BENCH_REPORT_H

#include "medians.h"

#include <map>
#include <memory>
#include <vector>

namespace bench {

// Keeps all runs to the end, when there is something to compare them with; then hands them on to
// `format`, if any, in the order in which the rows were registered.
class Reporter : public benchmark::BenchmarkReporter {
  public:
    explicit Reporter(std::unique_ptr<benchmark::BenchmarkReporter> format)
        : format_(std::move(format)) {}

    bool ReportContext(const Context &context) override;
    void ReportRuns(const std::vector<Run> &runs) override;
    void Finalize() override;

    const Medians &medians() const { return medians_; } // after Finalize

  private:
    std::unique_ptr<benchmark::BenchmarkReporter> format_;
    std::map<std::size_t, std::vector<Run>> runs_; // by Row::order
    Medians medians_;
};

// "console", "json" or "csv"; NULL for another name.
std::unique_ptr<benchmark::BenchmarkReporter> make_format(const std::string &name);

// The summary table, and the goals (goals.cpp).
void print_summary(std::ostream &out, const Medians &medians);
void print_goals(std::ostream &out, const Medians &medians);

} // namespace bench

#endif
