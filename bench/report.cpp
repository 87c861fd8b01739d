// SPDX-License-Identifier: MIT
// Adds the counters that compare rows with each other to whatever format the results are wanted in.
#include "report.h"

#include <unistd.h>

namespace bench {

bool Reporter::ReportContext(const Context &context) {
    if (!format_) return true;
    format_->SetOutputStream(&GetOutputStream());
    format_->SetErrorStream(&GetErrorStream());
    return format_->ReportContext(context);
}

// One call reports one row.
void Reporter::ReportRuns(const std::vector<Run> &runs) {
    const Row *row = runs.empty() ? nullptr : row_of(runs.front());
    if (!row) return;
    auto &kept = runs_[row->order];
    kept.insert(kept.end(), runs.begin(), runs.end());
}

void Reporter::Finalize() {
    std::vector<Run> all;
    for (const auto &[order, runs] : runs_) all.insert(all.end(), runs.begin(), runs.end());
    medians_ = Medians(all);
    for (Run &run : all) {
        const Row *row = row_of(run);
        const auto speed = speed_of(run);
        if (!row || !speed) continue;
        const Relations related = medians_.relations(*row, *speed);
        const auto add = [&run](const char *name, std::optional<double> value) {
            if (value) run.counters[name] = *value;
        };
        add("x_scalar", related.x_scalar);
        add("x_scalar_fused", related.x_scalar_fused);
        add("pct_memcpy", related.pct_memcpy);
        add("pct_best_copy", related.pct_best_copy);
        add("pct_port_limit", related.pct_port_limit);
    }
    if (!format_) return;
    if (!all.empty()) format_->ReportRuns(all);
    format_->Finalize();
}

std::unique_ptr<benchmark::BenchmarkReporter> make_format(const std::string &name) {
    using benchmark::ConsoleReporter;
    if (name == "console")
        return std::make_unique<ConsoleReporter>(isatty(STDOUT_FILENO) ? ConsoleReporter::OO_Color
                                                                       : ConsoleReporter::OO_None);
    if (name == "json") return std::make_unique<benchmark::JSONReporter>();
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    if (name == "csv") return std::make_unique<benchmark::CSVReporter>();
#pragma GCC diagnostic pop
    return nullptr;
}

} // namespace bench
