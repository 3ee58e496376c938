// SPDX-License-Identifier: MIT
//
// Both pack sources: SecMaster against the strict mock, files in a folder.
#include "loop_run.h"
#include "mock_secmaster.h"
#include "sandbox.h"

#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "source/secmaster.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TOKEN "token-that-nobody-may-see"

struct fetched {
    unsigned calls;
    char *body; // mem_free; NULL: an error came
    char origin[512];
    struct err err;
};

struct bench {
    uv_loop_t loop;
    struct mock_secmaster *mock;
    struct pack_source *source;
    struct account account;
    char base_url[64];
    bool closed;
};

static void bench_open(struct bench *bench)
{
    (void)signal(SIGPIPE, SIG_IGN);
    *bench = (struct bench){.closed = false};
    cr_assert_eq(uv_loop_init(&bench->loop), 0);
    bench->account = (struct account){.id = "100000000000001",
                                      .project_id = (char *)"project-1",
                                      .workspace_id = (char *)"workspace_1",
                                      .base_url = bench->base_url,
                                      .credential = (char *)"token",
                                      .inventory = (char *)""};
}

static void bench_open_secmaster(struct bench *bench)
{
    bench_open(bench);
    bench->mock = mock_secmaster_start((const char *[]){"--token", TOKEN, NULL});
    (void)snprintf(bench->base_url, sizeof(bench->base_url), "http://127.0.0.1:%u",
                   (unsigned)mock_secmaster_port(bench->mock));
    const char *folder = sandbox_make();
    char *path = sandbox_write("token", TOKEN "\n", strlen(TOKEN) + 1);
    mem_free(&path);
    const struct secmaster_config config = {.credentials_folder = folder,
                                            .language = "en-us",
                                            .http = {.connect_timeout_ms = 10000,
                                                     .total_timeout_ms = 15000,
                                                     .body_limit_bytes = LIMIT_PACK_BYTES,
                                                     .allow_plain_http = true,
                                                     .user_agent = "packreport/test",
                                                     .connections_per_host = 8}};
    struct err err = ERR_INIT;
    enum err_kind kind = pack_source_secmaster_create(&bench->loop, &config, &bench->source, &err);
    cr_assert_eq(kind, ERR_OK, "%s", err.message);
}

static void bench_open_files(struct bench *bench, const char *folder)
{
    bench_open(bench);
    struct err err = ERR_INIT;
    enum err_kind kind = pack_source_file_create(&bench->loop, folder, &bench->source, &err);
    cr_assert_eq(kind, ERR_OK, "%s", err.message);
}

static void on_closed(void *owner)
{
    ((struct bench *)owner)->closed = true;
}

static void bench_close(struct bench *bench)
{
    bench->source->methods->close(bench->source, on_closed, bench);
    cr_expect_not(bench->closed, "on_closed came before close returned");
    cr_expect(loop_run_close(&bench->loop));
    cr_expect(bench->closed);
    mock_secmaster_stop(&bench->mock);
    sandbox_remove();
}

static void on_fetched(void *context, struct buf *body, const char *origin, const struct err *err)
{
    struct fetched *fetched = context;
    fetched->calls++;
    cr_assert((body == NULL) != (err == NULL), "exactly one of the two");
    (void)text_copy(fetched->origin, sizeof(fetched->origin), origin);
    if (err != NULL) {
        fetched->err = *err;
    } else {
        fetched->body = buf_take(body);
    }
}

static bool has_come(void *context)
{
    return ((const struct fetched *)context)->calls > 0;
}

static struct pack_fetch *start(struct bench *bench, const char *pack_id, struct fetched *fetched)
{
    *fetched = (struct fetched){.calls = 0};
    const struct pack_request request = {
        .account = &bench->account, .pack_id = pack_id, .language = ""};
    struct pack_fetch *fetch =
        bench->source->methods->fetch(bench->source, &request, on_fetched, fetched);
    cr_assert_eq(fetched->calls, 0, "the callback came before fetch returned");
    return fetch;
}

