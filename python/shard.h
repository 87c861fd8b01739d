// SPDX-License-Identifier: MIT
// A part of a tensor, of any dimensions, as a piece of a matrix (simdrop/rows.h).
#ifndef SIMDROP_PYTHON_SHARD_H
#define SIMDROP_PYTHON_SHARD_H

#include <simdrop/rows.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <vector>

// From the last dimension on that is split, elements are the columns; the dimensions before are the
// rows.
struct shard {
    int64_t cols = 1, global_cols = 1, first_col = 0;
    std::vector<uint64_t> row_ids; // the whole's row of each row; none if the shard has no elements

    // Of a tensor whose shape is global, the part whose shape is local that begins at `start`.
    shard(size_t dims, const int64_t *local, const int64_t *global, const int64_t *start) {
        size_t split = 0;
        for (size_t k = 0; k < dims; ++k) {
            if (start[k] < 0 || start[k] > global[k] - local[k])
                throw std::runtime_error("simdrop: a shard is outside the whole");
            if (local[k] != global[k]) split = k;
        }
        if (dims != 0) first_col = start[split];
        for (size_t k = split; k < dims; ++k) {
            cols *= local[k];
            global_cols *= global[k];
            if (k != split) first_col *= global[k];
        }
        int64_t rows = cols == 0 ? 0 : 1;
        for (size_t k = 0; k < split; ++k) rows *= local[k];
        row_ids.resize(static_cast<size_t>(rows));
        for (size_t i = 0; i < row_ids.size(); ++i) {
            uint64_t id = 0, rest = i, below = 1;
            for (size_t k = split; k-- != 0;) {
                const auto size = static_cast<uint64_t>(local[k]);
                id += (static_cast<uint64_t>(start[k]) + rest % size) * below;
                rest /= size;
                below *= static_cast<uint64_t>(global[k]);
            }
            row_ids[i] = id;
        }
    }

    // It is taken apart by units: rows, or of a single row blocks of draws.
    int64_t unit() const { return row_ids.size() == 1 ? std::min<int64_t>(cols, 64) : cols; }
    int64_t units() const {
        return row_ids.size() == 1 ? (cols + unit() - 1) / unit()
                                   : static_cast<int64_t>(row_ids.size());
    }

    // Units [begin, end) of it, which begin at element begin * unit().
    simdrop_rows piece(int64_t begin, int64_t end) const {
        const bool single = row_ids.size() == 1;
        const int64_t first = single ? begin * unit() : 0;
        simdrop_rows rows = {};
        rows.rows = single ? 1 : static_cast<size_t>(end - begin);
        rows.cols = static_cast<size_t>(single ? std::min(end * unit(), cols) - first : cols);
        rows.row_ids = row_ids.data() + (single ? 0 : begin);
        rows.global_cols = static_cast<uint64_t>(global_cols);
        rows.first_col = static_cast<uint64_t>(first_col + first);
        return rows;
    }
};

#endif
