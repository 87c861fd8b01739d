// SPDX-License-Identifier: MIT
// Rows for stored masks: dropout that leaves its mask, and dropout under a mask that is there. What
// they are measured against are the rows of dropout without a mask and of copies.
#include "rows.h"

#include <simdrop/masks.h>

namespace bench {

namespace {

// The calls on tensors of one type.
template <class T> struct Type {
    const char *name; // "f32"
    simdrop_status (*store_bits)(const simdrop_dropout *, uint64_t, size_t, const T *, T *,
                                 uint8_t *);
    simdrop_status (*store_bytes)(const simdrop_dropout *, uint64_t, size_t, const T *, T *,
                                  uint8_t *);
    simdrop_status (*from_bits)(const simdrop_dropout *, const uint8_t *, size_t, size_t, const T *,
                                T *);
    simdrop_status (*from_bytes)(const simdrop_dropout *, const uint8_t *, size_t, const T *, T *);
};

simdrop_dropout dropout_of(double p) {
    simdrop_dropout dropout;
    const simdrop_dropout_config config = simdrop_dropout_config_of(p, 42, 7);
    simdrop_dropout_init(&dropout, &config);
    return dropout;
}

template <class T> const T *x() { return reinterpret_cast<const T *>(buffers().x); }
template <class T> T *y() { return reinterpret_cast<T *>(buffers().y); }

// With draws of 8 or 16 bits; y begins `shift` elements after an aligned address. Every call has an
// offset of its own: branch predictors learn a mask that returns by heart.
template <class T>
void add_store(const Type<T> &type, const std::string &isa, int bits, std::size_t n,
               std::size_t shift) {
    const double bytes = 2 * sizeof(T);
    const std::string rest = type.name + std::string(shift ? "_unaligned" : "");
    const std::string limit = std::string("dropout_") + type.name + "_u" + std::to_string(bits);
    const simdrop_dropout dropout = dropout_of(bits == 8 ? 0.25 : 0.1);
    add({"dropout_store_bits_" + rest, isa, bits, n, sizeof(T), bytes + 1.0 / 8, limit},
        [dropout, call = type.store_bits, n, shift, offset = uint64_t{0}]() mutable {
            offset += n;
            return call(&dropout, offset, n, x<T>(), y<T>() + shift,
                        reinterpret_cast<uint8_t *>(buffers().bits));
        });
    add({"dropout_store_bytes_" + rest, isa, bits, n, sizeof(T), bytes + 1, limit},
        [dropout, call = type.store_bytes, n, shift, offset = uint64_t{0}]() mutable {
            offset += n;
            return call(&dropout, offset, n, x<T>(), y<T>() + shift, buffers().bytes);
        });
}

template <class T> void add_from(const Type<T> &type, const std::string &isa, std::size_t n) {
    const double bytes = 2 * sizeof(T);
    const std::string limit = std::string("apply_") + type.name;
    const simdrop_dropout dropout = dropout_of(0.1);
    for (const std::size_t begin : {std::size_t{0}, std::size_t{3}})
        add({std::string("dropout_from_bits_") + type.name + (begin ? "_inside" : ""), isa, 0, n,
             sizeof(T), bytes + 1.0 / 8, limit},
            [dropout, call = type.from_bits, n, begin] {
                return call(&dropout, reinterpret_cast<const uint8_t *>(buffers().keep), begin, n,
                            x<T>(), y<T>());
            });
    add({std::string("dropout_from_bytes_") + type.name, isa, 0, n, sizeof(T), bytes + 1, limit},
        [dropout, call = type.from_bytes, n] {
            return call(&dropout, buffers().bytes, n, x<T>(), y<T>());
        });
}

template <class T> void add_type(const Type<T> &type, const std::string &isa, bool full) {
    for (const std::size_t n : sizes_at(is_plain() ? "L2" : "L2 L3 DRAM", sizeof(T), full)) {
        add_store(type, isa, 16, n, 0);
        add_from(type, isa, n);
        if (!full) continue;
        add_store(type, isa, 8, n, 0);
        add_store(type, isa, 16, n, 16 / sizeof(T) / 4 * 4); // 4 elements of f32 to the next byte
    }
}

void add_conversions(const std::string &isa, std::size_t n) {
    add({"mask_pack", isa, 0, n, 1, 1 + 1.0 / 8, ""}, [n] {
        return simdrop_mask_pack(buffers().bytes, n, reinterpret_cast<uint8_t *>(buffers().bits),
                                 0);
    });
    add({"mask_unpack", isa, 0, n, 1, 1 + 1.0 / 8, ""}, [n] {
        return simdrop_mask_unpack(reinterpret_cast<const uint8_t *>(buffers().keep), 0, n,
                                   reinterpret_cast<uint8_t *>(buffers().y));
    });
}

} // namespace

// Without `full`, f32 stands for all types.
void add_masks(bool full) {
    for (const char *isa : shown_isas(full)) {
        simdrop_isa_select(isa);
        for (const std::size_t n : sizes_at(is_plain() ? "L2" : "L2 DRAM", 4, full))
            add_conversions(isa, n);
#define ADD(name, type, ...)                                                                       \
    if (full || std::string(#name) == "f32")                                                       \
        add_type<type>({#name, simdrop_dropout_store_bits_##name,                                  \
                        simdrop_dropout_store_bytes_##name, simdrop_dropout_from_bits_##name,      \
                        simdrop_dropout_from_bytes_##name},                                        \
                       isa, full);
        SIMDROP_TYPES(ADD, )
#undef ADD
    }
    simdrop_isa_select(nullptr);
}

} // namespace bench