static void fetch(struct bench *bench, const char *pack_id, struct fetched *fetched)
{
    (void)start(bench, pack_id, fetched);
    cr_assert(loop_run_until(&bench->loop, has_come, fetched), "%s: no callback", pack_id);
    cr_assert_eq(fetched->calls, 1);
}

Test(secmaster, fetches_a_pack)
{
    static const char *const ids[] = {"0a1b2c3d", "mock-gzip", "mock-slow-50", "mock-drip-0"};
    struct bench bench;
    bench_open_secmaster(&bench);
    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        struct fetched fetched;
        char head[64];
        (void)snprintf(head, sizeof(head), "{\"uuid\":\"%s\",", ids[i]);
        fetch(&bench, ids[i], &fetched);
        cr_assert_not_null(fetched.body, "%s: %s", ids[i], fetched.err.message);
        cr_expect(text_starts_with(fetched.body, head), "%s", fetched.body);
        cr_expect_not_null(strstr(fetched.origin, "/v2/project-1/workspaces/workspace_1/sa/baseline"
                                                  "/compliance-packages/"),
                           "%s", fetched.origin);
        mem_free(&fetched.body);
    }
    bench_close(&bench);
}

static const struct {
    const char *id;
    enum err_kind kind;
    const char *code;
    const char *text;
} FAULTS[] = {
    {"mock-400", ERR_INVALID, "SecMaster.00040006", "Invalid request parameters"},
    {"mock-400-camel", ERR_INVALID, "SecMaster.00040006", "Invalid request parameters"},
    {"mock-400-plain", ERR_INVALID, "SecMaster.00040006", "Invalid request parameters"},
    {"mock-400-nested", ERR_INVALID, "SecMaster.00040006", "Invalid request parameters"},
    {"mock-400-integer", ERR_INVALID, "400", "Invalid request parameters"},
    {"mock-400-text", ERR_INVALID, "400", "said in plain text"},
    {"mock-400-empty", ERR_INVALID, "400", "HTTP 400"},
    {"mock-400-missing", ERR_NOT_FOUND, "SecMaster.20030005", "does not exist"},
    {"mock-401", ERR_DENIED, "APIGW.0301", "HTTP 401"},
    {"mock-401-service", ERR_DENIED, "SecMaster.90010015", "HTTP 401"},
    {"mock-401-old", ERR_DENIED, "APIGW.0307", "HTTP 401"},
    {"mock-403", ERR_DENIED, "APIGW.0302", "HTTP 403"},
    {"mock-404", ERR_NOT_FOUND, "SecMaster.20030005", "HTTP 404"},
    {"mock-404-gateway", ERR_INVALID, "APIGW.0101", "base_url"},
    {"mock-404-html", ERR_INVALID, "404", "base_url"},
    {"mock-429", ERR_UNAVAILABLE, "APIGW.0308", "HTTP 429"},
    {"mock-500", ERR_UNAVAILABLE, "SecMaster.00040011", "HTTP 500"},
    {"mock-502", ERR_UNAVAILABLE, "APIGW.0201", "HTTP 502"},
    {"mock-503", ERR_UNAVAILABLE, "503", "Service Unavailable"},
    {"mock-504", ERR_UNAVAILABLE, "APIGW.0201", "HTTP 504"},
    {"mock-redirect", ERR_INVALID, "302", "redirects are not followed"},
    {"mock-cut", ERR_CORRUPT, "", "cut or no JSON"},
    {"mock-long", ERR_CORRUPT, "", "cut or no JSON"}, // the length says less than there is
    {"mock-hello", ERR_CORRUPT, "", "cut or no JSON"},
    {"mock-empty", ERR_CORRUPT, "200", "without a body"},
    {"mock-encoding", ERR_CORRUPT, "", "encoding"},
    {"mock-short", ERR_UNAVAILABLE, "", "with 100 bytes "},
    {"mock-reset", ERR_UNAVAILABLE, "", "GET http://127.0.0.1"},
    {"mock-big-50", ERR_LIMIT, "", "longer than"},
    {"mock-bomb-50", ERR_LIMIT, "", "longer than"},
};

