// SPDX-License-Identifier: MIT
// Rows for masks that are broadcast, each beside a memcpy of as many bytes.
#include "rows.h"

#include <simdrop/broadcast.h>

#include <cstring>
#include <set>
#include <vector>

namespace bench {

namespace {

using Shape = std::vector<std::size_t>;

struct Case {
    const char *name;
    Shape shape, mask_shape;
};

// What layers do, and inner dimensions of few elements, shared or not.
const Case cases[] = {
    {"dropout2d", {32, 64, 56, 56}, {32, 64, 1, 1}},
    {"dropout2d_image", {64, 3, 224, 224}, {64, 3, 1, 1}},
    {"dropout2d_14", {64, 256, 14, 14}, {64, 256, 1, 1}},
    {"dropout2d_7", {64, 512, 7, 7}, {64, 512, 1, 1}},
    {"channels_last", {32, 56, 56, 64}, {32, 1, 1, 64}},
    {"channels_last_image", {64, 224, 224, 3}, {64, 1, 1, 3}},
    {"channels_last_1024", {64, 196, 1024}, {64, 1, 1024}},
    {"locked", {70, 80, 400}, {1, 80, 400}},
    {"locked_wide", {70, 80, 1150}, {1, 80, 1150}},
    {"drop_path", {64, 197 * 768}, {64, 1}},
    {"embedding", {33278, 400}, {33278, 1}},
    {"inner_1", {1000, 3000, 1}, {1000, 1, 1}},
    {"pairs", {1000000, 2}, {1000000, 1}},
    {"triples", {1000000, 3}, {1000000, 1}},
    {"eights", {250000, 8}, {250000, 1}},
    {"twice_3", {500000, 2, 3}, {500000, 1, 3}},
    {"twice_64", {20000, 2, 64}, {20000, 1, 64}},
    {"mixed_3", {20, 50, 3, 40, 3, 5, 3}, {1, 50, 1, 40, 1, 5, 1}},
    {"eight_dims", {8, 4, 8, 4, 8, 4, 8, 4}, {8, 1, 8, 1, 8, 1, 8, 1}},
};

std::size_t product(const Shape &shape) {
    std::size_t all = 1;
    for (const std::size_t size : shape) all *= size;
    return all;
}

// Every call has an offset of its own: branch predictors learn a mask that returns by heart.
void add_case(const Case &c, const std::string &isa, double p, int bits) {
    simdrop_dropout dropout;
    const simdrop_dropout_config config = simdrop_dropout_config_of(p, 42, 7);
    simdrop_dropout_init(&dropout, &config);
    const std::size_t n = product(c.shape);
    const std::string name = std::string("dropout_nd_f32_") + c.name;
    add({name, isa, bits, n, 4, 8, ""}, [&c, dropout, n, offset = uint64_t{0}]() mutable {
        offset += n;
        return simdrop_dropout_nd_f32(&dropout, offset, static_cast<int32_t>(c.shape.size()),
                                      c.shape.data(), c.mask_shape.data(), buffers().x,
                                      buffers().y);
    });
}

} // namespace

void add_broadcast(bool full) {
    std::set<std::size_t> sizes;
    for (const Case &c : cases) {
        const bool is_main = &c == cases;
        for (const char *isa : isas()) {
            simdrop_isa_select(isa);
            if (is_plain() && !full) continue;
            add_case(c, isa, 0.1, 16);
            if (is_main || full) add_case(c, isa, 0.5, 8);
        }
        if (is_main || full) sizes.insert(product(c.shape));
    }
    simdrop_isa_select(nullptr);
    for (const std::size_t n : sizes)
        add({"copy_broadcast", "memcpy", 0, n, 4, 8, ""}, [n] {
            std::memcpy(buffers().y, buffers().x, n * sizeof(float));
            return SIMDROP_OK;
        });
}

} // namespace bench
