/* SPDX-License-Identifier: MIT */
/* common.h: names of instruction sets, any strings, any statuses. */
#include "fuzz.h"

#include <string.h>

enum { MOST = 8 };

static void list(struct fuzz *fuzz) {
    const char *names[MOST + 1] = {0};
    const size_t capacity = take_below(fuzz, MOST + 1);
    const size_t count = simdrop_isa_list(capacity ? names : NULL, capacity);
    for (size_t i = 0; i <= MOST; ++i)
        if (!names[i] != (i >= capacity || i >= count)) fail(fuzz, "isa_list: another capacity");
}

static int is_listed(const char *name) {
    const char *names[MOST];
    const size_t count = simdrop_isa_list(names, MOST);
    for (size_t i = 0; i < count && i < MOST; ++i)
        if (strcmp(names[i], name) == 0) return 1;
    return 0;
}

void fuzz_common(struct fuzz *fuzz) {
    char name[16];
    for (size_t i = 0; i < sizeof name; ++i) name[i] = (char)take(fuzz, 1);
    name[sizeof name - 1] = '\0';
    const simdrop_status status = CALL(fuzz, simdrop_isa_select, name);
    if ((status == SIMDROP_OK) != is_listed(name)) fail(fuzz, "isa_select: not what isa_list says");
    const char *const now = status ? selected_isa(fuzz) : name;
    if (strcmp(simdrop_isa_name(), now) != 0) fail(fuzz, "isa_name: not what was selected");
    if (CALL(fuzz, simdrop_isa_select, NULL) != SIMDROP_OK) fail(fuzz, "isa_select of NULL");
    if (!is_listed(simdrop_isa_name())) fail(fuzz, "isa_name: not listed");
    list(fuzz);
    const char *sentence = simdrop_status_string((simdrop_status)take(fuzz, 4));
    record(fuzz, sentence, strlen(sentence));
    record(fuzz, simdrop_version(), strlen(simdrop_version()));
}