Test(secmaster, each_fault_has_its_kind_and_keeps_the_token)
{
    struct bench bench;
    bench_open_secmaster(&bench);
    for (size_t i = 0; i < sizeof(FAULTS) / sizeof(FAULTS[0]); i++) {
        struct fetched fetched;
        const char *id = FAULTS[i].id;
        fetch(&bench, id, &fetched);
        cr_expect_null(fetched.body, "%s", id);
        cr_expect_eq(fetched.err.kind, FAULTS[i].kind, "%s: %s: %s", id,
                     err_kind_text(fetched.err.kind), fetched.err.message);
        cr_expect_str_eq(fetched.err.upstream_code, FAULTS[i].code, "%s: %s", id,
                         fetched.err.upstream_code);
        cr_expect_not_null(strstr(fetched.err.message, FAULTS[i].text), "%s: %s", id,
                           fetched.err.message);
        cr_expect_not_null(strstr(fetched.err.message, id), "which one: %s", fetched.err.message);
        cr_expect_null(strstr(fetched.err.message, TOKEN), "%s", fetched.err.message);
        bool is_judged = FAULTS[i].code[0] != '\0';
        cr_expect_eq(fetched.err.upstream_request_id[0] != '\0', is_judged, "%s: request id", id);
        mem_free(&fetched.body);
    }
    bench_close(&bench);
}

static void list(struct bench *bench, uint64_t offset, unsigned limit, struct fetched *fetched)
{
    *fetched = (struct fetched){.calls = 0};
    const struct pack_list_request request = {
        .account = &bench->account, .language = "", .offset = offset, .limit = limit};
    (void)bench->source->methods->list(bench->source, &request, on_fetched, fetched);
    cr_assert_eq(fetched->calls, 0, "the callback came before list returned");
    cr_assert(loop_run_until(&bench->loop, has_come, fetched), "no callback");
}

// Asserts a page of these ids ("a b"), of so many in all.
static void expect_page(struct bench *bench, uint64_t offset, unsigned limit, const char *ids,
                        uint64_t total)
{
    struct fetched fetched;
    struct pack_page page;
    struct diags diags;
    char found[512] = "";
    list(bench, offset, limit, &fetched);
    cr_assert_not_null(fetched.body, "%s", fetched.err.message);
    diags_init(&diags);
    cr_assert_eq(pack_page_load(fetched.body, strlen(fetched.body), fetched.origin, &page, &diags,
                                &fetched.err),
                 ERR_OK, "%s", fetched.err.message);
    for (size_t i = 0; i < page.count; i++) {
        size_t len = strlen(found);
        (void)snprintf(found + len, sizeof(found) - len, "%s%s", i == 0 ? "" : " ",
                       page.items[i].id);
    }
    cr_expect_str_eq(found, ids, "%s", fetched.body);
    cr_expect_eq(page.total, total);
    pack_page_deinit(&page);
    diags_deinit(&diags);
    mem_free(&fetched.body);
}

Test(secmaster, lists_packs_page_by_page)
{
    struct bench bench;
    bench_open_secmaster(&bench);
    expect_page(&bench, 0, 3, "pack-01 pack-02 pack-03", 12);
    expect_page(&bench, 10, 3, "pack-11 pack-12", 12);
    expect_page(&bench, 12, 3, "", 12);
    struct fetched fetched;
    bench.account.project_id = (char *)"../elsewhere";
    list(&bench, 0, 3, &fetched);
    cr_expect_eq(fetched.err.kind, ERR_INVALID, "%s", fetched.err.message);
    bench.account.project_id = (char *)"project-1";
    bench.account.credential = (char *)"other-token";
    list(&bench, 0, 3, &fetched);
    cr_expect_eq(fetched.err.kind, ERR_DENIED, "%s", fetched.err.message);
    bench_close(&bench);
}

