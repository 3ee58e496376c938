// SPDX-License-Identifier: MIT
#include "base/mem.h"
#include "domain/request.h"
#include "malformed.h"

#include <criterion/criterion.h>
#include <string.h>

#define FIELD(field_name, text)                                                                    \
    ((struct request_field){(field_name), strlen(field_name), (text), strlen(text)})
// The members of a field as a constant; the text may hold NUL.
#define GIVEN(field_name, text)                                                                    \
    {                                                                                              \
        (field_name), sizeof(field_name) - 1, (text), sizeof(text) - 1                             \
    }

static struct request request;

static struct request_verdict parse(const struct request_field *fields, size_t count)
{
    struct request_verdict verdict = request_parse(fields, count, &request);
    cr_expect_lt(strlen(verdict.message), sizeof(verdict.message) - 1, "the message is whole");
    cr_expect_eq(verdict.code == ANSWER_ACCEPTED, verdict.message[0] == '\0');
    return verdict;
}

Test(request, every_field_is_read)
{
    const struct request_field fields[] = {
        FIELD("Deadline", "1700000000000"),        FIELD("Language", "ZH-cn"),
        FIELD("RequestId", "6EC7AED1-172F"),       FIELD("ClientToken", "tok {en}/*"),
        FIELD("CompliancePackId", "cp-a8_Z"),      FIELD("Unknown", "\x01"),
        FIELD("AccountId", "1234567890123456789"), FIELD("accountid", "x"),
    };
    struct request_verdict verdict = parse(fields, ARRAY_LEN(fields));
    cr_expect_eq(verdict.code, ANSWER_ACCEPTED, "%s", verdict.message);
    cr_expect_str_eq(request.account_id, "1234567890123456789");
    cr_expect_str_eq(request.pack_id, "cp-a8_Z");
    cr_expect_str_eq(request.client_token, "tok {en}/*");
    cr_expect_str_eq(request.request_id, "6EC7AED1-172F");
    cr_expect_str_eq(request.language, "zh-cn");
    cr_expect_eq(request.deadline_ms, 1700000000000);
}

Test(request, only_account_and_pack_are_needed)
{
    const struct request_field fields[] = {FIELD("AccountId", "1"), FIELD("CompliancePackId", "p")};
    cr_expect_eq(parse(fields, 2).code, ANSWER_ACCEPTED);
    cr_expect_str_eq(request.client_token, "");
    cr_expect_str_eq(request.request_id, "");
    cr_expect_str_eq(request.language, "");
    cr_expect_eq(request.deadline_ms, 0);
}

Test(request, of_a_group_has_a_subject_and_a_fingerprint_of_its_own)
{
    const struct request_field fields[] = {FIELD("AccountId", "1"), FIELD("CompliancePackId", "p"),
                                           FIELD("AggregatorId", "ca-1")};
    char subject[SUBJECT_BYTES];
    char alone[REQUEST_FINGERPRINT_BYTES];
    char of_group[REQUEST_FINGERPRINT_BYTES];
    cr_expect_eq(parse(fields, 2).code, ANSWER_ACCEPTED);
    cr_expect_str_eq(request.aggregator_id, "");
    request_subject(&request, subject);
    cr_expect_str_eq(subject, "p");
    request_fingerprint(&request, alone);
    cr_expect_eq(parse(fields, 3).code, ANSWER_ACCEPTED);
    cr_expect_str_eq(request.aggregator_id, "ca-1");
    cr_expect_str_eq(request.pack_id, "p");
    request_subject(&request, subject);
    cr_expect_str_eq(subject, "ca-1.p");
    request_fingerprint(&request, of_group);
    cr_expect_str_neq(alone, of_group);
}

Test(request, of_an_account_as_a_whole_needs_no_pack)
{
    const struct request_field fields[] = {FIELD("AccountId", "1"), FIELD("Language", "zh-CN")};
    struct request_verdict verdict = request_parse_without_pack(fields, 2, &request);
    cr_expect_eq(verdict.code, ANSWER_ACCEPTED, "%s", verdict.message);
    cr_expect_str_eq(request.pack_id, "");
    cr_expect_str_eq(request.language, "zh-cn");
    cr_expect_eq(request_parse_without_pack(&fields[1], 1, &request).code, ANSWER_ACCOUNT_MISSING);
    const struct request_field wrong[] = {FIELD("AccountId", "1"), FIELD("Language", "de")};
    cr_expect_eq(request_parse_without_pack(wrong, 2, &request).code, ANSWER_PARAMETER_INVALID);
    cr_expect_eq(parse(fields, 2).code, ANSWER_PACK_MISSING);
}

