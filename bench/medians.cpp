// SPDX-License-Identifier: MIT
// The median of each row's repetitions, and how it compares with the other rows of the run.
#include "medians.h"

#include <algorithm>

namespace bench {

namespace {

using Run = benchmark::BenchmarkReporter::Run;

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    const std::size_t half = values.size() / 2;
    return values.size() % 2 ? values[half] : (values[half - 1] + values[half]) / 2;
}

std::optional<double> ratio(double of, double to) {
    return to > 0 ? std::optional<double>(of / to) : std::nullopt;
}

} // namespace

const Row *row_of(const Run &run) { return find_row(run.run_name.function_name); }

std::optional<Speed> speed_of(const Run &run) {
    const auto rate = run.counters.find("items_per_second");
    const auto cycles = run.counters.find("cycles_per_element");
    const bool is_speed = run.run_type == Run::RT_Iteration || run.aggregate_name == "mean" ||
                          run.aggregate_name == "median";
    if (!is_speed || rate == run.counters.end() || cycles == run.counters.end() ||
        !(cycles->second.value > 0))
        return std::nullopt;
    return Speed{rate->second.value, 1 / cycles->second.value};
}

// Aggregates stand in where the user's flags leave out the repetitions.
Medians::Medians(const std::vector<Run> &runs) {
    std::map<std::string, std::pair<std::vector<double>, std::vector<double>>> repetitions;
    for (const Run &run : runs) {
        const Row *row = row_of(run);
        const auto speed = speed_of(run);
        if (!row || !speed) continue;
        if (run.run_type == Run::RT_Iteration) {
            auto &values = repetitions[row->name()];
            values.first.push_back(speed->per_second);
            values.second.push_back(speed->per_cycle);
        } else if (run.aggregate_name == "median") {
            speeds_[row->name()] = *speed;
        }
    }
    for (const auto &[name, values] : repetitions)
        speeds_[name] = Speed{median(values.first), median(values.second)};
}

std::optional<Speed> Medians::find(const std::string &name) const {
    const auto found = speeds_.find(name);
    return found == speeds_.end() ? std::nullopt : std::optional<Speed>(found->second);
}

Relations Medians::relations(const Row &row, const Speed &speed) const {
    Relations all;
    const auto scalar = find(row.name_with(row.kernel, "scalar"));
    if (scalar) all.x_scalar = ratio(speed.per_second, scalar->per_second);
    for (const char *kernel : {"dropout_f32", "random_normal_f32"}) {
        const auto fused = find(row.name_with(kernel, "scalar_fused"));
        if (fused && row.kernel.rfind(kernel, 0) == 0)
            all.x_scalar_fused = ratio(speed.per_second, fused->per_second);
    }
    const std::size_t floats = row.element() / sizeof(float); // that an element is copied as
    const double copied = 100 * static_cast<double>(floats) * speed.per_second;
    double best = 0;
    for (const char *variant : {"memcpy", "plain", "stream", "stream_prefetch"}) {
        const Row copy = {"copy_f32", variant, 0, floats * row.n, 0, "", 0};
        const auto found = find(copy.name());
        if (!found) continue;
        best = std::max(best, found->per_second);
        if (copy.variant == "memcpy") all.pct_memcpy = ratio(copied, found->per_second);
    }
    all.pct_best_copy = ratio(copied, best);
    const auto limit = find("port_limit_" + row.limit + "/" + row.variant);
    if (limit) all.pct_port_limit = ratio(100 * speed.per_cycle, limit->per_cycle);
    return all;
}

} // namespace bench
