// SPDX-License-Identifier: MIT
#include "base/check.h"
#include "domain/trace.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define TRACE  "4bf92f3577b34da6a3ce929d0e0e4736"
#define PARENT "00f067aa0ba902b7"

static struct trace trace;

static bool parse(const char *text)
{
    trace = (struct trace){.trace_id = "kept"};
    return trace_parse(span_of(text), &trace);
}

// The examples of the specification (3.2.3), and what a later version may add (3.2.4).
Test(trace, what_is_right_is_read)
{
    static const struct {
        const char *text;
        bool is_sampled;
    } rows[] = {
        {"00-" TRACE "-" PARENT "-01", true},
        {"00-" TRACE "-" PARENT "-00", false},
        {"00-" TRACE "-" PARENT "-ff", true},
        {"00-" TRACE "-" PARENT "-fe", false},
        {"01-" TRACE "-" PARENT "-01", true},
        {"cc-" TRACE "-" PARENT "-01-what-the-future-brings", true},
        {"cc-" TRACE "-" PARENT "-00-", false},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        cr_expect(parse(rows[i].text), "%s", rows[i].text);
        cr_expect_str_eq(trace.trace_id, TRACE);
        cr_expect_str_eq(trace.parent_id, PARENT);
        cr_expect_eq(trace.is_sampled, rows[i].is_sampled, "%s", rows[i].text);
        cr_expect_str_eq(trace.state, "");
        char out[TRACE_PARENT_LEN + 1];
        trace_write_parent(&trace, out);
        cr_expect_str_eq(out, rows[i].is_sampled ? "00-" TRACE "-" PARENT "-01"
                                                 : "00-" TRACE "-" PARENT "-00");
    }
}

Test(trace, what_is_wrong_is_none)
{
    static const char *const texts[] = {
        "",
        "00",
        "00-" TRACE "-" PARENT,
        "00-" TRACE "-" PARENT "-",
        "00-" TRACE "-" PARENT "-0",
        "00-" TRACE "-" PARENT "-011",
        "00-" TRACE "-" PARENT "-01-",
        "00-" TRACE "-" PARENT "-01-x",
        "cc-" TRACE "-" PARENT "-01.x",
        "ff-" TRACE "-" PARENT "-01",
        "0x-" TRACE "-" PARENT "-01",
        "FF-" TRACE "-" PARENT "-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-" PARENT "-01",
        "00-" TRACE "-00F067AA0BA902B7-01",
        "00-" TRACE "-" PARENT "-0A",
        "00-00000000000000000000000000000000-" PARENT "-01",
        "00-" TRACE "-0000000000000000-01",
        "00_" TRACE "-" PARENT "-01",
        "00-" TRACE "_" PARENT "-01",
        "00-" TRACE "-" PARENT "_01",
        " 0-" TRACE "-" PARENT "-01",
        "00-g bf92f3577b34da6a3ce929d0e0e473-" PARENT "-01",
    };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        cr_expect_not(parse(texts[i]), "%s", texts[i]);
        cr_expect_str_eq(trace.trace_id, "kept", "%s", texts[i]);
    }
    cr_expect_not(trace_parse((struct span){NULL, 0}, &trace));
}

static const char *state_of(const char *first, const char *second)
{
    const struct span headers[] = {span_of(first), span_of(second)};
    cr_assert(parse("00-" TRACE "-" PARENT "-01"));
    (void)strcpy(trace.state, "old=1");
    trace_set_state(&trace, headers, ARRAY_LEN(headers));
    return trace.state;
}

Test(trace, a_state_is_passed_on)
{
    cr_expect_str_eq(state_of("rojo=00f067aa0ba902b7,congo=t61rcWkgMzE", ""),
                     "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE");
    cr_expect_str_eq(state_of("a=1 , \t,b=2", " c=3\t"), "a=1,b=2,c=3");
    cr_expect_str_eq(state_of("", ""), "");
    cr_expect_str_eq(state_of("1a-_*/@s1-_*/= ~!x", ""), "1a-_*/@s1-_*/= ~!x");
    cr_expect_str_eq(state_of("a= |b", ""), "a= |b");
}

Test(trace, a_state_that_is_wrong_is_none)
{
    static const char *const texts[] = {
        "a",      "=1",   "a=",    "A=1",    "1a=1",   "a=1,a=2",    "a=1;b=2=3",           "a@=1",
        "a@1s=1", "@s=1", "a b=1", "a=\x7f", "a=1\t2", "a=\xc3\xa9", "a@abcdefghijklmno=1",
    };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        cr_expect_str_eq(state_of("x=1", texts[i]), "", "%s", texts[i]);
        cr_expect_str_eq(trace.trace_id, TRACE, "the trace goes on");
    }
    char many[8 * (TRACE_STATE_MEMBERS_MAX + 1)] = "";
    for (int i = 0; i < TRACE_STATE_MEMBERS_MAX; i++) {
        (void)snprintf(many + strlen(many), sizeof(many) - strlen(many), "a%d=1,", i);
    }
    cr_expect_eq(strlen(state_of(many, "")), strlen(many) - 1);
    cr_expect_str_eq(state_of(many, "b=1"), "");
}

static void add(char *out, size_t size, const char *key, size_t value_len)
{
    size_t len = strlen(out);
    (void)snprintf(out + len, size - len, "%s%s=%0*d", len > 0 ? "," : "", key, (int)value_len, 0);
}

Test(trace, what_is_too_long_loses_long_members_and_then_the_last)
{
    char text[2048] = "";
    add(text, sizeof(text), "a", 98);
    add(text, sizeof(text), "long", 200);
    add(text, sizeof(text), "b", 98);
    add(text, sizeof(text), "c", 110); // 4 members, 518 bytes and commas
    const char *state = state_of(text, "");
    cr_expect(strstr(state, "long=") == NULL && strstr(state, "a=") == state, "%s", state);
    cr_expect(strstr(state, ",b=") != NULL && strstr(state, ",c=") != NULL, "%s", state);
    text[0] = '\0';
    for (char key[2] = "a"; key[0] <= 'f'; key[0]++) {
        add(text, sizeof(text), key, 100);
    }
    state = state_of(text, "");
    cr_expect_eq(strlen(state), 4 * 102 + 3, "%s", state);
    cr_expect(strstr(state, ",d=") != NULL && strstr(state, ",e=") == NULL, "%s", state);
    text[0] = '\0';
    for (char key[2] = "a"; key[0] <= 'd'; key[0]++) {
        add(text, sizeof(text), key, 125); // 4 of 127 and 3 commas: 511
    }
    cr_expect_str_eq(state_of(text, ""), text);
}

Test(trace, a_new_one_is_like_no_other)
{
    struct trace first;
    struct trace second;
    trace_begin(&first);
    trace_begin(&second);
    cr_expect_str_neq(first.trace_id, second.trace_id);
    cr_expect_str_neq(first.parent_id, second.parent_id);
    cr_expect_not(first.is_sampled);
    char out[TRACE_PARENT_LEN + 1];
    trace_write_parent(&first, out);
    cr_assert(parse(out));
    cr_expect_str_eq(trace.trace_id, first.trace_id);

    cr_assert(parse("00-" TRACE "-" PARENT "-01"));
    const struct span state = span_of("a=1");
    trace_set_state(&trace, &state, 1);
    const struct trace child = trace_child(&trace);
    cr_expect_str_eq(child.trace_id, TRACE);
    cr_expect_str_neq(child.parent_id, PARENT);
    cr_expect(child.is_sampled);
    cr_expect_str_eq(child.state, "a=1");
}