#define TOKEN_64      "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define INVALID(name) "Specified parameter " name " is not valid. "

// One field beside a right AccountId and CompliancePackId.
static const struct {
    struct request_field field;
    const char *message; // "" when it is right
} OPTIONAL[] = {
    {GIVEN("ClientToken", TOKEN_64), ""},
    {GIVEN("ClientToken", " ~"), ""},
    {GIVEN("ClientToken", TOKEN_64 "x"),
     INVALID("ClientToken") "It has 65 characters; at most 64 are right."},
    {GIVEN("ClientToken", ""),
     INVALID("ClientToken") "It is empty; leave it out or give 1 to 64 ASCII characters."},
    {GIVEN("ClientToken", "a\x07z"),
     INVALID("ClientToken") "Byte 2 (0x07) is a control character; only printable ones are right."},
    {GIVEN("ClientToken", "a\0"),
     INVALID("ClientToken") "Byte 2 (0x00) is a control character; only printable ones are right."},
    {GIVEN("ClientToken", "\x7f"),
     INVALID("ClientToken") "Byte 1 (0x7f) is a control character; only printable ones are right."},
    {GIVEN("ClientToken", "tok\xc3\xa9"),
     INVALID("ClientToken") "Byte 4 (0xc3) is not ASCII; only ASCII characters are right."},
    {GIVEN("ClientToken", "\x80"),
     INVALID("ClientToken") "Byte 1 (0x80) is not ASCII; only ASCII characters are right."},
    {GIVEN("AggregatorId", TOKEN_64), ""},
    {GIVEN("AggregatorId", ""),
     INVALID("AggregatorId") "It is \"\"; 1 to 64 letters, digits, '-' and '_' are right."},
    {GIVEN("AggregatorId", "a.b"),
     INVALID("AggregatorId") "It is \"a.b\"; 1 to 64 letters, digits, '-' and '_' are right."},
    {GIVEN("RequestId", TOKEN_64), ""},
    {GIVEN("RequestId", ""),
     INVALID("RequestId") "It is \"\"; 1 to 64 letters, digits, '-' and '_' are right."},
    {GIVEN("RequestId", "1700000000000-0"),
     INVALID("RequestId") "It is \"1700000000000-0\"; "
                          "an id that is not two numbers with a '-' between is right."},
    {GIVEN("RequestId", "1-"), ""},
    {GIVEN("RequestId", "-1"), ""},
    {GIVEN("RequestId", "1-2-3"), ""},
    {GIVEN("RequestId", "1-2a"), ""},
    {GIVEN("RequestId", "12"), ""},
    {GIVEN("RequestId", "a.b"),
     INVALID("RequestId") "It is \"a.b\"; 1 to 64 letters, digits, '-' and '_' are right."},
    {GIVEN("Language", "en-us"), ""},
    {GIVEN("Language", "EN-US"), ""},
    {GIVEN("Language", "en"), INVALID("Language") "It is \"en\"; zh-cn or en-us is right."},
    {GIVEN("Language", ""), INVALID("Language") "It is \"\"; zh-cn or en-us is right."},
    {GIVEN("Language", "en-us\0"),
     INVALID("Language") "It is \"en-us\\x00\"; zh-cn or en-us is right."},
    {GIVEN("Language", "en-us-and-more"),
     INVALID("Language") "It is \"en-us-and-more\"; zh-cn or en-us is right."},
    {GIVEN("Deadline", "1"), ""},
    {GIVEN("Deadline", "0"),
     INVALID("Deadline") "It is \"0\"; a Unix time in milliseconds, above 0, is right."},
    {GIVEN("Deadline", "-5"),
     INVALID("Deadline") "It is \"-5\"; a Unix time in milliseconds, above 0, is right."},
    {GIVEN("Deadline", "9223372036854775808"),
     INVALID("Deadline") "It is \"9223372036854775808\"; a Unix time in milliseconds, above 0, is "
                         "right."},
    {GIVEN("Deadline", "1e3"),
     INVALID("Deadline") "It is \"1e3\"; a Unix time in milliseconds, above 0, is right."},
};

