// SPDX-License-Identifier: MIT
// Rows for every kernel of every table, for the public calls on top of them, and their port limits.
#include "probes/probes.h"
#include "rows.h"

#include <simdrop/simdrop.h>

#include <algorithm>
#include <thread>
#include <vector>

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

// The bytes of the type in a kernel's name: 8 for "apply_f64".
std::size_t size_of_type(const std::string &kernel) {
#define TRY(name, type, ...)                                                                       \
    if ((kernel + "_").find("_" #name "_") != kernel.npos) return sizeof(type);
    SIMDROP_TYPES(TRY, )
#undef TRY
    return sizeof(float);
}

struct Kernel {
    std::string name, isa;
    std::size_t n;
    Row row(double bytes, const std::string &limit) const {
        return {name, isa, 0, n, size_of_type(name), bytes, limit};
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

void add_kernel(const Kernel &kernel, simdrop_draw_list_fn *draw) {
    const int bits = std::stoi(kernel.name.substr(kernel.name.rfind('u') + 1));
    const uint32_t tenth = static_cast<uint32_t>(0.1 * static_cast<double>(UINT64_C(1) << bits));
    const std::string limit = "draw_mask_u" + std::to_string(bits);
    std::vector<uint64_t> numbers(kernel.n / 64);
    for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = 3 * i;
    add(kernel.row(1.0 / 8, limit), [draw, tenth, numbers] {
        draw(buffers().bits, numbers.size(), numbers.data(), &philox(), tenth);
        return SIMDROP_OK;
    });
}

void add_kernel(const Kernel &kernel, simdrop_apply_fn *apply) {
    const double values = 2 * static_cast<double>(size_of_type(kernel.name));
    const bool is_affine = kernel.name.find("affine_") == 0;
    const Row row = kernel.row(values + 1.0 / 8, is_affine ? "" : kernel.name);
    static const struct simdrop_affine affine = {0.5, -1.5};
    struct simdrop_apply arguments = {};
    arguments.operands = &affine;
    arguments.n = kernel.n;
    arguments.scale = 1.1f;
    arguments.ahead = is_in_dram(row) ? 4096 : 0; // as the walk does
    arguments.streams = is_in_dram(row);
    add(row, [apply, arguments]() mutable {
        arguments.y = buffers().y;
        arguments.x = buffers().x;
        arguments.keep = buffers().keep;
        apply(&arguments);
        return SIMDROP_OK;
    });
}

void add_kernel(const Kernel &kernel, simdrop_pack_fn *pack) {
    add(kernel.row(1 + 1.0 / 8, ""), [pack, n = kernel.n] {
        pack(buffers().bits, n / 64, buffers().bytes);
        return SIMDROP_OK;
    });
}

void add_kernel(const Kernel &kernel, simdrop_unpack_fn *unpack) {
    add(kernel.row(1 + 1.0 / 8, ""), [unpack, n = kernel.n] {
        unpack(reinterpret_cast<uint8_t *>(buffers().y), n / 64, buffers().keep);
        return SIMDROP_OK;
    });
}

void add_kernel(const Kernel &kernel, simdrop_fill_f32_fn *fill) {
    add(kernel.row(4, "fill_u32"), [fill, n = kernel.n] {
        fill(buffers().y, n / 4, 0, &philox(), 0x1p-24f);
        return SIMDROP_OK;
    });
}

// These are measured as calls: below, and in the files of their topics.
void add_kernel(const Kernel &, simdrop_dropout_fn *) {}
void add_kernel(const Kernel &, simdrop_pair_fn *) {}
void add_kernel(const Kernel &, simdrop_transform_fn *) {}
void add_kernel(const Kernel &, simdrop_fused_fn *) {}
void add_kernel(const Kernel &, simdrop_norm_fn *) {}
void add_kernel(const Kernel &, simdrop_norm_backward_fn *) {}
void add_kernel(const Kernel &, simdrop_softmax_fn *) {}
void add_kernel(const Kernel &, simdrop_softmax_backward_fn *) {}

// A fence does no work of its own.
void add_kernel(const Kernel &, simdrop_stream_end_fn *) {}

void add_tables(bool full) {
    const struct simdrop_kernels &table = *simdrop_kernels();
    const struct simdrop_sleef_kernels &sleef = *simdrop_sleef_kernels();
    const char *at = is_plain() ? "L1 L2" : "L1 L2 DRAM";
#define ADD_OF(table, kernel, place)                                                               \
    if (table.place && (full || size_of_type(#kernel) == sizeof(float)))                           \
        for (const std::size_t n : sizes_at(at, size_of_type(#kernel), full))                      \
            add_kernel({#kernel, table.name, n}, table.place);
#define ADD(type, kernel, place) ADD_OF(table, kernel, place)
    SIMDROP_KERNELS(ADD)
#undef ADD
#define ADD(type, kernel, place) ADD_OF(sleef, kernel, place)
    SIMDROP_SLEEF_KERNELS(ADD)
#undef ADD
#undef ADD_OF
}

// A drop probability for which draws of `bits` bits are the automatic choice.
double probability_for(int bits) { return bits == 8 ? 0.25 : bits == 16 ? 0.1 : 0.001; }

simdrop_dropout dropout_for(int bits, bool vanilla = false) {
    simdrop_dropout dropout;
    simdrop_dropout_config config = simdrop_dropout_config_of(probability_for(bits), 42, 7);
    if (vanilla) config.mode = SIMDROP_VANILLA;
    simdrop_dropout_init(&dropout, &config);
    return dropout;
}

// The calls on tensors of one type.
template <class T> struct Type {
    const char *name; // "f32"
    simdrop_status (*dropout)(const simdrop_dropout *, uint64_t, size_t, const T *, T *);
    simdrop_status (*infer)(const simdrop_dropout *, size_t, const T *, T *);
};

// How a row of dropout differs from the usual: where y begins, and how many threads share it.
struct Way {
    const char *suffix = "";
    bool in_place = false;
    std::size_t shift = 0; // bytes after an aligned address
    int threads = 0;
};

// Every call has an offset of its own: branch predictors learn a mask that returns by heart.
template <class T>
void add_dropout(const Type<T> &type, const std::string &isa, int bits, std::size_t n,
                 const Way &way = {}) {
    const std::string name = std::string("dropout_") + type.name;
    const std::size_t part = n / static_cast<std::size_t>(std::max(way.threads, 1));
    add({name + way.suffix, isa, bits, n, sizeof(T), 2 * sizeof(T),
         name + "_u" + std::to_string(bits), way.threads},
        part,
        [dropout = dropout_for(bits), call = type.dropout, way, n, part,
         offset = uint64_t{0}](int thread) mutable {
            const std::size_t first = static_cast<std::size_t>(thread) * part;
            T *y = reinterpret_cast<T *>(buffers().y) + way.shift / sizeof(T) + first;
            const T *x = way.in_place ? y : reinterpret_cast<T *>(buffers().x) + first;
            offset += n;
            return call(&dropout, offset + first, part, x, y);
        });
}

template <class T> void add_inference(const Type<T> &type, const std::string &isa, std::size_t n) {
    add({std::string("dropout_infer_") + type.name, isa, 0, n, sizeof(T), 2 * sizeof(T), ""},
        [dropout = dropout_for(16, true), call = type.infer, n] {
            return call(&dropout, n, reinterpret_cast<T *>(buffers().x),
                        reinterpret_cast<T *>(buffers().y));
        });
}

// Without `full`, f32 stands for what all types have in common.
template <class T>
void add_type(const Type<T> &type, const std::string &isa, bool plain, bool full) {
    const auto sizes = [&](const char *at) { return sizes_at(at, sizeof(T), full); };
    const bool is_f32 = std::string(type.name) == "f32";
    for (const int bits : {8, 16, 32}) {
        if (bits == 32 && !is_f32 && !full) continue;
        const bool is_usual = bits == 16 || is_f32;
        for (const std::size_t n : sizes(plain      ? is_usual ? "L1 L2" : "L2"
                                         : is_usual ? "64 L1 L2 L3 DRAM"
                                                    : "L2 L3 DRAM"))
            add_dropout(type, isa, bits, n);
    }
    if (!is_f32 && !full) return;
    for (const std::size_t n : sizes(plain ? "L2" : "L2 DRAM")) {
        add_inference(type, isa, n);
        if (plain && !full) continue;
        add_dropout(type, isa, 16, n, {"_unaligned", false, 16, 0});
        add_dropout(type, isa, 16, n, {"_in_place", true, 0, 0});
    }
    if (isa != isas().front()) return;
    const unsigned threads = std::min(std::thread::hardware_concurrency(), 4u);
    for (const std::size_t n : sizes_at("L2 DRAM", sizeof(T), false))
        for (unsigned count = 1; count <= threads; ++count)
            if (n % (64 * count) == 0)
                add_dropout(type, isa, 16, n, {"", false, 0, static_cast<int>(count)});
}

void add_words_and_masks(const std::string &isa, std::size_t n) {
    add({"random_u32", isa, 0, n, 4, 4, "fill_u32"},
        [n] { return simdrop_random_u32(42, 7, 0, n, reinterpret_cast<uint32_t *>(buffers().y)); });
    for (const int bits : {8, 16, 32})
        add({"dropout_mask_bits", isa, bits, n, 4, 1.0 / 8, "draw_mask_u" + std::to_string(bits)},
            [dropout = dropout_for(bits), n] {
                return simdrop_dropout_mask_bits(&dropout, 0, n,
                                                 reinterpret_cast<uint8_t *>(buffers().bits));
            });
}

[[maybe_unused]] void add_probes(const std::string &isa, const bench_probe *probes) {
    if (!can_run(isa.c_str())) return;
    for (const bench_probe *probe = probes; probe->kernel; ++probe) {
        const std::size_t repetitions = 1000;
        add({std::string("port_limit_") + probe->kernel, isa, 0, 0, 4, 0, ""},
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
        const bool plain = is_plain();
        add_tables(full);
        for (const std::size_t n : sizes_at(plain ? "L1 L2" : "64 L1 L2 DRAM", 4, full))
            add_words_and_masks(isa, n);
#define ADD(name, type, ...)                                                                       \
    add_type<type>({#name, simdrop_dropout_##name, simdrop_dropout_infer_##name}, isa, plain, full);
        SIMDROP_TYPES(ADD, )
#undef ADD
    }
    simdrop_isa_select(nullptr);
#define ADD(isa) add_probes(#isa, bench_probes_##isa);
    BENCH_PROBES(ADD)
#undef ADD
}

} // namespace bench
