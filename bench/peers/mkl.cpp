// SPDX-License-Identifier: MIT
// Rows of oneMKL's vector statistics library with its Philox4x32x10, in one thread.
#include "peers.h"

#include <link.h>

#include <cstdlib>
#include <cstring>
#include <utility>

namespace bench::peers {

namespace {

// Of mkl_vsl_defines.h and mkl_vsl_functions.h, with 32-bit integers.
constexpr int philox4x32x10 = 16 << 20;
constexpr int standard = 0, box_muller2 = 1, icdf = 2; // methods
using Stream = void *;

struct Vsl {
    int (*new_stream)(Stream *, int generator, unsigned seed);
    int (*bits)(int method, Stream, int n, unsigned *);
    int (*uniform)(int method, Stream, int n, float *, float low, float high);
    int (*normal_f32)(int method, Stream, int n, float *, float mean, float stddev);
    int (*normal_f64)(int method, Stream, int n, double *, double mean, double stddev);
    int (*exponential)(int method, Stream, int n, float *, float location, float scale);
    void (*version)(char *, int);
};

// The libraries with code for one kind of CPU that oneMKL has loaded: libmkl_def is its plainest,
// which it may take for CPUs of other makers.
std::string code_in_use() {
    std::string names;
    const auto add_name = [](dl_phdr_info *info, std::size_t, void *found) {
        const char *slash = std::strrchr(info->dlpi_name, '/');
        const std::string name = slash ? slash + 1 : info->dlpi_name;
        for (const char *code : {"libmkl_def.", "libmkl_mc", "libmkl_avx"})
            if (name.rfind(code, 0) == 0)
                *static_cast<std::string *>(found) += " " + name.substr(0, name.find('.'));
        return 0;
    };
    dl_iterate_phdr(add_name, &names);
    return names;
}

} // namespace

void add_mkl(bool quick) {
    setenv("MKL_THREADING_LAYER", "SEQUENTIAL", 1);
    setenv("MKL_INTERFACE_LAYER", "LP64", 1);
    Library library("oneMKL", "libmkl_rt.so.3");
    Vsl vsl;
    library.find(vsl.new_stream, "vslNewStream");
    library.find(vsl.bits, "viRngUniformBits32");
    library.find(vsl.uniform, "vsRngUniform");
    library.find(vsl.normal_f32, "vsRngGaussian");
    library.find(vsl.normal_f64, "vdRngGaussian");
    library.find(vsl.exponential, "vsRngExponential");
    library.find(vsl.version, "MKL_Get_Version_String");
    if (!library.complete()) return;
    char version[200] = "";
    vsl.version(version, sizeof version - 1);
    Stream stream;
    if (vsl.new_stream(&stream, philox4x32x10, 42) != 0) {
        note_skipped("oneMKL", "its Philox stream can't be made");
        return;
    }
    unsigned word;
    vsl.bits(standard, stream, 1, &word); // loads the code
    const std::string text = version, key = "Version ";
    const std::size_t begin = text.find(key) == text.npos ? 0 : text.find(key) + key.size();
    note_version("oneMKL", text.substr(begin, text.find_first_of("- ", begin) - begin) + " with" +
                               code_in_use());

    const auto add_fill = [quick](const char *kernel, const char *by, auto fill) {
        add_rows(kernel, by, quick, [fill](std::size_t n) {
            return [fill, n] { return fill(static_cast<int>(n), buffers().y); };
        });
    };
    add_fill("random_u32", "mkl", [=](int n, void *y) {
        return vsl.bits(standard, stream, n, static_cast<unsigned *>(y));
    });
    add_fill("random_uniform_f32", "mkl",
             [=](int n, float *y) { return vsl.uniform(standard, stream, n, y, 0, 1); });
    add_fill("random_exponential_f32", "mkl",
             [=](int n, float *y) { return vsl.exponential(standard, stream, n, y, 0, 1); });
    for (const auto &[by, method] :
         {std::pair("mkl_boxmuller2", box_muller2), {"mkl_icdf", icdf}}) {
        add_fill("random_normal_f32", by, [=, method = method](int n, float *y) {
            return vsl.normal_f32(method, stream, n, y, 0, 1);
        });
        add_fill("random_normal_f64", by, [=, method = method](int n, void *y) {
            return vsl.normal_f64(method, stream, n, static_cast<double *>(y), 0, 1);
        });
    }
}

} // namespace bench::peers