Test(secmaster, says_how_long_to_wait)
{
    static const struct {
        const char *id;
        int64_t least_ms;
        int64_t most_ms;
    } rows[] = {{"mock-429", 60000, 60000},
                {"mock-429-retry-3", 3000, 3000},
                {"mock-429-date-40", 20000, 40000}};
    struct bench bench;
    bench_open_secmaster(&bench);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct fetched fetched;
        fetch(&bench, rows[i].id, &fetched);
        cr_expect(fetched.err.retry_after_ms >= rows[i].least_ms &&
                      fetched.err.retry_after_ms <= rows[i].most_ms,
                  "%s: %lld ms", rows[i].id, fetched.err.retry_after_ms);
    }
    bench_close(&bench);
}

Test(secmaster, the_requests_own_timeout_counts)
{
    struct bench bench;
    struct fetched fetched = {.calls = 0};
    bench_open_secmaster(&bench);
    const struct pack_request request = {
        .account = &bench.account, .pack_id = "mock-silent", .language = "zh-cn", .timeout_ms = 80};
    (void)bench.source->methods->fetch(bench.source, &request, on_fetched, &fetched);
    cr_assert(loop_run_until(&bench.loop, has_come, &fetched));
    cr_expect_eq(fetched.err.kind, ERR_TIMEOUT, "%s", fetched.err.message);
    cr_expect_not_null(strstr(fetched.err.message, "within 80 ms"), "%s", fetched.err.message);
    bench_close(&bench);
}

// Nothing of this reaches the network.
Test(secmaster, refuses_what_cannot_go_into_a_url)
{
    static const char too_long[] =
        "1234567890123456789012345678901234567890123456789012345678901234x";
    static const char *const bad_ids[] = {"",      "a/b", "..",   "a%2Fb",    "{pack}", "a b",
                                          "a?b=c", "a#b", "a\nb", "\xc3\xa9", "a.json", too_long};
    struct bench bench;
    struct fetched fetched;
    bench_open_secmaster(&bench);
    for (size_t i = 0; i < sizeof(bad_ids) / sizeof(bad_ids[0]); i++) {
        fetch(&bench, bad_ids[i], &fetched);
        cr_expect_eq(fetched.err.kind, ERR_INVALID, "%s: %s", bad_ids[i], fetched.err.message);
        cr_expect_not_null(strstr(fetched.err.message, "pack id"), "%s", fetched.err.message);
        bench.account.project_id = (char *)bad_ids[i];
        fetch(&bench, "fine", &fetched);
        cr_expect_eq(fetched.err.kind, ERR_INVALID, "%s", fetched.err.message);
        cr_expect_not_null(strstr(fetched.err.message, "project_id"), "%s", fetched.err.message);
        bench.account.project_id = (char *)"project-1";
        bench.account.workspace_id = (char *)bad_ids[i];
        fetch(&bench, "fine", &fetched);
        cr_expect_eq(fetched.err.kind, ERR_INVALID, "%s", fetched.err.message);
        cr_expect_not_null(strstr(fetched.err.message, "workspace_id"), "%s", fetched.err.message);
        bench.account.workspace_id = (char *)"workspace_1";
    }
    static const char *const bad_urls[] = {"",
                                           "ftp://example.com",
                                           "https://user:hidden@example.com",
                                           "https://example.com/?a=b",
                                           "https://example.com/#a",
                                           "https://example.com:99999"};
    for (size_t i = 0; i < sizeof(bad_urls) / sizeof(bad_urls[0]); i++) {
        bench.account.base_url = (char *)bad_urls[i];
        fetch(&bench, "fine", &fetched);
        cr_expect_eq(fetched.err.kind, ERR_INVALID, "%s", fetched.err.message);
        cr_expect_not_null(strstr(fetched.err.message, "base_url"), "%s", fetched.err.message);
        cr_expect_null(strstr(fetched.err.message, "hidden"), "%s", fetched.err.message);
    }
    bench_close(&bench);
}

