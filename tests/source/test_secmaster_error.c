// SPDX-License-Identifier: MIT
//
// Each shape of an error, each status, each code: what it means.
#include "secmaster_error.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

struct row {
    int status;
    const char *body;
    const char *request_id; // header
    int64_t retry_after_ms; // header
    enum err_kind kind;
    const char *code;
    const char *upstream_request_id;
    int64_t wait_ms;
    const char *text; // part of the message
};

#define THROTTLED(window)                                                                          \
    "{\"error_msg\":\"The throttling threshold has been reached: policy user over ratelimit,"      \
    "limit:100,time:" window "\",\"error_code\":\"APIGW.0308\",\"request_id\":\"r\"}"
#define SECMASTER(number) "{\"error_code\":\"SecMaster." number "\",\"error_msg\":\"text\"}"
#define GATEWAY(number)   "{\"error_code\":\"APIGW." number "\",\"error_msg\":\"text\"}"

static const struct row ROWS[] = {
    // The shapes of the reference, in its order.
    {400, "{\"error_code\":\"SecMaster.00040006\",\"error_msg\":\"bad\",\"request_id\":\"b1\"}",
     "h1", 0, ERR_INVALID, "SecMaster.00040006", "b1", 0, "HTTP 400, SecMaster.00040006: \"bad\""},
    {400, "{\"errorCode\":\"SecMaster.00040006\",\"errorMsg\":\"bad\"}", "h1", 0, ERR_INVALID,
     "SecMaster.00040006", "h1", 0, "\"bad\""},
    {400, "{\"code\":\"SecMaster.00040006\",\"message\":\"bad\"}", "", 0, ERR_INVALID,
     "SecMaster.00040006", "", 0, "\"bad\""},
    {400, "{\"error\":{\"code\":\"SecMaster.00040006\",\"message\":\"bad\"}}", "", 0, ERR_INVALID,
     "SecMaster.00040006", "", 0, "\"bad\""},
    {401, "{\"error\":{\"code\":401,\"message\":\"no\",\"title\":\"Unauthorized\"}}", "", 0,
     ERR_DENIED, "401", "", 0, "\"no\""},
    {400, "{\"a\":{\"b\":{\"error_code\":\"X.1\",\"request_id\":\"deep\"}}}", "h1", 0, ERR_INVALID,
     "X.1", "deep", 0, "X.1"},
    {400, "plain text", "h1", 0, ERR_INVALID, "400", "h1", 0, "\"plain text\""},
    // Both spellings: the first of the order wins; a message alone is kept.
    {400, "{\"code\":\"B\",\"message\":\"b\",\"error_code\":\"A\",\"error_msg\":\"a\"}", "", 0,
     ERR_INVALID, "A", "", 0, "A: \"a\""},
    {400, "{\"error_msg\":\"only text\"}", "", 0, ERR_INVALID, "400", "", 0, "\"only text\""},
    {400, "{\"error_code\":null,\"error_msg\":null,\"code\":\"C\",\"message\":\"c\"}", "", 0,
     ERR_INVALID, "C", "", 0, "C: \"c\""},
    // What is no error object.
    {400, "", "", 0, ERR_INVALID, "400", "", 0, "HTTP 400"},
    {400, "[]", "", 0, ERR_INVALID, "400", "", 0, "HTTP 400"},
    {400, "{}", "", 0, ERR_INVALID, "400", "", 0, "HTTP 400"},
    {400, "{\"a\":{\"b\":{\"c\":{\"d\":{\"e\":{\"code\":\"deep\"}}}}}}", "", 0, ERR_INVALID, "400",
     "", 0, "HTTP 400"},
    {400, "\x1b[31m\xff", "bad\x01id", 0, ERR_INVALID, "400", "bad\x01id", 0, "\\x1b[31m\\xff"},
    // "Does not exist" is 400 with SecMaster, not 404.
    {400, SECMASTER("20030005"), "", 0, ERR_NOT_FOUND, "SecMaster.20030005", "", 0, "text"},
    {400, SECMASTER("00092013"), "", 0, ERR_NOT_FOUND, "SecMaster.00092013", "", 0, "text"},
    {400, SECMASTER("20010001"), "", 0, ERR_INVALID, "SecMaster.20010001", "", 0, "text"},
    {400, SECMASTER("20030002"), "", 0, ERR_INVALID, "SecMaster.20030002", "", 0, "text"},
    {500, SECMASTER("20030005"), "", 0, ERR_UNAVAILABLE, "SecMaster.20030005", "", 0, "text"},
    {404, SECMASTER("20030005"), "", 0, ERR_NOT_FOUND, "SecMaster.20030005", "", 0, "text"},
    {404, "{}", "", 0, ERR_NOT_FOUND, "404", "", 0, "HTTP 404"},
    {404, GATEWAY("0101"), "", 0, ERR_INVALID, "APIGW.0101", "", 0, "base_url"},
    {404, "{\"error_code\":\"APIG.0101\",\"error_msg\":\"x\"}", "", 0, ERR_INVALID, "APIG.0101", "",
     0, "base_url"},
    {404, "<html>Not Found</html>", "", 0, ERR_INVALID, "404", "", 0, "base_url"},
    // Denied.
    {401, GATEWAY("0301"), "", 0, ERR_DENIED, "APIGW.0301", "", 0, "HTTP 401"},
    {401, SECMASTER("90010015"), "", 0, ERR_DENIED, "SecMaster.90010015", "", 0, "HTTP 401"},
    {403, GATEWAY("0302"), "", 0, ERR_DENIED, "APIGW.0302", "", 0, "HTTP 403"},
    // Throttled: the header, else the window in the text.
    {429, THROTTLED("1 minute"), "", 0, ERR_UNAVAILABLE, "APIGW.0308", "r", 60000, "HTTP 429"},
    {429, THROTTLED("1 minute"), "", 7000, ERR_UNAVAILABLE, "APIGW.0308", "r", 7000, "HTTP 429"},
    {429, THROTTLED("5 second"), "", 0, ERR_UNAVAILABLE, "APIGW.0308", "r", 5000, "HTTP 429"},
    {429, THROTTLED("30 seconds"), "", 0, ERR_UNAVAILABLE, "APIGW.0308", "r", 30000, "HTTP 429"},
    {429, THROTTLED("2 hours"), "", 0, ERR_UNAVAILABLE, "APIGW.0308", "r", 3600000, "HTTP 429"},
    {429, THROTTLED("9223372036854775807 minute"), "", 0, ERR_UNAVAILABLE, "APIGW.0308", "r",
     3600000, "HTTP 429"},
    {429, THROTTLED("99999999999999999999 minute"), "", 0, ERR_UNAVAILABLE, "APIGW.0308", "r", 0,
     "HTTP 429"},
    {429, THROTTLED("1 fortnight"), "", 0, ERR_UNAVAILABLE, "APIGW.0308", "r", 0, "HTTP 429"},
    {429, THROTTLED(""), "", 0, ERR_UNAVAILABLE, "APIGW.0308", "r", 0, "HTTP 429"},
    {429, "slow down", "", 0, ERR_UNAVAILABLE, "429", "", 0, "slow down"},
    {403, THROTTLED("1 minute"), "", 0, ERR_UNAVAILABLE, "APIGW.0308", "r", 60000, "HTTP 403"},
    // Other side's faults.
    {500, SECMASTER("00040011"), "h1", 0, ERR_UNAVAILABLE, "SecMaster.00040011", "h1", 0, "text"},
    {502, GATEWAY("0201"), "", 0, ERR_UNAVAILABLE, "APIGW.0201", "", 0, "text"},
    {503, "<html><body>Service Unavailable</body></html>", "", 3000, ERR_UNAVAILABLE, "503", "",
     3000, "Service Unavailable"},
    {503, "", "", 0, ERR_UNAVAILABLE, "503", "", 0, "HTTP 503"},
    {504, "", "", 0, ERR_UNAVAILABLE, "504", "", 0, "HTTP 504"},
    {408, "", "", 0, ERR_UNAVAILABLE, "408", "", 0, "HTTP 408"},
    // Ours.
    {400, GATEWAY("0106"), "", 5000, ERR_INVALID, "APIGW.0106", "", 0, "text"},
    {405, "", "", 0, ERR_INVALID, "405", "", 0, "HTTP 405"},
    {414, "", "", 0, ERR_INVALID, "414", "", 0, "HTTP 414"},
    {494, "", "", 0, ERR_INVALID, "494", "", 0, "HTTP 494"},
    {301, "", "", 0, ERR_INVALID, "301", "", 0, "redirects are not followed"},
    {302, "<a>", "", 0, ERR_INVALID, "302", "", 0, "redirects are not followed"},
    // An answer that is none.
    {200, "", "h1", 0, ERR_CORRUPT, "200", "h1", 0, "without a body"},
    {204, "", "", 0, ERR_CORRUPT, "204", "", 0, "HTTP 204"},
    {206, "{\"uuid\":", "", 0, ERR_CORRUPT, "206", "", 0, "HTTP 206"},
};

