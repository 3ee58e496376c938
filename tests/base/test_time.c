// SPDX-License-Identifier: MIT
#include "base/clock.h"
#include "base/text.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <string.h>

Test(time, instants_are_written_in_utc_with_milliseconds)
{
    static const struct {
        int64_t unix_ms;
        const char *text;
    } ROWS[] = {
        {0, "1970-01-01T00:00:00.000Z"},
        {1, "1970-01-01T00:00:00.001Z"},
        {-1, "1969-12-31T23:59:59.999Z"},
        {-1000, "1969-12-31T23:59:59.000Z"},
        {1795289444123, "2026-11-21T19:30:44.123Z"},
        {951827696000, "2000-02-29T12:34:56.000Z"},
        {253402300799999, "9999-12-31T23:59:59.999Z"},
    };
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
        char text[TEXT_TIME_BYTES];
        text_time(ROWS[i].unix_ms, text);
        cr_expect_str_eq(text, ROWS[i].text, "%s", text);
    }
}

Test(time, the_ends_of_the_range_are_written_without_overflow)
{
    char text[TEXT_TIME_BYTES];
    text_time(INT64_MAX, text);
    cr_expect_str_eq(text, "292278994-08-17T07:12:55.807Z");
    text_time(INT64_MIN, text);
    cr_expect_str_eq(text, "-292275055-05-16T16:47:04.192Z");
}

static const struct {
    const char *text;
    int64_t unix_ms; // -1: refused
} TIMES[] = {
    {"1970-01-01", 0},
    {"2026-11-21", 1795219200000},
    {"2026-11-21T19:30:44Z", 1795289444000},
    {"2026-11-21t19:30:44z", 1795289444000},
    {"2026-11-21 19:30:44z", 1795289444000},
    {"2026-11-21T19:30:44.5Z", 1795289444500},
    {"2026-11-21T19:30:44.1239999Z", 1795289444123},
    {"2026-11-21T19:30:44+08:00", 1795260644000},
    {"2026-11-21T19:30:44-00:30", 1795291244000},
    {"2016-12-31T23:59:60Z", 1483228800000}, // a leap second is the next second
    {"2024-02-29", 1709164800000},
    {"2023-02-29", -1},
    {"2026-02-30T00:00:00Z", -1},
    {"2026-04-31", -1},
    {"2026-13-01", -1},
    {"2026-00-01", -1},
    {"2026-01-00", -1},
    {"2026-01-32", -1},
    {"1969-12-31", -1},
    {"2026-1-1", -1},
    {"26-01-01", -1},
    {"2026-01-01T", -1},
    {"2026-01-01T24:00:00Z", -1},
    {"2026-01-01T00:60:00Z", -1},
    {"2026-01-01T00:00:61Z", -1},
    {"2026-01-01T00:00:00", -1}, // without a zone it could be anywhere
    {"2026-01-01T00:00Z", -1},
    {"2026-01-01T00:00:00.Z", -1},
    {"2026-01-01T00:00:00+0800", -1},
    {"2026-01-01T00:00:00+24:00", -1},
    {"2026-01-01T00:00:00Zx", -1},
    {" 2026-01-01", -1},
    {"2026-01-01 ", -1},
    {"soon", -1},
    {"", -1},
};

Test(time, rfc_3339_is_read)
{
    for (size_t i = 0; i < ARRAY_LEN(TIMES); i++) {
        int64_t unix_ms = -2;
        bool right = text_parse_time(TIMES[i].text, &unix_ms);
        cr_expect_eq(right, TIMES[i].unix_ms >= 0, "%s", TIMES[i].text);
        cr_expect_eq(unix_ms, right ? TIMES[i].unix_ms : -2, "%s: %" PRId64, TIMES[i].text,
                     unix_ms);
    }
}

Test(time, what_is_written_is_read_back)
{
    for (int64_t unix_ms = 1; unix_ms < INT64_C(253402300799999); unix_ms = unix_ms * 3 + 7) {
        char text[TEXT_TIME_BYTES];
        text_time(unix_ms, text);
        int64_t again = 0;
        cr_expect(text_parse_time(text, &again), "%s", text);
        cr_expect_eq(again, unix_ms, "%s", text);
    }
}

Test(time, clocks_go_forward)
{
    int64_t before = clock_monotonic_ms();
    cr_expect_geq(clock_monotonic_ms(), before);
    cr_expect_gt(clock_wall_ms(), INT64_C(1700000000000));
}