Test(secmaster, a_missing_credential_is_denied_and_reload_brings_it)
{
    struct bench bench;
    struct fetched fetched;
    struct err err = ERR_INIT;
    bench_open_secmaster(&bench);
    bench.account.credential = (char *)"other-token";
    fetch(&bench, "fine", &fetched);
    cr_expect_eq(fetched.err.kind, ERR_DENIED);
    cr_expect_not_null(strstr(fetched.err.message, "/other-token: is not there"), "%s",
                       fetched.err.message);
    char *path = sandbox_write("other-token", TOKEN, strlen(TOKEN));
    mem_free(&path);
    cr_expect_eq(bench.source->methods->reload(bench.source, &err), ERR_OK, "%s", err.message);
    fetch(&bench, "fine", &fetched);
    cr_expect_not_null(fetched.body, "%s", fetched.err.message);
    mem_free(&fetched.body);
    bench_close(&bench);
}

Test(secmaster, a_wrong_token_is_denied)
{
    struct bench bench;
    struct fetched fetched;
    bench_open_secmaster(&bench);
    char *path = sandbox_write("wrong", "wrong\n", 6);
    struct err err = ERR_INIT;
    cr_assert_eq(bench.source->methods->reload(bench.source, &err), ERR_OK);
    bench.account.credential = (char *)"wrong";
    fetch(&bench, "fine", &fetched);
    cr_expect_eq(fetched.err.kind, ERR_DENIED, "%s", fetched.err.message);
    cr_expect_str_eq(fetched.err.upstream_code, "APIGW.0301");
    mem_free(&path);
    bench_close(&bench);
}

Test(secmaster, can_be_cancelled_and_closed_under_way)
{
    static const char *const ids[] = {"mock-silent", "not/an/id", "fine"};
    struct bench bench;
    bench_open_secmaster(&bench);
    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        struct fetched fetched;
        bench.source->methods->cancel(start(&bench, ids[i], &fetched));
        cr_expect_eq(fetched.calls, 0, "called back before cancel returned");
        cr_assert(loop_run_until(&bench.loop, has_come, &fetched));
        cr_expect_eq(fetched.err.kind, ERR_CANCELLED, "%s: %s", ids[i], fetched.err.message);
    }
    struct fetched silent;
    struct fetched early;
    (void)start(&bench, "mock-silent", &silent);
    (void)start(&bench, "not/an/id", &early);
    bench_close(&bench);
    cr_expect_eq(silent.calls, 1);
    cr_expect_eq(silent.err.kind, ERR_CANCELLED);
    cr_expect_eq(early.calls, 1);
}

Test(secmaster, a_missing_folder_is_said_at_the_start)
{
    struct bench bench;
    struct err err = ERR_INIT;
    bench_open(&bench);
    const struct secmaster_config config = {.credentials_folder = "/nonexistent/credentials",
                                            .language = "en-us"};
    cr_expect_eq(pack_source_secmaster_create(&bench.loop, &config, &bench.source, &err),
                 ERR_CONFIG);
    cr_expect_not_null(strstr(err.message, "/nonexistent/credentials"), "%s", err.message);
    cr_expect_eq(uv_loop_close(&bench.loop), 0);
}

Test(file, fetches_a_pack)
{
    struct bench bench;
    struct fetched fetched;
    const char *folder = sandbox_make();
    char *path = sandbox_write("pack-1.json", "{\"uuid\":\"pack-1\"}", 17);
    bench_open_files(&bench, folder);
    fetch(&bench, "pack-1", &fetched);
    cr_expect_str_eq(fetched.body, "{\"uuid\":\"pack-1\"}");
    cr_expect_str_eq(fetched.origin, path);
    mem_free(&fetched.body);
    mem_free(&path);
    bench_close(&bench);
}

