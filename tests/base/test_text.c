// SPDX-License-Identifier: MIT
#include "base/mem.h"
#include "base/text.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <string.h>

// The byte that is the first wrong one, -1 where all are right. RFC 3629, section 4, and the
// boundaries on both sides of each range.
static const struct {
    const char *text;
    int bad;
} UTF8[] = {
    {"", -1},
    {"plain \x7f", -1},
    {"\xc2\x80", -1},
    {"\xdf\xbf", -1},
    {"\xe0\xa0\x80", -1},
    {"\xed\x9f\xbf", -1},
    {"\xee\x80\x80", -1},
    {"\xef\xbf\xbf", -1},
    {"\xf0\x90\x80\x80", -1},
    {"\xf4\x8f\xbf\xbf", -1},
    {"\x80", 0},             // continuation without a beginning
    {"a\xbf", 1},            //
    {"\xc0\x80", 0},         // overlong
    {"\xc1\xbf", 0},         //
    {"\xe0\x9f\xbf", 0},     //
    {"\xf0\x8f\xbf\xbf", 0}, //
    {"\xed\xa0\x80", 0},     // surrogates
    {"\xed\xbf\xbf", 0},     //
    {"\xf4\x90\x80\x80", 0}, // beyond U+10FFFF
    {"\xf5\x80\x80\x80", 0}, //
    {"\xff", 0},             //
    {"\xc3", 0},             // cut
    {"ab\xe2\x82", 2},       //
    {"\xf0\x9f\x98", 0},     //
    {"\xc3(", 0},            // a beginning without continuation
    {"\xe2(\xa1", 0},        //
};

Test(text, utf8)
{
    for (size_t i = 0; i < ARRAY_LEN(UTF8); i++) {
        size_t offset = SIZE_MAX;
        bool right = text_is_utf8(UTF8[i].text, strlen(UTF8[i].text), &offset);
        cr_expect_eq(right, UTF8[i].bad < 0, "row %zu", i);
        cr_expect_eq(offset, UTF8[i].bad < 0 ? SIZE_MAX : (size_t)UTF8[i].bad, "row %zu", i);
        cr_expect_eq(text_is_utf8(UTF8[i].text, strlen(UTF8[i].text), NULL), right);
    }
}