Test(request, optional_fields)
{
    for (size_t i = 0; i < ARRAY_LEN(OPTIONAL); i++) {
        const struct request_field fields[] = {FIELD("AccountId", "1"),
                                               FIELD("CompliancePackId", "p"), OPTIONAL[i].field};
        struct request_verdict verdict = parse(fields, ARRAY_LEN(fields));
        bool right = OPTIONAL[i].message[0] == '\0';
        cr_expect_eq(verdict.code, right ? ANSWER_ACCEPTED : ANSWER_PARAMETER_INVALID, "row %zu",
                     i);
        cr_expect_str_eq(verdict.message, OPTIONAL[i].message, "row %zu: %s", i, verdict.message);
        cr_expect_str_eq(request.account_id, "1", "what is right is kept");
        cr_expect_str_eq(request.pack_id, "p");
    }
}

Test(request, what_is_mandatory)
{
    const struct request_field both[] = {FIELD("AccountId", ""), FIELD("CompliancePackId", "")};
    cr_expect_eq(parse(both, 0).code, ANSWER_ACCOUNT_MISSING);
    cr_expect_eq(parse(both, 2).code, ANSWER_ACCOUNT_MISSING, "empty is missing");
    const struct request_field pack[] = {FIELD("CompliancePackId", "p")};
    struct request_verdict verdict = parse(pack, 1);
    cr_expect_eq(verdict.code, ANSWER_ACCOUNT_MISSING);
    cr_expect_str_eq(verdict.message, "AccountId is mandatory for this action.");
    cr_expect_str_eq(request.pack_id, "p");
    const struct request_field account[] = {FIELD("AccountId", "1")};
    verdict = parse(account, 1);
    cr_expect_eq(verdict.code, ANSWER_PACK_MISSING);
    cr_expect_str_eq(verdict.message, "CompliancePackId is mandatory for this action.");
}

static void expect_refused(struct request_field field, struct request_field other, const char *says)
{
    const struct request_field fields[] = {other, field};
    struct request_verdict verdict = parse(fields, ARRAY_LEN(fields));
    cr_expect_eq(verdict.code, ANSWER_PARAMETER_INVALID, "%s", field.value);
    cr_expect_not_null(strstr(verdict.message, says), "%s", verdict.message);
}

Test(request, ids_that_could_leave_their_place_are_refused)
{
    static const struct request_field PACKS[] = {
        GIVEN("CompliancePackId", "a/b"),       GIVEN("CompliancePackId", ".."),
        GIVEN("CompliancePackId", "."),         GIVEN("CompliancePackId", "{p}"),
        GIVEN("CompliancePackId", "%2e"),       GIVEN("CompliancePackId", "a\0b"),
        GIVEN("CompliancePackId", "a b"),       GIVEN("CompliancePackId", "\xff"),
        GIVEN("CompliancePackId", "a\nb"),      GIVEN("CompliancePackId", "*"),
        GIVEN("CompliancePackId", "p\xc3\xa9"), GIVEN("CompliancePackId", TOKEN_64 "x"),
    };
    for (size_t i = 0; i < ARRAY_LEN(PACKS); i++) {
        expect_refused(PACKS[i], FIELD("AccountId", "1"), INVALID("CompliancePackId"));
        cr_expect_str_eq(request.pack_id, "");
    }
    static const char *const ACCOUNTS[] = {"-1",  "1a",   " 1",  "1 ",
                                           "1.5", "../1", "{1}", "12345678901234567890"};
    for (size_t i = 0; i < ARRAY_LEN(ACCOUNTS); i++) {
        expect_refused(FIELD("AccountId", ACCOUNTS[i]), FIELD("CompliancePackId", "p"),
                       INVALID("AccountId"));
        cr_expect_str_eq(request.account_id, "");
    }
}

