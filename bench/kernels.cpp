// SPDX-License-Identifier: MIT
// Rows for every kernel of every table, for the public calls on top of them, and their port limits.
#include "probes/probes.h"
#include "rows.h"

#include <simdrop/simdrop.h>

namespace bench {

namespace {

const simdrop_philox &philox() {
    static const simdrop_philox made = [] {
        simdrop_philox stream;
        simdrop_philox_init(&stream, 42, 7, 10);
        return stream;
    }();
    return made;
}

struct Kernel {
    std::string name, isa;
    std::size_t n;
    Row row(double bytes, const std::string &limit) const {
        return {name, isa, 0, n, bytes, limit, 0};
    }
};

// One overload of add_kernel per signature of kernels.h.

void add_kernel(const Kernel &kernel, simdrop_fill_u32_fn *fill) {
    add(kernel.row(4, kernel.name), [fill, n = kernel.n] {
        fill(reinterpret_cast<uint32_t *>(buffers().y), n / 4, 0, &philox());
        return SIMDROP_OK;
    });
}

void add_kernel(const Kernel &kernel, simdrop_draw_mask_fn *draw) {
    const int bits = std::stoi(kernel.name.substr(kernel.name.rfind('u') + 1));
    const uint32_t tenth = static_cast<uint32_t>(0.1 * static_cast<double>(UINT64_C(1) << bits));
    add(kernel.row(1.0 / 8, kernel.name), [draw, tenth, n = kernel.n] {
        draw(buffers().bits, n / 64, 0, &philox(), tenth);
        return SIMDROP_OK;
    });
}

void add_kernel(const Kernel &kernel, simdrop_apply_fn *apply) {
    const std::string limit = kernel.name.substr(0, kernel.name.find("_stream"));
    const double values = 2 * static_cast<double>(size_of_type(kernel.name));
    add(kernel.row(values + 1.0 / 8, limit), [apply, n = kernel.n] {
        apply(buffers().y, buffers().x, buffers().keep, n, 1.1f);
        return SIMDROP_OK;
    });
}

void add_kernel(const Kernel &kernel, simdrop_fill_f32_fn *fill) {
    add(kernel.row(4, "fill_u32"), [fill, n = kernel.n] {
        fill(buffers().y, n / 4, 0, &philox(), 0x1p-24f);
        return SIMDROP_OK;
    });
}

// Distributions are measured as calls: distributions.cpp.
void add_kernel(const Kernel &, simdrop_transform_fn *) {}

// A fence does no work of its own.
void add_kernel(const Kernel &, simdrop_stream_end_fn *) {}

void add_table(const struct simdrop_kernels &table, bool full) {
#define ADD(type, kernel, isa)                                                                     \
    for (const std::size_t n : sizes_of(Scope::kernels, #kernel, full))                            \
        add_kernel({#kernel, table.name, n}, table.kernel);
    SIMDROP_KERNELS(ADD, )
#undef ADD
}

// A drop probability for which draws of `bits` bits are the automatic choice.
double probability_for(int bits) { return bits == 8 ? 0.25 : bits == 16 ? 0.1 : 0.001; }

simdrop_dropout dropout_for(int bits) {
    simdrop_dropout dropout;
    const simdrop_dropout_config config = simdrop_dropout_config_of(probability_for(bits), 42, 7);
    simdrop_dropout_init(&dropout, &config);
    return dropout;
}

template <class T>
using Dropout = simdrop_status(const simdrop_dropout *, uint64_t, size_t, const T *, T *);

// Every call has an offset of its own: branch predictors learn a mask that returns by heart. y
// begins `shift` bytes after an aligned address.
template <class T>
void add_dropout(const std::string &name, Dropout<T> *call, const std::string &isa, int bits,
                 std::size_t n, std::size_t shift) {
    const simdrop_dropout dropout = dropout_for(bits);
    const std::string limit = name.substr(0, name.find("_unaligned"));
    add({name, isa, bits, n, 2 * sizeof(T), limit + "_u" + std::to_string(bits), 0},
        [dropout, call, n, shift, offset = uint64_t{0}]() mutable {
            offset += n;
            return call(&dropout, offset, n, reinterpret_cast<T *>(buffers().x),
                        reinterpret_cast<T *>(buffers().y) + shift / sizeof(T));
        });
}

void add_calls(const std::string &isa, std::size_t n) {
    add({"random_u32", isa, 0, n, 4, "fill_u32", 0},
        [n] { return simdrop_random_u32(42, 7, 0, n, reinterpret_cast<uint32_t *>(buffers().y)); });
    for (const int bits : {8, 16, 32}) {
        const std::string u = "_u" + std::to_string(bits);
        const simdrop_dropout dropout = dropout_for(bits);
        add({"dropout_mask_bits", isa, bits, n, 1.0 / 8, "draw_mask" + u, 0}, [dropout, n] {
            return simdrop_dropout_mask_bits(&dropout, 0, n,
                                             reinterpret_cast<uint8_t *>(buffers().bits));
        });
        add_dropout("dropout_f32", simdrop_dropout_f32, isa, bits, n, 0);
    }
    add_dropout("dropout_f32_unaligned", simdrop_dropout_f32, isa, 16, n, 16);
}

void add_calls_f64(const std::string &isa, std::size_t n, bool full) {
    add_dropout("dropout_f64", simdrop_dropout_f64, isa, 16, n, 0);
    if (!full) return;
    add_dropout("dropout_f64", simdrop_dropout_f64, isa, 8, n, 0);
    add_dropout("dropout_f64", simdrop_dropout_f64, isa, 32, n, 0);
    add_dropout("dropout_f64_unaligned", simdrop_dropout_f64, isa, 16, n, 16);
}

[[maybe_unused]] void add_probes(const std::string &isa, const bench_probe *probes) {
    if (!can_run(isa.c_str())) return;
    for (const bench_probe *probe = probes; probe->kernel; ++probe) {
        const std::size_t repetitions = 1000;
        add({std::string("port_limit_") + probe->kernel, isa, 0, 0, 0, "", 0},
            probe->elements * repetitions, [run = probe->run] {
                run(repetitions);
                return SIMDROP_OK;
            });
    }
}

} // namespace

void add_kernels(bool full) {
    for (const char *isa : isas()) {
        simdrop_isa_select(isa);
        add_table(*simdrop_kernels(), full);
        for (const std::size_t n : sizes_of(Scope::calls, "dropout_f32", full)) add_calls(isa, n);
        for (const std::size_t n : sizes_of(Scope::calls, "dropout_f64", full))
            add_calls_f64(isa, n, full);
    }
    simdrop_isa_select(nullptr);
#define ADD(isa) add_probes(#isa, bench_probes_##isa);
    BENCH_PROBES(ADD)
#undef ADD
}

} // namespace bench