Test(text, integers)
{
    static const struct {
        const char *text;
        bool right;
        int64_t value;
    } ROWS[] = {
        {"0", true, 0},
        {"-0", true, 0},
        {"007", true, 7},
        {"-12", true, -12},
        {"9223372036854775807", true, INT64_MAX},
        {"-9223372036854775808", true, INT64_MIN},
        {"9223372036854775808", false, 0},
        {"-9223372036854775809", false, 0},
        {"99999999999999999999999", false, 0},
        {"", false, 0},
        {"-", false, 0},
        {"+1", false, 0},
        {" 1", false, 0},
        {"1 ", false, 0},
        {"1.0", false, 0},
        {"0x10", false, 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
        int64_t value = 99;
        bool right = text_to_int64(ROWS[i].text, strlen(ROWS[i].text), &value);
        cr_expect_eq(right, ROWS[i].right, "%s", ROWS[i].text);
        cr_expect_eq(value, right ? ROWS[i].value : 99, "%s: %" PRId64, ROWS[i].text, value);
    }
    int64_t value;
    cr_expect(text_to_int64("123456", 3, &value));
    cr_expect_eq(value, 123, "the length counts, not the NUL");
    cr_expect_not(text_to_int64("1\0", 2, &value));
}

Test(text, ids_and_printable_text)
{
    char longest[TEXT_ID_MAX + 2];
    memset(longest, 'a', sizeof(longest));
    cr_expect(text_is_id(longest, TEXT_ID_MAX));
    cr_expect_not(text_is_id(longest, TEXT_ID_MAX + 1));
    cr_expect(text_is_id("aZ09-_", 6));
    cr_expect_not(text_is_id("", 0));
    static const char WRONG[] = "./\\{}%:* \n\x7f\x80\xff@[`";
    for (size_t i = 0; i < sizeof(WRONG); i++) {
        cr_expect_not(text_is_id(&WRONG[i], 1), "byte 0x%02x", (unsigned char)WRONG[i]);
    }
    cr_expect(text_is_printable_ascii(" ~", 2));
    cr_expect(text_is_printable_ascii("", 0));
    cr_expect_not(text_is_printable_ascii("\x1f", 1));
    cr_expect_not(text_is_printable_ascii("\x7f", 1));
    cr_expect_not(text_is_printable_ascii("\x80", 1));
    cr_expect_not(text_is_printable_ascii("\0", 1));
}

Test(text, comparisons)
{
    cr_expect(text_starts_with("abc", "ab"));
    cr_expect(text_starts_with("abc", ""));
    cr_expect_not(text_starts_with("ab", "abc"));
    cr_expect(text_equals_ignore_case("aBc[", "AbC["));
    cr_expect_not(text_equals_ignore_case("[", "{"), "only letters have a case");
    cr_expect_not(text_equals_ignore_case("ab", "abc"));
    cr_expect_not(text_equals_ignore_case("abc", "ab"));
    cr_expect_not(text_equals_ignore_case("\xc3\xa4", "\xc3\x84"), "ASCII only");
}

static void expect_quoted(const char *text, size_t len, size_t max, const char *wanted)
{
    struct buf out;
    buf_init(&out, 1000);
    text_quote(&out, text, len, max);
    cr_expect_str_eq(buf_text(&out), wanted, "%s", buf_text(&out));
    cr_expect_str_eq(text_quoted_of((struct span){text, len}, max).text, wanted);
    buf_deinit(&out);
}

Test(text, quote_of_the_longest_kind_fits)
{
    char bytes[TEXT_QUOTED_MAX + 4];
    memset(bytes, '\x01', sizeof(bytes));
    const struct span controls = {bytes, sizeof(bytes)};
    const struct text_quoted quoted = text_quoted_of(controls, TEXT_QUOTED_MAX);
    cr_expect_eq(strlen(quoted.text), sizeof(quoted.text) - 1);
    memcpy(bytes + TEXT_QUOTED_MAX - 1, "\xf0\x9f\x94\x91", 4);
    const struct text_quoted key = text_quoted_of(controls, TEXT_QUOTED_MAX);
    cr_expect_not_null(strstr(key.text, "\\x01\xf0\x9f\x94\x91…\""));
}

Test(text, quote_makes_any_bytes_readable)
{
    expect_quoted("", 0, 10, "\"\"");
    expect_quoted("abc", 3, 3, "\"abc\"");
    expect_quoted("abcd", 4, 3, "\"abc…\"");
    expect_quoted("a\"b\\", 4, 10, "\"a\\\"b\\\\\"");
    expect_quoted("a\n\0\x1b\x7f", 5, 10, "\"a\\x0a\\x00\\x1b\\x7f\"");
    expect_quoted("\xff\xc3\xa9\xc3", 4, 10, "\"\\xffé\\xc3\"");
    expect_quoted("éé", 4, 1, "\"é…\"");
    expect_quoted("\xc2\x9b\x41", 3, 10, "\"\\xc2\\x9bA\"");
}

static void expect_shown(const char *text, size_t len, const char *wanted)
{
    struct buf out;
    struct buf again;
    buf_init(&out, 1000);
    buf_init(&again, 1000);
    text_show(&out, text, len);
    cr_expect_str_eq(buf_text(&out), wanted, "%s", buf_text(&out));
    text_show(&again, buf_text(&out), out.len);
    cr_expect_str_eq(buf_text(&again), wanted, "shown again: %s", buf_text(&again));
    buf_deinit(&again);
    buf_deinit(&out);
}

Test(text, show_leaves_nothing_that_a_terminal_acts_on)
{
    expect_shown("", 0, "");
    expect_shown("a \"key\\\"", 8, "a \"key\\\"");
    expect_shown("\x1b]0;x\a\r\n\0\x7f", 10, "\\x1b]0;x\\x07\\x0d\\x0a\\x00\\x7f");
    expect_shown("\xc2\x80\xc2\x9f\xc2\xa0", 6, "\\xc2\\x80\\xc2\\x9f\xc2\xa0");
    expect_shown("\xff"
                 "\xc3\xa9\xe6\xb1\x89\xc3",
                 7, "\\xff\xc3\xa9\xe6\xb1\x89\\xc3");
}

Test(text, percent_encoding_leaves_only_the_unreserved)
{
    struct buf out;
    buf_init(&out, 1000);
    static const char TEXT[] = "aZ09-._~ /%+*é\0";
    text_percent_encode(&out, TEXT, sizeof(TEXT) - 1);
    cr_expect_str_eq(buf_text(&out), "aZ09-._~%20%2F%25%2B%2A%C3%A9%00");
    buf_deinit(&out);
}

Test(text, hex_and_copy)
{
    char hex[7];
    text_hex((const unsigned char *)"\x00\x9f\xff", 3, hex);
    cr_expect_str_eq(hex, "009fff");
    cr_expect(text_is_hex("0123456789abcdef", 16));
    cr_expect(text_is_hex("09g", 2), "no further than its length");
    cr_expect_not(text_is_hex("0\0", 2));
    cr_expect_not(text_is_hex("0A", 2), "lower case only");
    cr_expect_not(text_is_hex("0g", 2));
    char small[4];
    cr_expect(text_copy(small, sizeof(small), "abc"));
    cr_expect_str_eq(small, "abc");
    cr_expect_not(text_copy(small, sizeof(small), "wxyz"));
    cr_expect_str_eq(small, "wxy");
    cr_expect_not(text_copy(small, 1, "a"));
    cr_expect_str_eq(small, "");
}

Test(text, trimming_takes_blanks_and_tabs)
{
    cr_expect(span_equals_text(span_trim(span_of("\t a b\t  ")), "a b"));
    cr_expect(span_equals_text(span_skip_blanks(span_of("\t a \t")), "a \t"));
    cr_expect(span_equals_text(span_trim(span_of("\na\r")), "\na\r"), "nothing else");
    cr_expect_eq(span_trim(span_of(" \t")).len, 0U);
    cr_expect_eq(span_trim((struct span){NULL, 0}).len, 0U);
}