Test(file, says_what_is_wrong)
{
    struct bench bench;
    struct fetched fetched;
    const char *folder = sandbox_make();
    char *packs = file_join(folder, "packs");
    char *is_folder = file_join(packs, "folder.json");
    struct err err = ERR_INIT;
    cr_assert_eq(file_make_folders(is_folder, 0700, &err), ERR_OK);
    char *outside = sandbox_write("outside.json", "{}", 2);
    char *large = sandbox_write("packs/large.json", "{", 1);
    cr_assert_eq(truncate(large, LIMIT_PACK_BYTES + 1), 0);
    const struct {
        const char *id;
        enum err_kind kind;
        const char *text;
    } rows[] = {
        {"absent", ERR_NOT_FOUND, "absent.json"},
        {"folder", ERR_IO, "folder.json"},
        {"large", ERR_LIMIT, "large.json"},
        {"../outside", ERR_INVALID, "pack id"},
        {"", ERR_INVALID, "pack id"},
        {"a/b", ERR_INVALID, "pack id"},
        {".", ERR_INVALID, "pack id"},
    };
    bench_open_files(&bench, packs);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        fetch(&bench, rows[i].id, &fetched);
        cr_expect_eq(fetched.err.kind, rows[i].kind, "%s: %s", rows[i].id, fetched.err.message);
        cr_expect_not_null(strstr(fetched.err.message, rows[i].text), "%s", fetched.err.message);
    }
    // The whole folder is gone: that says nothing about a pack.
    cr_assert_eq(file_remove_tree(packs, &err), ERR_OK);
    fetch(&bench, "absent", &fetched);
    cr_expect_eq(fetched.err.kind, ERR_UNAVAILABLE, "%s", fetched.err.message);
    mem_free(&packs);
    mem_free(&is_folder);
    mem_free(&outside);
    mem_free(&large);
    bench_close(&bench);
}

Test(file, can_be_cancelled_and_closed_under_way)
{
    struct bench bench;
    struct fetched fetched;
    struct fetched left;
    bench_open_files(&bench, sandbox_make());
    bench.source->methods->cancel(start(&bench, "absent", &fetched));
    cr_assert(loop_run_until(&bench.loop, has_come, &fetched));
    cr_expect_eq(fetched.err.kind, ERR_CANCELLED);
    struct err err = ERR_INIT;
    cr_expect_eq(bench.source->methods->reload(bench.source, &err), ERR_OK);
    (void)start(&bench, "absent", &left);
    bench_close(&bench);
    cr_expect_eq(left.calls, 1);
}

Test(file, a_missing_folder_is_said_at_the_start)
{
    struct bench bench;
    struct err err = ERR_INIT;
    bench_open(&bench);
    cr_expect_eq(pack_source_file_create(&bench.loop, "/nonexistent", &bench.source, &err),
                 ERR_CONFIG);
    cr_expect_eq(uv_loop_close(&bench.loop), 0);
}

Test(file, lists_the_packs_of_its_folder)
{
    static const struct {
        const char *name;
        const char *text;
    } files[] = {{"b.json", "{\"uuid\":\"another\",\"name\":\"B\"}"},
                 {"a.json", "{\"description\":\"what it is\"}"},
                 {"broken.json", "{"},
                 {"c.txt", "{}"},
                 {"d e.json", "{}"},
                 {".json", "{}"}};
    struct bench bench;
    struct fetched fetched;
    const char *folder = sandbox_make();
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        char *path = sandbox_write(files[i].name, files[i].text, strlen(files[i].text));
        mem_free(&path);
    }
    bench_open_files(&bench, folder);
    expect_page(&bench, 0, 10, "a b broken", 3);
    expect_page(&bench, 1, 1, "b", 3);
    expect_page(&bench, 3, 1, "", 3);
    list(&bench, 0, 2, &fetched);
    cr_expect_str_eq(fetched.body, "{\"count\":3,\"compliance_packages\":[{\"uuid\":\"a\","
                                   "\"description\":\"what it is\"},{\"uuid\":\"b\","
                                   "\"name\":\"B\"}]}");
    mem_free(&fetched.body);
    bench_close(&bench);
}

Test(file, a_folder_that_is_gone_has_no_list)
{
    struct bench bench;
    struct fetched fetched;
    char *packs = file_join(sandbox_make(), "packs");
    struct err err = ERR_INIT;
    cr_assert_eq(file_make_folders(packs, 0700, &err), ERR_OK);
    bench_open_files(&bench, packs);
    cr_assert_eq(rmdir(packs), 0);
    list(&bench, 0, 10, &fetched);
    cr_expect_eq(fetched.err.kind, ERR_UNAVAILABLE, "%s", fetched.err.message);
    cr_expect_not_null(strstr(fetched.err.message, packs), "%s", fetched.err.message);
    mem_free(&packs);
    bench_close(&bench);
}
