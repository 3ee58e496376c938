// SPDX-License-Identifier: MIT
#include "caller_text.h"

#include <criterion/criterion.h>
#include <stddef.h>

static const struct {
    const char *message;
    const char *told;
} ROWS[] = {
    {"", ""},
    {"The specified CompliancePackId does not exist.",
     "The specified CompliancePackId does not exist."},
    {"inventory /srv/var/inventory/missing.ndjson: No such file or directory",
     "inventory missing.ndjson: No such file or directory"},
    {"inventory /srv/my files/a.ndjson: 3 of 9 records are bad, and at most 5 % may be; the first "
     "is in line 7: /srv/x/y",
     "inventory a.ndjson: 3 of 9 records are bad, and at most 5 % may be; the first is in line 7: "
     "y"},
    {"stage: stage report: /var/lib/packreport/.staging: Not a directory",
     "stage: stage report: .staging: Not a directory"},
    {"/a/b is no regular file", "b is no regular file"},
    {"\"/a/b c\" and \"/d/e\"", "\"b c\" and \"e\""},
    {"open (/a/b/c)", "open (c)"},
    {"GET https://secmaster.example.com/v2/0123/workspaces/ws-1/packs/cp-1: HTTP 503, APIGW/x",
     "GET https://secmaster.example.com/…: HTTP 503, APIGW/x"},
    {"GET https://secmaster.example.com: refused", "GET https://secmaster.example.com: refused"},
    {"one and/or 1/2, time:1 minute", "one and/or 1/2, time:1 minute"},
    {"/", ""},
    {"https://", "https://"},
};

Test(caller_text, leaves_paths_out)
{
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        struct buf out;
        buf_init(&out, 1024);
        caller_text(&out, ROWS[i].message);
        cr_expect_str_eq(buf_text(&out), ROWS[i].told, "row %zu: %s", i, buf_text(&out));
        buf_deinit(&out);
    }
}
