// SPDX-License-Identifier: MIT
#include "problems.h"

#include "base/buf.h"
#include "base/mem.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { PROBLEM_BYTES = 64 * 1024 };

static void print_one(const struct diag *diag)
{
    struct buf line;
    buf_init(&line, PROBLEM_BYTES);
    diag_format(diag, &line);
    (void)fprintf(stderr, "%s\n", buf_text(&line));
    buf_deinit(&line);
}

void problems_print(const struct diags *diags, const char *file, size_t most)
{
    size_t shown = diags->count < most ? diags->count : most;
    for (size_t i = 0; i < shown; i++) {
        struct diag diag = diags->items[i];
        char *own_file = diag.file == NULL && file != NULL ? mem_text(file) : NULL;
        diag.file = own_file != NULL ? own_file : diag.file;
        print_one(&diag);
        mem_free(&own_file);
    }
    size_t total = diags->errors + diags->warnings;
    if (total > shown) {
        (void)fprintf(stderr, "… and %zu more\n", total - shown);
    }
}

void problems_print_inventory(const struct diags *diags, const char *path)
{
    problems_print(diags, strcmp(path, "-") == 0 ? "standard input" : path, PROBLEMS_SHOWN);
}

// What makes two diagnostics the same thing. Of a rule that is bound nowhere the message names the
// pack.
static void append_key(const struct diag *diag, struct buf *key)
{
    if (strcmp(diag->code, "rule.unbound") == 0) {
        (void)buf_append_format(key, "%s %s %s", diag->code, diag->file == NULL ? "" : diag->file,
                                diag->pointer == NULL ? "" : diag->pointer);
    } else {
        diag_format(diag, key);
    }
}

static json_int_t count_seen(json_t *seen, const struct diag *diag)
{
    struct buf key;
    buf_init(&key, PROBLEM_BYTES);
    append_key(diag, &key);
    json_int_t count = 1 + json_integer_value(json_object_getn(seen, buf_text(&key), key.len));
    (void)json_object_setn_new_nocheck(seen, buf_text(&key), key.len, json_integer(count));
    buf_deinit(&key);
    return count;
}

void problems_print_inputs(const struct making *making)
{
    size_t packs = making_pack_count(making);
    if (packs == 1) {
        problems_print(&making_report(making, 0)->input_problems, NULL, SIZE_MAX);
        return;
    }
    json_t *seen = json_object();
    for (size_t i = 0; i < packs; i++) {
        const struct diags *problems = &making_report(making, i)->input_problems;
        for (size_t j = 0; j < problems->count; j++) {
            const struct diag *diag = &problems->items[j];
            bool is_unbound = strcmp(diag->code, "rule.unbound") == 0;
            if (count_seen(seen, diag) == (is_unbound ? (json_int_t)packs : 1)) {
                print_one(diag);
            }
        }
    }
    json_decref(seen);
}
