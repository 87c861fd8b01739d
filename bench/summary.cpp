// SPDX-License-Identifier: MIT
// The table at the end of a run: every kernel on every instruction set, at three sizes.
#include "report.h"

#include <cmath>
#include <cstdio>
#include <ostream>
#include <string>

namespace bench {

namespace {

// A column of the table: one figure at each of the three sizes.
struct Column {
    const char *title;
    int width, decimals;
    std::optional<double> (*value)(const Speed &, const Relations &);
};
const Column columns[] = {
    {"elements/cycle", 6, 2,
     [](const Speed &s, const Relations &) { return std::optional(s.per_cycle); }},
    {"x scalar", 6, 1, [](const Speed &, const Relations &r) { return r.x_scalar; }},
    {"x scalar_fused", 6, 1, [](const Speed &, const Relations &r) { return r.x_scalar_fused; }},
    {"% port limit", 5, 0, [](const Speed &, const Relations &r) { return r.pct_port_limit; }},
    {"% best copy", 5, 0, [](const Speed &, const Relations &r) { return r.pct_best_copy; }},
};

std::string padded(const std::string &text, int width) {
    char line[128];
    std::snprintf(line, sizeof line, "%*s", width, text.c_str());
    return line;
}

std::string figure(const Column &column, std::optional<double> value) {
    if (!value) return padded("-", column.width);
    const double size = std::abs(*value);
    const int digits = size >= 100 ? 0 : size < 0.1 ? 3 : size < 1 ? 2 : column.decimals;
    const int decimals = column.decimals ? digits : 0;
    char text[64];
    std::snprintf(text, sizeof text, "%*.*f", column.width, decimals, *value);
    return text;
}

std::string label(const Row &row) {
    return row.kernel + (row.bits ? " " + std::to_string(row.bits) : "");
}

void print_heading(std::ostream &out) {
    std::string titles = padded("", -43), sizes = padded("kernel, bits of a draw", -28);
    sizes += padded("by", -15);
    for (const Column &column : columns) {
        titles += " " + padded(column.title, 3 * column.width);
        sizes += " ";
        for (const char *size : {"L1", "L2", "DRAM"}) sizes += padded(size, column.width);
    }
    out << titles << "\n" << sizes << "\n";
}

// The line of the rows that differ from `row` in size alone; nothing if none of them was run.
std::string line_of(const Row &row, const Medians &medians) {
    std::string line = padded(label(row), -28) + padded(row.variant, -15);
    const Sizes at = sizes(row.element());
    bool is_empty = true;
    for (const Column &column : columns) {
        line += " ";
        for (const std::size_t n : {at.l1, at.l2, at.dram}) {
            Row sized = row;
            sized.n = n;
            const auto speed = medians.find(sized.name());
            is_empty &= !speed;
            line += figure(column, speed ? column.value(*speed, medians.relations(sized, *speed))
                                         : std::nullopt);
        }
    }
    return is_empty ? "" : line + "\n";
}

void print_port_limits(std::ostream &out, const Medians &medians) {
    std::string lines;
    for (const Row &row : rows()) {
        const auto speed =
            row.kernel.rfind("port_limit_", 0) ? std::nullopt : medians.find(row.name());
        if (!speed) continue;
        char text[128];
        std::snprintf(text, sizeof text, "%-28s%-15s %6.2f\n", row.kernel.c_str() + 11,
                      row.variant.c_str(), speed->per_cycle);
        lines += text;
    }
    if (!lines.empty()) out << "\nPort limits, measured: elements/cycle\n" << lines;
}

} // namespace

void print_summary(std::ostream &out, const Medians &medians) {
    out << cpu_name() << "; f32 elements in L1: " << sizes().l1 << ", in L2: " << sizes().l2
        << ", in DRAM: " << sizes().dram << ", half as many of f64; medians\n\n";
    print_heading(out);
    std::string previous, printed;
    for (const Row &first : rows()) {
        if (printed.find("\n" + label(first) + "\n") != std::string::npos || first.n == 0) continue;
        printed += "\n" + label(first) + "\n";
        for (const Row &row : rows())
            if (label(row) == label(first) && row.n == sizes(row.element()).l1)
                out << line_of(row, medians);
    }
    print_port_limits(out, medians);
}

} // namespace bench
