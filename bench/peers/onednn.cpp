// SPDX-License-Identifier: MIT
// Rows of oneDNN: its dropout attribute on an identity forward, mask times dy times scale backward.
#include "peers.h"

#include <algorithm>
#include <array>
#include <map>

namespace bench::peers {

namespace {

// Of dnnl_types.h and dnnl_common_types.h.
enum { cpu = 1, in_order = 1, forward_training = 64, linear = 0x26, binary_mul = 0x1fff1 };
enum { f32 = 3, u8 = 6, s64 = 16, tag_a = 2, tag_ab = 3 };
enum { arg_src = 1, arg_src1 = 2, arg_dst = 17 };
enum { arg_offset = 507, arg_mask = 509, arg_probability = 510, arg_seed = 511 };

using Handle = void *;
struct Argument {
    int index;
    Handle memory;
};
struct Version {
    int major, minor, patch;
};

struct Dnnl {
    const Version *(*version)();
    int (*engine_create)(Handle *, int kind, std::size_t index);
    int (*stream_create)(Handle *, Handle engine, unsigned flags);
    int (*stream_wait)(Handle stream);
    int (*desc_create)(Handle *, int ndims, const int64_t *dims, int type, int tag);
    int (*memory_create)(Handle *, Handle desc, Handle engine, void *data);
    int (*memory_map)(Handle memory, void **data);
    int (*memory_unmap)(Handle memory, void *data);
    int (*attr_create)(Handle *);
    int (*attr_dropout)(Handle attr, Handle mask, int seed_type, int use_offset, int host_scalars);
    int (*attr_post_ops)(Handle attr, Handle post_ops);
    int (*post_ops_create)(Handle *);
    int (*append_eltwise)(Handle post_ops, int kind, float alpha, float beta);
    int (*eltwise_create)(Handle *, Handle engine, int kind, int algorithm, Handle x, Handle y,
                          float alpha, float beta, Handle attr);
    int (*binary_create)(Handle *, Handle engine, int algorithm, Handle x0, Handle x1, Handle y,
                         Handle attr);
    int (*primitive_create)(Handle *, Handle desc);
    int (*execute)(Handle primitive, Handle stream, int count, const Argument *arguments);
};
Dnnl dnnl;

bool find_all(Library &library) {
    library.find(dnnl.version, "dnnl_version");
    library.find(dnnl.engine_create, "dnnl_engine_create");
    library.find(dnnl.stream_create, "dnnl_stream_create");
    library.find(dnnl.stream_wait, "dnnl_stream_wait");
    library.find(dnnl.desc_create, "dnnl_memory_desc_create_with_tag");
    library.find(dnnl.memory_create, "dnnl_memory_create");
    library.find(dnnl.memory_map, "dnnl_memory_map_data");
    library.find(dnnl.memory_unmap, "dnnl_memory_unmap_data");
    library.find(dnnl.attr_create, "dnnl_primitive_attr_create");
    library.find(dnnl.attr_dropout, "dnnl_primitive_attr_set_dropout_v2");
    library.find(dnnl.attr_post_ops, "dnnl_primitive_attr_set_post_ops");
    library.find(dnnl.post_ops_create, "dnnl_post_ops_create");
    library.find(dnnl.append_eltwise, "dnnl_post_ops_append_eltwise");
    library.find(dnnl.eltwise_create, "dnnl_eltwise_forward_primitive_desc_create");
    library.find(dnnl.binary_create, "dnnl_binary_primitive_desc_create");
    library.find(dnnl.primitive_create, "dnnl_primitive_create");
    library.find(dnnl.execute, "dnnl_primitive_execute");
    return library.complete();
}

// Both passes over n elements. Handles live as long as the program.
class Dropout {
  public:
    Dropout(Handle engine, Handle stream, std::size_t n) : engine_(engine), stream_(stream) {
        const Handle data = describe(n, f32), mask = describe(n, u8);
        Handle attr = nullptr, desc = nullptr;
        failed_ |=
            dnnl.attr_create(&attr) | dnnl.attr_dropout(attr, mask, s64, 1, 0) |
            dnnl.eltwise_create(&desc, engine, forward_training, linear, data, data, 1, 0, attr);
        if (!failed_) failed_ |= dnnl.primitive_create(&forward_, desc);

        Handle scaled = nullptr, post_ops = nullptr, product = nullptr;
        const float scale = static_cast<float>(1 / (1 - drop_prob));
        failed_ |= dnnl.attr_create(&scaled) | dnnl.post_ops_create(&post_ops) |
                   dnnl.append_eltwise(post_ops, linear, scale, 0) |
                   dnnl.attr_post_ops(scaled, post_ops) |
                   dnnl.binary_create(&product, engine, binary_mul, data, mask, data, scaled);
        if (!failed_) failed_ |= dnnl.primitive_create(&backward_, product);

        const Handle x = memory<float>(data, n, 1.0f), y = memory<float>(data, n, 0.0f);
        const Handle keep = memory<unsigned char>(mask, n, 0);
        const Handle p = memory(describe(1, f32), 1, static_cast<float>(drop_prob));
        const Handle seed = memory(describe(1, s64), 1, int64_t{42});
        const Handle offset = memory(describe(1, s64), 1, int64_t{1});
        forward_arguments_ = {{{arg_src, x},
                               {arg_dst, y},
                               {arg_mask, keep},
                               {arg_probability, p},
                               {arg_seed, seed},
                               {arg_offset, offset}}};
        backward_arguments_ = {{{arg_src, x}, {arg_src1, keep}, {arg_dst, y}}};
    }

