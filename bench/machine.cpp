// SPDX-License-Identifier: MIT
// The machine that is measured: its name, the sizes that suit its caches, and the buffers.
#include "machine.h"

#include "bench_built.h"
#include "bench_commit.h"
#include "clock.h"

#include <simdrop/dropout.h>

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

std::size_t largest_row = 0;

std::string kib(std::size_t bytes) {
    return bytes ? std::to_string(bytes / 1024) + " KiB" : "unknown";
}

} // namespace

Sizes sizes(std::size_t element) {
    static const Sizes f32 = [] {
        const struct simdrop_cpu cpu = ::simdrop_cpu();
        const std::size_t l2 = cpu.l2_bytes ? cpu.l2_bytes : std::size_t{1} << 20;
        const std::size_t past_llc = 4 * power_of_two_up_to(cpu.llc_bytes | 1) / sizeof(float);
        return Sizes{
            std::max(l1d_bytes() / 2 / (2 * sizeof(float)) / 1024, std::size_t{1}) * 1024,
            std::max(power_of_two_up_to(l2 / 2 / (2 * sizeof(float))), std::size_t{16384}),
            std::clamp(past_llc, std::size_t{1} << 25, std::size_t{1} << 27),
        };
    }();
    const std::size_t divisor = element / sizeof(float);
    return {f32.l1 / divisor, f32.l2 / divisor, f32.dram / divisor};
}

const Buffers &buffers() {
    static const Buffers made = [] {
        const std::size_t n = largest_row ? largest_row : sizes().dram;
        // y is no multiple of 4096 from x: stores would be taken for the loads that follow them
        const std::size_t gap = 17 * 64 / sizeof(float);
        float *x = filled(2 * n + gap + 16, 1.0f);
        for (std::size_t i = 0; i < n; ++i) x[i] = static_cast<float>(i % 251) * 0.01f + 0.5f;
        const std::size_t words = n / 64 + SIMDROP_MASK_SLACK;
        std::uint64_t *keep = filled(words, UINT64_MAX);
        simdrop_dropout dropout;
        const simdrop_dropout_config config = simdrop_dropout_config_of(0.1, 42, 8);
        simdrop_dropout_init(&dropout, &config);
        simdrop_dropout_mask_bits(&dropout, 0, n, reinterpret_cast<std::uint8_t *>(keep));
        return Buffers{x, x + n + gap, filled(words, UINT64_C(0)), keep};
    }();
    return made;
}

void set_largest_row(std::size_t n) { largest_row = n; }

std::vector<const char *> isas() {
    std::vector<const char *> names(simdrop_isa_list(nullptr, 0));
    simdrop_isa_list(names.data(), names.size());
    return names;
}

bool can_run(const char *isa) {
    const auto names = isas();
    return std::any_of(names.begin(), names.end(),
                       [&](const char *name) { return std::strcmp(name, isa) == 0; });
}

std::string cpu_name() {
    const std::string name = cpuinfo("model name");
    return name.empty() ? "unknown CPU" : name;
}

bool is_zen5() { return cpuinfo("vendor_id") == "AuthenticAMD" && cpuinfo("cpu family") == "26"; }

void describe_machine() {
    std::string names;
    for (const char *isa : isas()) names += names.empty() ? isa : std::string(" ") + isa;
    const struct simdrop_cpu cpu = ::simdrop_cpu();
    benchmark::AddCustomContext("simdrop_version", simdrop_version());
    benchmark::AddCustomContext("simdrop_isas", names);
    benchmark::AddCustomContext("cpu", cpu_name());
    benchmark::AddCustomContext("cpu_family_model", cpuinfo("cpu family") + " " + cpuinfo("model"));
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
