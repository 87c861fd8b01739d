// SPDX-License-Identifier: MIT
// Rows for pieces of matrices: each by one call, by a call for each row, and as many elements by the
// flat call; and what another stream costs.
#include "rows.h"

#include <simdrop/simdrop.h>

namespace bench {

namespace {

simdrop_dropout prepared() {
    const simdrop_dropout_config config = simdrop_dropout_config_of(0.1, 42, 7);
    simdrop_dropout dropout;
    simdrop_dropout_init(&dropout, &config);
    return dropout;
}

struct Shape {
    const char *name; // "3072x64"
    size_t rows, cols;
};

simdrop_status row_by_row(const simdrop_dropout &dropout, const simdrop_rows &piece) {
    simdrop_status status = SIMDROP_OK;
    for (size_t i = 0; i < piece.rows; ++i)
        status |= simdrop_dropout_f32(
            &dropout, (piece.first_row + i) * piece.global_cols + piece.first_col, piece.cols,
            buffers().x + i * piece.ldx, buffers().y + i * piece.ldy);
    return status;
}

// Which part of the whole and of memory a piece is: all of either, or one of `parts`. The rows' `n`
// is their elements, in all of memory that they lie in.
void add_piece(const std::string &isa, const Shape &shape, const char *name, size_t global_parts,
               size_t memory_parts, size_t skew = 0) {
    const size_t n = shape.rows * shape.cols;
    simdrop_rows piece = {};
    piece.rows = shape.rows;
    piece.cols = shape.cols;
    piece.ldx = piece.ldy = memory_parts * shape.cols;
    piece.global_cols = global_parts * shape.cols + skew;
    piece.first_col = (global_parts - 1) * shape.cols + skew;
    const std::string prefix = std::string("dropout_rows_f32_") + shape.name + "_" + name;
    const Row row = {prefix, isa, 16, n * memory_parts, 4, 8, "dropout_f32_u16"};
    add(row, n, [dropout = prepared(), piece]() mutable {
        piece.first_row += piece.rows; // branch predictors learn a mask that returns by heart
        return simdrop_dropout_rows_f32(&dropout, &piece, buffers().x, buffers().y);
    });
    Row by_row = row;
    by_row.kernel += "_row_by_row";
    add(by_row, n, [dropout = prepared(), piece]() mutable {
        piece.first_row += piece.rows;
        return row_by_row(dropout, piece);
    });
}

void add_flat(const std::string &isa, const Shape &shape) {
    const size_t n = shape.rows * shape.cols;
    add({std::string("dropout_rows_f32_") + shape.name + "_flat", isa, 16, n, 4, 8,
         "dropout_f32_u16"},
        [dropout = prepared(), n, offset = uint64_t{0}]() mutable {
            offset += n;
            return simdrop_dropout_f32(&dropout, offset, n, buffers().x, buffers().y);
        });
}

void add_shape(const std::string &isa, const Shape &shape) {
    add_flat(isa, shape);
    add_piece(isa, shape, "dense", 1, 1);
    add_piece(isa, shape, "shard", 4, 1);
    add_piece(isa, shape, "strided", 1, 2);
    add_piece(isa, shape, "shard_strided", 4, 2);
    add_piece(isa, shape, "shard_unaligned", 4, 1, 1);
}

} // namespace

// Without `full`, on the best set only, and two shapes.
void add_pieces(bool full) {
    static const Shape shapes[] = {
        {"3072x64", 3072, 64}, {"512x768", 512, 768}, {"3072x50", 3072, 50}, {"64x4096", 64, 4096}};
    for (const char *isa : isas()) {
        if (!full && isa != isas().front()) continue;
        for (const Shape &shape : shapes)
            if (full || &shape < shapes + 2) add_shape(isa, shape);
    }
    const std::string isa = isas().front();
    add({"dropout_init", isa, 16, 0, 4, 0, ""}, 1, [stream = uint64_t{0}]() mutable {
        simdrop_dropout dropout;
        const simdrop_dropout_config config = simdrop_dropout_config_of(0.1, 42, ++stream);
        const simdrop_status status = simdrop_dropout_init(&dropout, &config);
        benchmark::DoNotOptimize(dropout);
        return status;
    });
    add({"dropout_set_stream", isa, 16, 0, 4, 0, ""}, 1,
        [dropout = prepared(), stream = uint64_t{0}]() mutable {
            const simdrop_status status = simdrop_dropout_set_stream(&dropout, ++stream);
            benchmark::DoNotOptimize(dropout);
            return status;
        });
}

} // namespace bench