    int run() {
        if (failed_) return failed_;
        return execute(forward_, forward_arguments_) | execute(backward_, backward_arguments_);
    }

  private:
    // Two dimensions, which its mask needs, but for numbers.
    Handle describe(std::size_t n, int type) {
        Handle desc = nullptr;
        const int64_t dims[] = {1, static_cast<int64_t>(n)};
        failed_ |= dnnl.desc_create(&desc, n == 1 ? 1 : 2, dims, type, n == 1 ? tag_a : tag_ab);
        return desc;
    }
    // It takes no memory but its own.
    template <class T> Handle memory(Handle desc, std::size_t n, T value) {
        Handle made = nullptr;
        void *data = nullptr;
        void *const allocate = reinterpret_cast<void *>(UINTPTR_MAX);
        if (!failed_) failed_ |= dnnl.memory_create(&made, desc, engine_, allocate);
        if (!failed_) failed_ |= dnnl.memory_map(made, &data);
        if (failed_) return nullptr;
        std::fill_n(static_cast<T *>(data), n, value);
        failed_ |= dnnl.memory_unmap(made, data);
        return made;
    }
    template <std::size_t Count>
    int execute(Handle primitive, const std::array<Argument, Count> &arguments) {
        return dnnl.execute(primitive, stream_, static_cast<int>(Count), arguments.data()) |
               dnnl.stream_wait(stream_);
    }

    int failed_ = 0;
    Handle engine_, stream_, forward_ = nullptr, backward_ = nullptr;
    std::array<Argument, 6> forward_arguments_;
    std::array<Argument, 3> backward_arguments_;
};

} // namespace

void add_onednn(bool quick) {
    Library library("oneDNN", "libdnnl.so.3");
    if (!find_all(library)) return;
    Handle engine = nullptr, stream = nullptr;
    if (dnnl.engine_create(&engine, cpu, 0) != 0 ||
        dnnl.stream_create(&stream, engine, in_order) != 0) {
        note_skipped("oneDNN", "it finds no CPU engine");
        return;
    }
    const Version *version = dnnl.version();
    note_version("oneDNN", std::to_string(version->major) + "." + std::to_string(version->minor) +
                               "." + std::to_string(version->patch));
    add_rows("dropout_f32", "onednn", quick, [=](std::size_t n) {
        return [=] {
            static std::map<std::size_t, Dropout> made;
            return made.try_emplace(n, engine, stream, n).first->second.run();
        };
    });
}

} // namespace bench::peers
