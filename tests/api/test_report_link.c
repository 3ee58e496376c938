// SPDX-License-Identifier: MIT
//
// Links to reports: good as they were given out, and not with anything else in them.
#include "report_link.h"

#include "base/mem.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static const int64_t NOW_MS = 1764324000000;

static struct secret *key_of(const char *text)
{
    return secret_create(text, strlen(text));
}

static struct report_link sample(void)
{
    return (struct report_link){.folder = "100000000000001/cp-1/rp-abc/7",
                                .file = "manifest.json",
                                .expires_s = NOW_MS / 1000 + 60};
}

static enum report_link_state read_url(const char *url, const struct secret *key, int64_t now_ms,
                                       struct report_link *link)
{
    const char *path = strstr(url, "/reports/");
    const char *query = strchr(path, '?');
    const struct span path_span = {path, query == NULL ? strlen(path) : (size_t)(query - path)};
    const struct span query_span = query == NULL ? (struct span){0} : span_of(query + 1);
    return report_link_read(path_span, query_span, key, now_ms, link);
}

Test(report_link, is_read_as_it_was_written)
{
    struct secret *key = key_of("a key");
    struct report_link link = sample();
    struct report_link read = {0};
    char *url = report_link_write(&link, "https://reports.example.com/x", key);
    cr_expect_eq(strncmp(url,
                         "https://reports.example.com/x/reports/100000000000001/cp-1/rp-abc/7/"
                         "manifest.json?Expires=1764324060&Signature=",
                         104),
                 0, "%s", url);
    cr_expect_eq(read_url(url, key, NOW_MS, &read), REPORT_LINK_GOOD);
    cr_expect_str_eq(read.folder, link.folder);
    cr_expect_str_eq(read.file, link.file);
    cr_expect_eq(read_url(url, key, NOW_MS + 59999, &read), REPORT_LINK_GOOD);
    cr_expect_eq(read_url(url, key, NOW_MS + 60000, &read), REPORT_LINK_EXPIRED);
    mem_free(&url);
    secret_destroy(&key);
}

// Any file of the folder is fetched by the same link, and of no other folder.
Test(report_link, every_changed_byte_is_noticed)
{
    struct secret *key = key_of("a key");
    struct secret *other = key_of("b key");
    struct report_link link = sample();
    struct report_link read = {0};
    char *url = report_link_write(&link, "", key);
    cr_expect_eq(read_url(url, other, NOW_MS, &read), REPORT_LINK_FORGED);
    const size_t file = (size_t)(strstr(url, "manifest") - url);
    const size_t file_end = (size_t)(strchr(url, '?') - url);
    for (size_t i = strlen("/reports/"); i < strlen(url); i++) {
        char old = url[i];
        url[i] = old == '1' ? '2' : '1';
        enum report_link_state state = read_url(url, key, NOW_MS, &read);
        bool is_in_file = i >= file && i < file_end;
        cr_expect_eq(state == REPORT_LINK_GOOD, is_in_file, "byte %zu: %s", i, url);
        url[i] = old;
    }
    mem_free(&url);
    secret_destroy(&key);
    secret_destroy(&other);
}

Test(report_link, no_path_leads_elsewhere)
{
    static const char *const PATHS[] = {
        "/reports/",
        "/reports/1/2/3/4",
        "/reports/1/2/3/4/",
        "/reports/1/2/3/4/a/b",
        "/reports/1/2/3/4/..",
        "/reports/1/2/3/4/.hidden",
        "/reports/../2/3/4/a",
        "/reports//2/3/4/a",
        "/reports/1/2/3/4/%2e%2e",
        "/reports/1/2/3/4/a%00",
        "/reports/1/2/3/4/a\\b",
        "/reportsx/1/2/3/4/a",
    };
    struct secret *key = key_of("a key");
    struct report_link read = {0};
    for (size_t i = 0; i < sizeof(PATHS) / sizeof(PATHS[0]); i++) {
        cr_expect_eq(report_link_read(span_of(PATHS[i]), (struct span){0}, key, NOW_MS, &read),
                     REPORT_LINK_MALFORMED, "%s", PATHS[i]);
    }
    secret_destroy(&key);
}

Test(report_link, takes_the_folder_of_a_location)
{
    char folder[REPORT_FOLDER_BYTES];
    cr_assert(report_link_folder("/store/", "/store/1/cp/rp/7", folder));
    cr_expect_str_eq(folder, "1/cp/rp/7");
    cr_assert(report_link_folder("/store", "/store/1/cp/rp/7", folder));
    cr_expect_not(report_link_folder("/store", "/storey/1/cp/rp/7", folder));
    cr_expect_not(report_link_folder("/store", "/store/1/cp/rp", folder));
    cr_expect_not(report_link_folder("/store", "/store/1/cp/rp/7/8", folder));
    cr_expect_not(report_link_folder("/store", "/store/1/../rp/7", folder));
    cr_expect_not(report_link_folder("/store", "s3://bucket/1/cp/rp/7", folder));
}
