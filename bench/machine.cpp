// SPDX-License-Identifier: MIT
// The machine that is measured: its name, the sizes that suit its caches, and the buffers.
#include "machine.h"

#include "bench_built.h"
#include "bench_commit.h"
#include "clock.h"

#include <simdrop/masks.h>

#include <benchmark/benchmark.h>

#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <new>

namespace bench {

namespace {

std::size_t power_of_two_up_to(std::size_t n) {
    std::size_t power = 1;
    while (power <= n / 2) power *= 2;
    return power;
}

// The first value of `key` in /proc/cpuinfo, or "".
std::string cpuinfo(const std::string &key) {
    std::ifstream file("/proc/cpuinfo");
    for (std::string line; std::getline(file, line);) {
        const std::size_t colon = line.find(':');
        if (colon == std::string::npos || colon + 2 > line.size()) continue;
        const std::size_t end = line.find_last_not_of(" \t", colon - 1);
        if (end != std::string::npos && line.compare(0, end + 1, key) == 0)
            return line.substr(colon + 2);
    }
    return "";
}

// The system's name and its kernel's: "Debian GNU/Linux 12 (bookworm)", "Linux 6.1.0 x86_64".
std::string os_name() {
    std::ifstream file("/etc/os-release");
    const std::string key = "PRETTY_NAME=\"";
    for (std::string line; std::getline(file, line);)
        if (line.rfind(key, 0) == 0 && line.back() == '"')
            return line.substr(key.size(), line.size() - key.size() - 1);
    return "unknown";
}
std::string kernel_name() {
    struct utsname names;
    if (uname(&names) != 0) return "unknown";
    return std::string(names.sysname) + " " + names.release + " " + names.machine;
}

// The instruction set that the environment forces on a process, or "none".
std::string forced_isa() {
    const char *name = std::getenv("SIMDROP_ISA");
    return name && *name ? name : "none";
}

template <class T> T *filled(std::size_t count, T value) {
    const std::size_t bytes = (count * sizeof(T) + 63) / 64 * 64;
    void *memory = std::aligned_alloc(64, bytes);
    if (!memory) throw std::bad_alloc();
    T *all = static_cast<T *>(memory);
    std::fill(all, all + count, value);
    return all;
}

// 32 KiB if the system doesn't say.
std::size_t l1d_bytes() {
#if defined(_SC_LEVEL1_DCACHE_SIZE)
    const long bytes = sysconf(_SC_LEVEL1_DCACHE_SIZE);
    if (bytes > 0) return static_cast<std::size_t>(bytes);
#endif
    return 32768;
}

std::size_t largest_bytes = 64, largest_elements = 64;

std::string kib(std::size_t bytes) {
    return bytes ? std::to_string(bytes / 1024) + " KiB" : "unknown";
}

} // namespace

// Input and output take half of L1, half of L2, a quarter of the last cache, which others use as well,
// but 8 MiB at most, or four times what any cache has.
const std::vector<Level> &levels() {
    static const std::vector<Level> all = [] {
        const struct simdrop_cpu cpu = ::simdrop_cpu();
        const std::size_t mib = std::size_t{1} << 20;
        const std::size_t l1 = std::max(l1d_bytes() / 2 / 8192, std::size_t{1}) * 8192;
        const std::size_t l2 =
            std::max(power_of_two_up_to((cpu.l2_bytes ? cpu.l2_bytes : mib) / 2), mib / 8);
        const std::size_t l3 = std::min(power_of_two_up_to(cpu.llc_bytes / 4 | 1), 8 * mib);
        const std::size_t dram = 8 * power_of_two_up_to(cpu.llc_bytes | 1);
        std::vector<Level> made = {{"L1", l1}, {"L2", l2}};
        if (l3 > l2) made.push_back({"L3", l3});
        made.push_back({"DRAM", std::clamp(dram, 256 * mib, 1024 * mib)});
        return made;
    }();
    return all;
}

const Buffers &buffers() {
    static const Buffers made = [] {
        const std::size_t n = (largest_bytes + 63) / 64 * 64;
        // y is no multiple of 4096 from x: stores would be taken for the loads that follow them
        const std::size_t gap = 17 * 64;
        // 1.0 as bf16, 1.9 as f16, and so on
        auto *halves = filled((2 * n + gap + 64) / 2, std::uint16_t{0x3f80});
        for (std::size_t i = 0; i < n / 2; ++i)
            halves[i] = static_cast<std::uint16_t>(halves[i] + i % 61);
        const std::size_t words = largest_elements / 64 + 1 + SIMDROP_MASK_SLACK;
        std::uint64_t *keep = filled(words, UINT64_MAX);
        simdrop_dropout dropout;
        const simdrop_dropout_config config = simdrop_dropout_config_of(0.1, 42, 8);
        simdrop_dropout_init(&dropout, &config);
        simdrop_dropout_mask_bits(&dropout, 0, largest_elements,
                                  reinterpret_cast<std::uint8_t *>(keep));
        auto *bytes = filled(64 * words, std::uint8_t{1});
        simdrop_dropout_mask_bytes(&dropout, 0, largest_elements, bytes);
        float *x = reinterpret_cast<float *>(halves);
        return Buffers{x, x + (n + gap) / sizeof(float), filled(words, UINT64_C(0)), keep, bytes};
    }();
    return made;
}

void set_largest_row(std::size_t bytes, std::size_t elements) {
    largest_bytes = bytes;
    largest_elements = elements;
}

std::vector<const char *> isas() {
    std::vector<const char *> names(simdrop_isa_list(nullptr, 0));
    simdrop_isa_list(names.data(), names.size());
    return names;
}

std::vector<const char *> shown_isas(bool full) {
    const auto all = isas();
    return full ? all : std::vector<const char *>{all.front(), all.back()};
}

bool can_run(const char *isa) {
    const auto names = isas();
    return std::any_of(names.begin(), names.end(),
                       [&](const char *name) { return std::strcmp(name, isa) == 0; });
}

bool is_plain() { return simdrop_kernels()->cpu_needs == 0; }

void describe_machine() {
    std::string names, sizes;
    for (const char *isa : isas()) names += names.empty() ? isa : std::string(" ") + isa;
    for (const Level &level : levels())
        sizes += (sizes.empty() ? "" : " ") + std::string(level.name) + ":" +
                 std::to_string(level.bytes);
    const std::string name = cpuinfo("model name");
    const struct simdrop_cpu cpu = ::simdrop_cpu();
    benchmark::AddCustomContext("simdrop_version", simdrop_version());
    benchmark::AddCustomContext("simdrop_isas", names);
    benchmark::AddCustomContext("cpu", name.empty() ? "unknown CPU" : name);
    benchmark::AddCustomContext("cpu_family_model", cpuinfo("cpu family") + " " + cpuinfo("model"));
    benchmark::AddCustomContext("levels", sizes);
    benchmark::AddCustomContext("l1d", kib(l1d_bytes()));
    benchmark::AddCustomContext("l2", kib(cpu.l2_bytes));
    benchmark::AddCustomContext("last_level_cache", kib(cpu.llc_bytes));
    benchmark::AddCustomContext("os", os_name());
    benchmark::AddCustomContext("kernel", kernel_name());
    benchmark::AddCustomContext("commit", BENCH_COMMIT);
    benchmark::AddCustomContext("compiler", BENCH_COMPILER);
    benchmark::AddCustomContext("flags", BENCH_FLAGS);
    benchmark::AddCustomContext("build_type", BENCH_BUILD_TYPE);
    benchmark::AddCustomContext("forced_isa", forced_isa());
    benchmark::AddCustomContext("core_clock_GHz", std::to_string(bench_core_clock() * 1e-9));
}

} // namespace bench