Test(request, values_of_any_size_and_content_are_quoted_cut_and_fit)
{
    static const char *const PIECES[] = {"x", "\x01", "\xff", "\"", "é"};
    for (size_t i = 0; i < ARRAY_LEN(PIECES); i++) {
        char *value = repeat(PIECES[i], "", 10240);
        expect_refused(FIELD("CompliancePackId", value), FIELD("AccountId", "1"), "…\"");
        expect_refused(FIELD("AccountId", value), FIELD("CompliancePackId", "p"), "…\"");
        mem_free(&value);
    }
}

Test(request, a_field_given_twice_is_refused)
{
    static const char *const NAMES[] = {"AccountId", "CompliancePackId", "ClientToken",
                                        "RequestId", "Language",         "Deadline"};
    static const char *const VALUES[] = {"1", "p", "t", "r", "en-us", "5"};
    for (size_t i = 0; i < ARRAY_LEN(NAMES); i++) {
        const struct request_field fields[] = {
            FIELD("AccountId", "1"), FIELD("CompliancePackId", "p"), FIELD(NAMES[i], VALUES[i]),
            FIELD(NAMES[i], VALUES[i])};
        struct request_verdict verdict = parse(fields, ARRAY_LEN(fields));
        char *wanted = mem_format(INVALID("%s") "It is given %d times; once is right.", NAMES[i],
                                  i < 2 ? 3 : 2);
        cr_expect_eq(verdict.code, ANSWER_PARAMETER_INVALID);
        cr_expect_str_eq(verdict.message, wanted, "%s", verdict.message);
        mem_free(&wanted);
    }
}

Test(request, the_first_fault_in_the_order_of_the_fields_is_told)
{
    const struct request_field fields[] = {FIELD("Deadline", "x"),         FIELD("Language", "x"),
                                           FIELD("RequestId", "."),        FIELD("ClientToken", ""),
                                           FIELD("CompliancePackId", "."), FIELD("AccountId", "x")};
    static const char *const ORDER[] = {"AccountId", "CompliancePackId", "ClientToken",
                                        "RequestId", "Language",         "Deadline"};
    struct request_field right[] = {FIELD("AccountId", "1"), FIELD("CompliancePackId", "p")};
    struct request_verdict verdict = parse(fields, 6);
    cr_expect_not_null(strstr(verdict.message, ORDER[0]));
    for (size_t left = 5; left > 0; left--) {
        struct request_field some[8];
        memcpy(some, fields, left * sizeof(*some));
        size_t added = left == 5 ? 1 : 2;
        memcpy(some + left, right, added * sizeof(*some));
        verdict = parse(some, left + added);
        cr_expect_not_null(strstr(verdict.message, ORDER[6 - left]), "%s", verdict.message);
    }
}

Test(request, the_fingerprint_is_that_of_what_a_token_stands_for)
{
    struct request first = {.account_id = "1", .pack_id = "p", .language = "en-us"};
    char base[REQUEST_FINGERPRINT_BYTES];
    char other[REQUEST_FINGERPRINT_BYTES];
    request_fingerprint(&first, base);
    cr_expect_eq(strlen(base), 64);
    // printf '1\np\nen-us\n' | sha256sum
    cr_expect_str_eq(base, "fd7f8f182bc09e6a9f22ec4b80bd8b75c8f5dd1b4682a7b7d1d1cd5f2abc19f3");

    struct request same = first;
    (void)text_copy(same.request_id, sizeof(same.request_id), "another");
    (void)text_copy(same.client_token, sizeof(same.client_token), "another");
    same.deadline_ms = 5;
    request_fingerprint(&same, other);
    cr_expect_str_eq(base, other, "what identifies the attempt does not count");

    const struct request differing[] = {
        {.account_id = "2", .pack_id = "p", .language = "en-us"},
        {.account_id = "1", .pack_id = "q", .language = "en-us"},
        {.account_id = "1", .pack_id = "p", .language = "zh-cn"},
        {.account_id = "1", .pack_id = "p"},
        {.account_id = "1p", .pack_id = "", .language = "en-us"},
    };
    for (size_t i = 0; i < ARRAY_LEN(differing); i++) {
        request_fingerprint(&differing[i], other);
        cr_expect_str_neq(base, other, "row %zu", i);
    }
}
