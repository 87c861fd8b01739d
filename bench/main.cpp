// SPDX-License-Identifier: MIT
// simdrop-bench: measures every kernel on every instruction set of this CPU. See --help.
#include "rows.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <exception>
#include <iostream>
#include <set>
#include <sstream>

namespace {

void print_help() {
    std::puts(
        "simdrop-bench measures every kernel of simdrop on every instruction set that this CPU "
        "has,\nagainst plain loops, copies and the CPU's own port limits; some four minutes.\n\n"
        "  --full      every kernel at every size: takes an hour\n"
        "  --describe  no measurements, but the sizes, and what there is to be measured, as JSON\n"
        "  --peers     other libraries instead (with --quick, at small sizes): scripts/bench "
        "--peers\n"
        "              compares them, and those in Python, with simdrop\n\n"
        "scripts/bench makes tables and pictures of the results. The flags of Google Benchmark\n"
        "work, with other defaults: 9 repetitions of 0.01 s (0.05 s with --full), interleaved.\n");
    benchmark::PrintDefaultHelp();
}

// Takes `flag` out of the arguments; whether it was there.
bool take(std::vector<char *> &args, const char *flag) {
    for (std::size_t i = 1; i < args.size(); ++i) {
        if (std::strcmp(args[i], flag) != 0) continue;
        args.erase(args.begin() + static_cast<std::ptrdiff_t>(i));
        return true;
    }
    return false;
}

// What `--name=value` says in the arguments, or "".
std::string value_of(const std::vector<char *> &args, const std::string &name) {
    std::string value;
    for (const char *arg : args)
        if (std::strncmp(arg, (name + "=").c_str(), name.size() + 1) == 0)
            value = arg + name.size() + 1;
    return value;
}

// Hands Google Benchmark our defaults, the flags of the user, and `last`; later ones win. Whether
// it knew them all.
bool initialize(const std::vector<char *> &args, bool full, const char *last) {
    std::string defaults[] = {
        "--benchmark_repetitions=9",
        full ? "--benchmark_min_time=0.05" : "--benchmark_min_time=0.01",
        "--benchmark_enable_random_interleaving=true",
        "--benchmark_list_tests=false",
    };
    std::string last_flag = last ? last : "";
    std::vector<char *> all = {args[0]};
    for (std::string &flag : defaults) all.push_back(flag.data());
    all.insert(all.end(), args.begin() + 1, args.end());
    if (last) all.push_back(last_flag.data());
    int count = static_cast<int>(all.size());
    all.push_back(nullptr);
    benchmark::Initialize(&count, all.data(), print_help);
    if (count > 1)
        std::fprintf(stderr, "simdrop-bench: %s is no flag, or has a bad value; see --help\n",
                     all[1]);
    return count == 1;
}

// How many rows the filter lets through; the buffers will be made for the largest of them.
std::size_t count_rows(const std::vector<char *> &args, bool full) {
    if (!initialize(args, full, "--benchmark_list_tests=true")) return 0;
    std::stringstream list;
    benchmark::ConsoleReporter reporter;
    reporter.SetOutputStream(&list);
    reporter.SetErrorStream(&list);
    const std::size_t count = benchmark::RunSpecifiedBenchmarks(&reporter);
    std::set<std::string> names;
    for (std::string name; std::getline(list, name);) names.insert(name);
    std::size_t bytes = 256, elements = 64; // for rows without a size
    for (const bench::Row &row : bench::rows()) {
        if (!names.count(row.full_name())) continue;
        bytes = std::max(bytes, row.n * row.element);
        elements = std::max(elements, row.n);
    }
    bench::set_largest_row(bytes, elements);
    if (count == 0) std::fputs("simdrop-bench: --benchmark_filter matches nothing\n", stderr);
    return count;
}

// Names and sizes have nothing that JSON would escape.
void describe() {
    std::printf("{\"levels\": {");
    const char *comma = "";
    for (const bench::Level &level : bench::levels()) {
        std::printf("%s\"%s\": %zu", comma, level.name, level.bytes);
        comma = ", ";
    }
    std::printf("},\n \"rows\": [");
    comma = "\n";
    for (const bench::Row &row : bench::rows()) {
        std::printf("%s  {\"name\": \"%s\", \"element_bytes\": %zu, \"label\": \"%s\"}", comma,
                    row.full_name().c_str(), row.element, row.label().c_str());
        comma = ",\n";
    }
    std::puts("]}");
}

std::size_t repetitions(const std::vector<char *> &args) {
    const std::string value = value_of(args, "--benchmark_repetitions");
    return value.empty() ? 9 : std::stoul(value);
}

int run(std::vector<char *> args) {
    const bool full = take(args, "--full");
    const bool peers = take(args, "--peers"), quick = take(args, "--quick");
    if (peers) {
        bench::add_peers(quick);
    } else {
        bench::add_kernels(full);
        bench::add_broadcast(full);
        bench::add_distributions(full);
        bench::add_fusion(full);
        bench::add_noise(full);
        bench::add_masks(full);
        bench::add_pieces(full);
        bench::add_norm(full);
        bench::add_softmax(full);
        bench::add_baselines(full);
    }
    if (take(args, "--describe")) {
        describe();
        return 0;
    }
    const std::size_t count = count_rows(args, full);
    if (count == 0 || !initialize(args, full, nullptr)) return 2;
    bench::describe_machine();
    bench::begin_progress(count * repetitions(args));
    benchmark::RunSpecifiedBenchmarks();
    bench::end_progress();
    return bench::any_failed() ? 1 : 0;
}

} // namespace

int main(int argc, char **argv) {
    try {
        return run({argv, argv + argc});
    } catch (const std::exception &error) {
        std::fprintf(stderr, "simdrop-bench: %s\n", error.what());
        return 1;
    }
}
