// SPDX-License-Identifier: MIT
//
// The kernels agree on any bytes: valid documents, and what is left of them when bytes are changed,
// taken out and put in.
#include "documents.h"
#include "index.h"

#include <criterion/criterion.h>
#include <string.h>

enum { ROUNDS = 4000, DEPTH = 5 };

Test(kernels, are_there)
{
    cr_assert_not_null(scan_kernel_best());
    size_t count = 0;
    while (scan_kernel_at(count) != NULL) {
        count++;
    }
    cr_expect_str_eq(scan_kernel_name(scan_kernel_at(count - 1)), "plain");
#if defined(__x86_64__)
    cr_expect_geq(count, 2);
#endif
}

Test(kernels, accept_what_is_valid)
{
    uint64_t state = 1;
    for (int round = 0; round < ROUNDS; round++) {
        struct buf json;
        buf_init(&json, 1024 * 1024);
        document_make(&json, &state, DEPTH);
        cr_assert(document_is_accepted(buf_text(&json), json.len, NULL), "%s", buf_text(&json));
        buf_deinit(&json);
    }
}

static void change(struct buf *json, uint64_t *state)
{
    static const char BYTES[] = "\"\\{}[]:,0-e. \t\n\x01\x0c\x1a\x80\xc3\xe5tnu";
    size_t at = (size_t)(document_random(state) % json->len);
    char byte = BYTES[document_random(state) % (sizeof(BYTES) - 1)];
    switch (document_random(state) % 3) {
    case 0:
        json->data[at] = byte;
        return;
    case 1:
        memmove(json->data + at, json->data + at + 1, json->len - at);
        json->len--;
        return;
    default:
        (void)buf_append_char(json, byte);
        memmove(json->data + at + 1, json->data + at, json->len - at - 1);
        json->data[at] = byte;
    }
}

Test(kernels, agree_on_what_is_not)
{
    uint64_t state = 2;
    size_t refused = 0;
    for (int round = 0; round < ROUNDS; round++) {
        struct buf json;
        buf_init(&json, 1024 * 1024);
        document_make(&json, &state, DEPTH);
        for (uint64_t changes = 1 + document_random(&state) % 3; changes > 0 && json.len > 0;
             changes--) {
            change(&json, &state);
        }
        refused += document_is_accepted(buf_text(&json), json.len, NULL) ? 0 : 1;
        buf_deinit(&json);
    }
    cr_expect_gt(refused, ROUNDS / 2);
    cr_expect_lt(refused, ROUNDS);
}

// A run of backslashes, of any length and at any place, before a quote.
Test(kernels, count_backslashes)
{
    char json[256];
    for (size_t offset = 0; offset < 70; offset++) {
        for (size_t run = 0; run < 70; run++) {
            memset(json, ' ', sizeof(json));
            json[offset] = '"';
            memset(json + offset + 1, '\\', run);
            json[offset + 1 + run] = '"';
            cr_expect_eq(document_is_accepted(json, offset + run + 2, NULL), run % 2 == 0);
        }
    }
}
