// SPDX-License-Identifier: MIT
// Rows for other libraries that do what simdrop does, in simdrop's process, on its buffers.
#ifndef BENCH_PEERS_H
#define BENCH_PEERS_H

#include "rows.h"

#include <benchmark/benchmark.h>

#include <initializer_list>
#include <string>
#include <vector>

namespace bench::peers {

constexpr double drop_prob = 0.1;

std::size_t size_of_value(const std::string &kernel); // in bytes

// The sizes of a kernel's rows; with `quick`, one small one.
std::vector<std::size_t> sizes_for(const std::string &kernel, bool quick);

// One row for each size; `make(n)` returns the call that is timed, which returns 0 if all is well.
// Elements of "dropout_f32" go forward and backward in one call: x to y, twice.
template <class Make>
void add_rows(const std::string &kernel, const std::string &by, bool quick, Make make) {
    for (const std::size_t n : sizes_for(kernel, quick))
        add({kernel, by, 0, n, size_of_value(kernel), 0, ""}, make(n));
}

// What the report says of a peer: the version that ran, or why it doesn't run.
void note_version(const std::string &peer, const std::string &version);
void note_skipped(const std::string &peer, const std::string &reason);

// A shared library that is looked for when the program runs, so that nothing depends on it.
class Library {
  public:
    // Skips `peer` if there is none of that name.
    Library(const char *peer, const char *name);
    // Sets `function` to the one called `name`; once one is missing, the peer is skipped.
    template <class Function> void find(Function *&function, const char *name) {
        function = reinterpret_cast<Function *>(symbol(name));
    }
    bool complete() const { return complete_; }

  private:
    void *symbol(const char *name);
    const char *peer_;
    void *handle_;
    bool complete_;
};

// One for each file.
void add_simdrop(bool quick);
void add_plain(bool quick);
void add_standard(bool quick);
void add_random123(bool quick);
void add_mkl(bool quick);
void add_onednn(bool quick);

} // namespace bench::peers

#endif