Test(secmaster_error, each_answer_has_its_meaning)
{
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        const struct row *row = &ROWS[i];
        struct err err = ERR_INIT;
        const struct secmaster_answer answer = {.status = row->status,
                                                .body = row->body,
                                                .len = strlen(row->body),
                                                .request_id = row->request_id,
                                                .retry_after_ms = row->retry_after_ms};
        enum err_kind kind = secmaster_judge(&answer, &err);
        cr_expect_eq(kind, row->kind, "row %zu: %s: %s", i, err_kind_text(kind), err.message);
        cr_expect_eq(err.kind, kind, "row %zu", i);
        cr_expect_str_eq(err.upstream_code, row->code, "row %zu: %s", i, err.upstream_code);
        cr_expect_str_eq(err.upstream_request_id, row->upstream_request_id, "row %zu: %s", i,
                         err.upstream_request_id);
        cr_expect_eq(err.retry_after_ms, row->wait_ms, "row %zu: %lld", i, err.retry_after_ms);
        cr_expect_not_null(strstr(err.message, row->text), "row %zu: %s", i, err.message);
        bool is_throttled = row->status == 429 || strcmp(row->code, "APIGW.0308") == 0 ||
                            (row->status == 503 && row->retry_after_ms > 0);
        cr_expect_eq(err.is_throttled, is_throttled, "row %zu", i);
    }
}

