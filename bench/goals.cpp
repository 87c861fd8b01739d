// SPDX-License-Identifier: MIT
// What the kernels must reach, and what they reached in this run.
#include "report.h"

#include <cstdio>
#include <ostream>

namespace bench {

namespace {

// Whether a goal is a ratio, which holds anywhere, or a figure of one kind of core.
enum class Holds { anywhere, on_zen5 };
enum class Side { at_least, at_most };

class Goals {
  public:
    Goals(std::ostream &out, const Medians &medians) : out_(out), medians_(medians) {}

    void section(const char *isa, const std::string &title) {
        isa_ = isa;
        if (can_run(isa)) out_ << "  " << title << "\n";
    }

    // `value` is what was reached, if it was measured.
    void goal(const char *what, std::optional<double> value, Side side, double wanted,
              Holds holds) {
        if (!can_run(isa_)) return;
        char line[160];
        const char *sign = side == Side::at_least ? ">=" : "<=";
        const int length = std::snprintf(line, sizeof line, "    %-36s", what);
        char *rest = line + length;
        const std::size_t left = sizeof line - static_cast<std::size_t>(length);
        if (!value) {
            std::snprintf(rest, left, "%8s  %s %-6g not run\n", "-", sign, wanted);
        } else {
            const bool reached = side == Side::at_least ? *value >= wanted : *value <= wanted;
            const char *verdict = holds == Holds::on_zen5 && !is_zen5() ? "stated for Zen 5"
                                  : reached                             ? "reached"
                                                                        : "NOT REACHED";
            std::snprintf(rest, left, "%8.3f  %s %-6g %s\n", *value, sign, wanted, verdict);
        }
        out_ << line;
    }

    // One row and one figure of it.
    std::optional<Speed> speed(const Row &row) const { return medians_.find(row.name()); }
    std::optional<double> relation(const Row &row, std::optional<double> Relations::*which) const {
        const auto found = speed(row);
        return found ? medians_.relations(row, *found).*which : std::nullopt;
    }

  private:
    std::ostream &out_;
    const Medians &medians_;
    const char *isa_ = "";
};

Row row(const char *kernel, const char *isa, int bits, std::size_t n) {
    const Row named = {kernel, isa, bits, n, 0, "", 0};
    const Row *found = find_row(named.name());
    return found ? *found : named;
}

std::optional<double> hundredth(std::optional<double> percent) {
    return percent ? std::optional<double>(*percent / 100) : percent;
}

void fill(Goals &goals, const char *isa, double share, double cycles) {
    goals.section(isa, std::string("u32 fill, ") + isa + ", L1");
    const Row l1 = row("fill_u32", isa, 0, sizes().l1);
    const auto speed = goals.speed(l1);
    const auto per_byte = speed ? std::optional(1 / (4 * speed->per_cycle)) : std::nullopt;
    goals.goal("% of the port limit", goals.relation(l1, &Relations::pct_port_limit),
               Side::at_least, share, Holds::anywhere);
    goals.goal("core cycles/byte", per_byte, Side::at_most, cycles, Holds::on_zen5);
    if (std::string(isa) == "avx512")
        goals.goal("x the best peer's 0.203 cycles/byte",
                   per_byte ? std::optional(0.203 / *per_byte) : std::nullopt, Side::at_least, 1.35,
                   Holds::on_zen5);
}

void dropout(Goals &goals, const char *isa, double per_cycle, double fused, double scalar) {
    goals.section(isa, std::string("dropout_f32, p = 0.1, ") + isa + ", L2");
    const Row l2 = row("dropout_f32", isa, 16, sizes().l2);
    const auto speed = goals.speed(l2);
    goals.goal("elements/core cycle", speed ? std::optional(speed->per_cycle) : std::nullopt,
               Side::at_least, per_cycle, Holds::on_zen5);
    goals.goal("x scalar_fused", goals.relation(l2, &Relations::x_scalar_fused), Side::at_least,
               fused, Holds::on_zen5);
    goals.goal("x scalar", goals.relation(l2, &Relations::x_scalar), Side::at_least, scalar,
               Holds::on_zen5);
}

void dropout_in_dram(Goals &goals, const char *isa) {
    const std::size_t n = sizes().dram;
    goals.section(isa, std::string("dropout_f32, p = 0.1, ") + isa + ", " + std::to_string(n) +
                           " elements");
    const Row dram = row("dropout_f32", isa, 16, n);
    goals.goal("x the best copy", hundredth(goals.relation(dram, &Relations::pct_best_copy)),
               Side::at_least, 0.9, Holds::anywhere);
    goals.goal("x memcpy", hundredth(goals.relation(dram, &Relations::pct_memcpy)), Side::at_least,
               1.0, Holds::anywhere);
}

void unaligned_in_dram(Goals &goals, const char *isa) {
    const std::size_t n = sizes().dram;
    goals.section(isa, std::string("the same at y + 16 bytes, ") + isa);
    const auto aligned = goals.speed(row("dropout_f32", isa, 16, n));
    const auto shifted = goals.speed(row("dropout_f32_unaligned", isa, 16, n));
    goals.goal("x aligned",
               aligned && shifted ? std::optional(shifted->per_second / aligned->per_second)
                                  : std::nullopt,
               Side::at_least, 0.95, Holds::anywhere);
}

void small_call(Goals &goals, const char *isa, double nanoseconds) {
    goals.section(isa, std::string("dropout_f32, p = 0.1, ") + isa + ", 64 elements");
    const auto speed = goals.speed(row("dropout_f32", isa, 16, 64));
    goals.goal("ns", speed ? std::optional(64e9 / speed->per_second) : std::nullopt, Side::at_most,
               nanoseconds, Holds::on_zen5);
}

void normal(Goals &goals, const char *isa, double scalar) {
    goals.section(isa, std::string("random_normal_f32, ") + isa + ", L2");
    const Row l2 = row("random_normal_f32", isa, 0, sizes().l2);
    goals.goal("x scalar", goals.relation(l2, &Relations::x_scalar), Side::at_least, scalar,
               Holds::anywhere);
}

void uniform(Goals &goals, const char *isa) {
    goals.section(isa, std::string("random_uniform_f32, ") + isa + ", L2");
    const auto uniform = goals.speed(row("random_uniform_f32", isa, 0, sizes().l2));
    const auto words = goals.speed(row("random_u32", isa, 0, sizes().l2));
    goals.goal("x random_u32",
               uniform && words ? std::optional(uniform->per_second / words->per_second)
                                : std::nullopt,
               Side::at_least, 0.9, Holds::anywhere);
}

} // namespace

void print_goals(std::ostream &out, const Medians &medians) {
    Goals goals(out, medians);
    out << "\nGoals\n";
    fill(goals, "avx512", 85, 0.15);
    fill(goals, "avx2", 80, 0.42);
    dropout(goals, "avx512", 2.2, 8, 15);
    dropout(goals, "avx2", 0.85, 3, 5);
    dropout_in_dram(goals, "avx512");
    unaligned_in_dram(goals, "avx512");
    small_call(goals, "avx512", 30);
    small_call(goals, "avx2", 60);
    normal(goals, "avx512", 8);
    normal(goals, "avx2", 4);
    uniform(goals, "avx512");
    uniform(goals, "avx2");
    out << "  NEON: operations per round and cycles are read from the disassembly, not timed "
           "here\n";
}

} // namespace bench
