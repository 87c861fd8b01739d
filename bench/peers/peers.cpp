// SPDX-License-Identifier: MIT
// What the peers share, and the rows of simdrop and of memcpy that they are compared with.
#include "peers.h"

#include <simdrop/simdrop.h>

#include <dlfcn.h>
#if __has_include(<gnu/libc-version.h>)
#include <gnu/libc-version.h>
#endif

#include <cstring>

namespace bench {

void add_peers(bool quick) {
    peers::add_simdrop(quick);
    peers::add_plain(quick);
    peers::add_mkl(quick);
    peers::add_random123(quick);
    peers::add_standard(quick);
    peers::add_onednn(quick);
}

namespace peers {

std::size_t size_of_value(const std::string &kernel) {
    return kernel.find("f64") == kernel.npos ? sizeof(float) : sizeof(double);
}

std::vector<std::size_t> sizes_for(const std::string &kernel, bool quick) {
    const char *at = quick ? "L1" : kernel == "dropout_f32" ? "L2 DRAM" : "L2";
    return sizes_at(at, size_of_value(kernel), false);
}

void note_version(const std::string &peer, const std::string &version) {
    benchmark::AddCustomContext("peer " + peer, version);
}

void note_skipped(const std::string &peer, const std::string &reason) {
    benchmark::AddCustomContext("skipped " + peer, reason);
}

Library::Library(const char *peer, const char *name)
    : peer_(peer), handle_(dlopen(name, RTLD_NOW | RTLD_LOCAL)), complete_(handle_) {
    if (!handle_) note_skipped(peer, dlerror());
}

void *Library::symbol(const char *name) {
    if (!complete_) return nullptr;
    void *found = dlsym(handle_, name);
    if (!found) note_skipped(peer_, std::string("this version has no ") + name);
    complete_ = found;
    return found;
}

namespace {

// Every call has an offset of its own, as in the other benches.
template <class Fill>
void add_fill(const std::string &kernel, const std::string &isa, bool quick, Fill fill) {
    add_rows(kernel, isa, quick, [fill](std::size_t n) {
        return [fill, n, offset = uint64_t{0}]() mutable {
            offset += n;
            return fill(offset, n, buffers().y);
        };
    });
}

void add_isa(const std::string &isa, bool quick) {
    add_fill("random_u32", isa, quick, [](uint64_t offset, std::size_t n, void *y) {
        return simdrop_random_u32(42, 7, offset, n, static_cast<uint32_t *>(y));
    });
#define ADD(name, type, ...)                                                                       \
    if (simdrop_random_##name(42, 7, 0, 0, __VA_ARGS__, nullptr) == SIMDROP_OK)                    \
        add_fill("random_" #name, isa, quick, [](uint64_t offset, std::size_t n, void *y) {        \
            return simdrop_random_##name(42, 7, offset, n, __VA_ARGS__, static_cast<type *>(y));   \
        });
    ADD(uniform_f32, float, 0, 1)
    ADD(normal_f32, float, 0, 1)
    ADD(normal_f64, double, 0, 1)
    ADD(exponential_f32, float, 1)
#undef ADD
    simdrop_dropout dropout;
    const simdrop_dropout_config config = simdrop_dropout_config_of(drop_prob, 42, 7);
    simdrop_dropout_init(&dropout, &config);
    add_rows("dropout_f32", isa, quick, [dropout](std::size_t n) {
        return [dropout, n, offset = uint64_t{0}]() mutable {
            offset += n;
            return simdrop_dropout_f32(&dropout, offset, n, buffers().x, buffers().y) |
                   simdrop_dropout_f32(&dropout, offset, n, buffers().x, buffers().y);
        };
    });
}

} // namespace

void add_simdrop(bool quick) {
    note_version("simdrop", simdrop_version());
#if defined(__GLIBC__)
    note_version("memcpy", std::string("glibc ") + gnu_get_libc_version());
#endif
    const std::string best = isas().front();
    add_isa(best, quick);
    if (best != "avx2" && can_run("avx2")) add_isa("avx2", quick);
    add_rows("dropout_f32", "memcpy", quick, [](std::size_t n) {
        return [n] {
            std::memcpy(buffers().y, buffers().x, n * sizeof(float));
            benchmark::ClobberMemory(); // or the compiler would keep one of them
            std::memcpy(buffers().y, buffers().x, n * sizeof(float));
            benchmark::ClobberMemory();
            return 0;
        };
    });
}

} // namespace peers
} // namespace bench
