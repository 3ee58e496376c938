// SPDX-License-Identifier: MIT
#include "gateway_error.h"

#include "base/text.h"

#include <criterion/criterion.h>
#include <string.h>

Test(gateway_error, rows_are_the_vendors)
{
    struct api_refusal refusal = {0};
    gateway_refuse(&refusal, GATEWAY_KEY_UNKNOWN, "");
    cr_expect_eq(refusal.status, 404);
    cr_expect_str_eq(refusal.code, "InvalidAccessKeyId.NotFound");
    cr_expect_str_eq(refusal.message, "Specified access key is not found.");
    gateway_refuse(&refusal, GATEWAY_TIME_EXPIRED, "It is late.");
    cr_expect_eq(refusal.status, 400);
    cr_expect_str_eq(refusal.code, "InvalidTimeStamp.Expired");
    cr_expect_str_eq(refusal.message, "Specified time stamp or date value is expired. It is late.");
}

Test(gateway_error, missing_and_invalid_carry_the_name)
{
    struct api_refusal refusal = {0};
    gateway_refuse_missing(&refusal, "CompliancePackId");
    cr_expect_eq(refusal.status, 400);
    cr_expect_str_eq(refusal.code, "MissingCompliancePackId");
    cr_expect_str_eq(refusal.message, "CompliancePackId is mandatory for this action.");
    gateway_refuse_invalid(&refusal, "Version", "2020-09-07 is right.");
    cr_expect_eq(refusal.status, 400);
    cr_expect_str_eq(refusal.code, "InvalidVersion");
    cr_expect_str_eq(refusal.message,
                     "Specified parameter Version is not valid. 2020-09-07 is right.");
}

Test(gateway_error, a_name_that_is_none_goes_into_no_code)
{
    // 49 bytes, one too many.
    static const char LONG_NAME[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    static const char *const NAMES[] = {"", "a b", "<script>", "é", "line\nend", "\xff", LONG_NAME};
    for (size_t i = 0; i < ARRAY_LEN(NAMES); i++) {
        struct api_refusal refusal = {0};
        gateway_refuse_invalid(&refusal, NAMES[i], "");
        cr_expect_str_eq(refusal.code, "InvalidParameter", "%s", NAMES[i]);
        cr_expect(text_is_utf8(refusal.message, strlen(refusal.message), NULL));
        cr_expect_null(strchr(refusal.message, '\n'));
        gateway_refuse_missing(&refusal, NAMES[i]);
        cr_expect_str_eq(refusal.code, "MissingParameter", "%s", NAMES[i]);
    }
    struct api_refusal refusal = {0};
    gateway_refuse_invalid(&refusal, "a b", "");
    cr_expect_str_eq(refusal.message, "Specified parameter \"a b\" is not valid.");
}

Test(gateway_error, a_long_detail_is_cut_between_characters)
{
    for (size_t shift = 0; shift < 4; shift++) {
        char detail[3 * API_MESSAGE_BYTES] = "";
        memset(detail, 'x', shift);
        for (size_t at = shift; at + 4 < sizeof(detail); at += 3) {
            memcpy(detail + at, "安", 4);
        }
        struct api_refusal refusal = {0};
        gateway_refuse(&refusal, GATEWAY_SIGNATURE_WRONG, detail);
        size_t len = strlen(refusal.message);
        cr_expect(text_is_utf8(refusal.message, len, NULL), "shift %zu", shift);
        cr_expect_gt(len, API_MESSAGE_BYTES - 8);
        cr_expect_str_eq(refusal.message + len - strlen("安…"), "安…");
    }
}

Test(gateway_error, the_longest_that_fits_is_whole)
{
    static const char SENTENCE[] = "Specified access key is not found. ";
    char detail[API_MESSAGE_BYTES + 1] = "";
    memset(detail, 'x', API_MESSAGE_BYTES - sizeof(SENTENCE));
    struct api_refusal refusal = {0};
    gateway_refuse(&refusal, GATEWAY_KEY_UNKNOWN, detail);
    cr_expect_eq(strlen(refusal.message), API_MESSAGE_BYTES - 1);
    cr_expect_null(strstr(refusal.message, "…"));
    detail[strlen(detail)] = 'x';
    gateway_refuse(&refusal, GATEWAY_KEY_UNKNOWN, detail);
    cr_expect_not_null(strstr(refusal.message, "x…"));
}

Test(gateway_error, bytes_that_are_no_text_are_replaced)
{
    struct api_refusal refusal = {0};
    gateway_refuse(&refusal, GATEWAY_KEY_UNKNOWN,
                   "a\xff"
                   "b");
    cr_expect_str_eq(refusal.message, "Specified access key is not found. a\xef\xbf\xbd"
                                      "b");
}