Test(secmaster_error, a_200_with_a_body_is_none)
{
    struct err err = ERR_INIT;
    const struct secmaster_answer answer = {
        .status = 200, .body = "x", .len = 1, .request_id = "r"};
    cr_expect_eq(secmaster_judge(&answer, &err), ERR_OK);
    cr_expect_eq(err.kind, ERR_OK);
}

// Codes, ids and texts without end are cut; a body past the limit is not parsed.
Test(secmaster_error, long_texts_are_cut)
{
    enum { LEN = 200 * 1024 };
    char *body = malloc(LEN + 1);
    cr_assert_not_null(body);
    static const char head[] = "{\"error_code\":\"";
    const size_t lens[] = {500, 5000, LEN};
    for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
        memset(body, 'C', lens[i]);
        memcpy(body, head, sizeof(head) - 1);
        memcpy(body + lens[i] - 2, "\"}", 2);
        body[lens[i]] = '\0';
        struct err err = ERR_INIT;
        const struct secmaster_answer answer = {
            .status = 400, .body = body, .len = lens[i], .request_id = ""};
        cr_expect_eq(secmaster_judge(&answer, &err), ERR_INVALID);
        cr_expect_lt(strlen(err.message), 700);
        bool is_parsed = lens[i] <= 64 * 1024;
        cr_expect_eq(err.upstream_code[0], is_parsed ? 'C' : '4', "%zu bytes: %s", lens[i],
                     err.upstream_code);
    }
    free(body);
}
