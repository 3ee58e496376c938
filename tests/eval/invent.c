// SPDX-License-Identifier: MIT
#include "invent.h"

#include "base/check.h"

#include <stdbool.h>

#define PICK(chance, list) ((list)[chance_below((chance), (uint32_t)ARRAY_LEN(list))])

// splitmix64 (Vigna, public domain constants).
static uint64_t next(struct chance *chance)
{
    chance->state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t mixed = chance->state;
    mixed = (mixed ^ mixed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
    return mixed ^ mixed >> 31;
}

uint32_t chance_below(struct chance *chance, uint32_t below)
{
    return (uint32_t)((next(chance) >> 32) * below >> 32);
}

static bool one_in(struct chance *chance, uint32_t count)
{
    return chance_below(chance, count) == 0;
}

// ---- Values -------------------------------------------------------------------------------------

static const char *const TEXTS[] = {
    "\"a\"",
    "\"A\"",
    "\"b\"",
    "\"5\"",
    "\"5.0\"",
    "\" 5\"",
    "\"-1e2\"",
    "\"true\"",
    "\"null\"",
    "\"prod-web\"",
    "\"PROD-WEB\"",
    "\"prod-web-0123456789abcdef0123456789\"",
    "\"cHJvZA==\"",
    "\"no base64!\"",
    "\"10.0.0.0/8\"",
    "\"10.1.2.3\"",
    "\"fe80::1\"",
    "\"0.0.0.0/0\"",
    "\"2026-01-01\"",
    "\"2026-09-21T10:00:00Z\"",
    "\"1.2.3\"",
    "\"1.10\"",
    "\"v1.2.3-rc.1\"",
    "\"\\u00e9\\u4e2d\"",
    "\"\xc3\xa9\xe4\xb8\xad\"",
    "\"\\ud83d\\ude00\"",
    "\"a\\nb\\t\\\"c\\\\\"",
    "\"a/b\"",
    "\"a\\/b\"",
    "\"{\\\"x\\\": 5, \\\"y\\\": [\\\"a\\\", null]}\"",
    "\"{\\\"x\\\": \"",
};

static const char *const NUMBERS[] = {
    "0",
    "1",
    "4",
    "5",
    "5.0",
    "50e-1",
    "-1",
    "-0",
    "0.1",
    "100",
    "7",
    "1e2",
    "9007199254740993",
    "9007199254740992.0",
    "2.5",
    "2e9",
    "8",
    "123456789",
    "99999999",
    "18446744073709551616", // no integer of jansson
};

static void invent_scalar(struct chance *chance, struct buf *out)
{
    static const char *const OTHERS[] = {"true", "false", "null", "\"\""};
    uint32_t kind = chance_below(chance, 10);
    const char *text = kind < 5   ? PICK(chance, TEXTS)
                       : kind < 8 ? PICK(chance, NUMBERS)
                                  : PICK(chance, OTHERS);
    (void)buf_append_text(out, text);
}

static void invent_value(struct chance *chance, int depth, struct buf *out);

static void invent_list(struct chance *chance, int depth, struct buf *out)
{
    uint32_t count = chance_below(chance, 4);
    (void)buf_append_char(out, '[');
    for (uint32_t i = 0; i < count; i++) {
        (void)buf_append_text(out, i > 0 ? "," : "");
        invent_value(chance, depth + 1, out);
    }
    (void)buf_append_char(out, ']');
}

static const char *const NAMES[] = {"a", "b", "c", "d", "k", "n", "list", "doc", "a-b", "\xc3\xa9"};

static void invent_members(struct chance *chance, int depth, struct buf *out)
{
    bool is_first = true;
    for (size_t i = 0; i < ARRAY_LEN(NAMES); i++) {
        if (chance_below(chance, 3) > 0) {
            continue;
        }
        (void)buf_append_format(out, "%s\"%s\":", is_first ? "" : ",", NAMES[i]);
        invent_value(chance, depth + 1, out);
        is_first = false;
    }
    if (one_in(chance, 200)) {
        (void)buf_append_format(out, "%s\"a\":1,\"\\u0061\":2", is_first ? "" : ",");
    }
}

static void invent_value(struct chance *chance, int depth, struct buf *out)
{
    enum { DEPTH = 3 };
    uint32_t kind = chance_below(chance, 10);
    if (depth >= DEPTH || kind < 6) {
        invent_scalar(chance, out);
    } else if (kind < 8) {
        invent_list(chance, depth, out);
    } else {
        (void)buf_append_char(out, '{');
        invent_members(chance, depth, out);
        (void)buf_append_char(out, '}');
    }
}

// ---- Rules --------------------------------------------------------------------------------------

static void invent_place(struct chance *chance, struct buf *out)
{
    static const char *const OF_CONFIGURATION[] = {
        "$.a",
        "$.b",
        "$.c",
        "$.d",
        "$.d.a",
        "$.d.k",
        "$.list",
        "$.list[0]",
        "$.list[-1]",
        "$.list[1].k",
        "$.doc",
        "$['a-b']",
        "$[\\\"a\\\"]",
        "$.n",
        "$.k",
        "$.list[*]",
        "$.*",
        "$..k",
        "$['a','b']",
        "$.list[1:]",
        "$.list[?@.k]",
        "$.list[?@.k == 5].n",
        "$.list[?(@.n > 1 && @.k != 'a')]",
        "$",
        "$[?length(@) > 2]",
        "$..list[0]",
        "$.d[?match(@, 'a.*')]",
        "$.a-b",
        "$.list[(@.length-1)]",
    };
    static const char *const OF_RESOURCE[] = {
        "$.regionId",  "$.resourceName",    "$.tags.env", "$.tags",  "$.resourceGroupId",
        "$.accountId", "$.configuration.a", "$..env",     "$.extra",
    };
    static const char *const OF_FIELD[] = {"$.x", "$.y", "$.y[0]", "$..x"};
    uint32_t kind = chance_below(chance, 10);
    const char *source = kind < 7   ? "CONFIGURATION"
                         : kind < 9 ? "RESOURCE"
                                    : "CONFIGURATION_FIELD_doc";
    const char *path = kind < 7   ? PICK(chance, OF_CONFIGURATION)
                       : kind < 9 ? PICK(chance, OF_RESOURCE)
                                  : PICK(chance, OF_FIELD);
    (void)buf_append_format(out, "\"featureSource\":\"%s\",\"featurePath\":\"%s\"", source, path);
}

static void invent_list_of(struct chance *chance, const char *const *words, uint32_t count,
                           struct buf *out)
{
    uint32_t length = 1 + chance_below(chance, 3);
    (void)buf_append_char(out, '[');
    for (uint32_t i = 0; i < length; i++) {
        (void)buf_append_format(out, "%s%s", i > 0 ? "," : "", words[chance_below(chance, count)]);
    }
    (void)buf_append_char(out, ']');
}

// What an operator is compared with, by kind; one in forty is of another kind, and wrong.
static void invent_desired(struct chance *chance, char kind, struct buf *out)
{
    static const char KINDS[] = "tlfncvdwp";
    static const char *const NETWORKS[] = {"\"10.0.0.0/8\"", "\"10.1.2.3\"", "\"::/0\""};
    static const char *const VERSIONS[] = {"\"1.2\"", "\"1.2.3\"", "\"2\""};
    static const char *const INSTANTS[] = {"\"2026-01-01\"", "\"2026-09-21T10:00:00Z\""};
    static const char *const WHOLES[] = {"0", "1", "2", "30"};
    static const char *const PATTERNS[] = {
        "\"^prod\"", "\"[0-9]+\"", "\"(a|b)c?\"",     "\"\\\\p{L}{2}$\"", "\"^.{3,5}$\"",
        "\"x*\"",    "\"o[cd]$\"", "\"-[0-9a-f]+$\"", "\"[a-z]{4}$\"",    "\"0$\""};
    char wanted = one_in(chance, 40) ? KINDS[chance_below(chance, sizeof(KINDS) - 1)] : kind;
    (void)buf_append_text(out, ",\"desired\":");
    switch (wanted) {
    case 'l':
        invent_list_of(chance, TEXTS, ARRAY_LEN(TEXTS), out);
        return;
    case 'n':
        (void)buf_append_text(out, NUMBERS[chance_below(chance, ARRAY_LEN(NUMBERS) - 1)]);
        return;
    case 'c':
        invent_list_of(chance, NETWORKS, ARRAY_LEN(NETWORKS), out);
        return;
    case 'v':
        (void)buf_append_text(out, PICK(chance, VERSIONS));
        return;
    case 'd':
        (void)buf_append_text(out, PICK(chance, INSTANTS));
        return;
    case 'w':
        (void)buf_append_text(out, PICK(chance, WHOLES));
        return;
    case 'p':
        (void)buf_append_text(out, PICK(chance, PATTERNS));
        return;
    default:
        (void)buf_append_text(out, PICK(chance, TEXTS));
    }
}

static void invent_clause(struct chance *chance, struct buf *out)
{
    static const struct {
        const char *name;
        char desired; // '-': none
    } OPERATORS[] = {
        {"StringEquals", 't'},
        {"NotStringEquals", 't'},
        {"StringIn", 'l'},
        {"NotStringIn", 'l'},
        {"StringContains", 'f'},
        {"NotStringContains", 'f'},
        {"Equals", 'n'},
        {"NotEquals", 'n'},
        {"Less", 'n'},
        {"LessOrEquals", 'n'},
        {"Greater", 'n'},
        {"GreaterOrEquals", 'n'},
        {"Base64Contains", 'f'},
        {"NotBase64Contains", 'f'},
        {"Base64ContainsAll", 'l'},
        {"Base64ExcludeAll", 'l'},
        {"Contains", 'f'},
        {"NotContains", 'f'},
        {"In", 'l'},
        {"NotIn", 'l'},
        {"ContainsAll", 'l'},
        {"ExcludeAll", 'l'},
        {"IsEmpty", '-'},
        {"IsStringEmpty", '-'},
        {"IsNotStringEmpty", '-'},
        {"StringMatches", 'p'},
        {"NotStringMatches", 'p'},
        {"CidrContains", 'c'},
        {"NotCidrContains", 'c'},
        {"CidrIn", 'c'},
        {"NotCidrIn", 'c'},
        {"CidrOverlaps", 'c'},
        {"NotCidrOverlaps", 'c'},
        {"DateBefore", 'd'},
        {"DateAfter", 'd'},
        {"AgeLess", 'w'},
        {"AgeGreaterOrEquals", 'w'},
        {"VersionEquals", 'v'},
        {"NotVersionEquals", 'v'},
        {"VersionLess", 'v'},
        {"VersionGreaterOrEquals", 'v'},
        {"CountEquals", 'w'},
        {"NotCountEquals", 'w'},
        {"CountGreater", 'w'},
        {"Nonsense", 't'},
    };
    static const char *const QUANTIFIERS[] = {"all", "any", "none"};
    size_t index = chance_below(chance, ARRAY_LEN(OPERATORS) - (one_in(chance, 100) ? 0 : 1));
    (void)buf_append_char(out, '{');
    invent_place(chance, out);
    (void)buf_append_format(out, ",\"operator\":\"%s\"", OPERATORS[index].name);
    if (OPERATORS[index].desired != '-') {
        invent_desired(chance, OPERATORS[index].desired, out);
    }
    if (one_in(chance, 20)) {
        (void)buf_append_format(out, ",\"quantifier\":\"%s\"", PICK(chance, QUANTIFIERS));
    }
    (void)buf_append_char(out, '}');
}

static void invent_condition(struct chance *chance, int depth, struct buf *out)
{
    enum { DEPTH = 3 };
    if (depth == DEPTH || chance_below(chance, 3) > 0) {
        invent_clause(chance, out);
        return;
    }
    uint32_t count = 1 + chance_below(chance, 3);
    (void)buf_append_format(out, "{\"operator\":\"%s\",\"children\":[",
                            one_in(chance, 2) ? "and" : "or");
    for (uint32_t i = 0; i < count; i++) {
        (void)buf_append_text(out, i > 0 ? "," : "");
        invent_condition(chance, depth + 1, out);
    }
    (void)buf_append_text(out, "]}");
}

static void invent_judgement(struct chance *chance, struct buf *out)
{
    static const char *const POLICIES[] = {
        "{\"allOf\":[{\"value\":\"${resource().properties.a}\",\"comparator\":\"equals\","
        "\"pattern\":\"a\"}]}",
        "{\"anyOf\":[{\"value\":\"${resource().properties.n}\",\"comparator\":\"greater\","
        "\"pattern\":4},"
        "{\"value\":\"${resource().tags}\",\"comparator\":\"notContainsKey\",\"pattern\":\"env\"}]"
        "}",
    };
    if (one_in(chance, 12)) {
        (void)buf_append_format(out, "\"policy_rule\":%s", PICK(chance, POLICIES));
    } else {
        (void)buf_append_text(out, "\"condition\":");
        invent_condition(chance, 0, out);
    }
}

void invent_rules(struct chance *chance, size_t count, struct buf *out)
{
    static const char *const TYPES[] = {"\"t\"", "\"u\"", "\"T\",\"u\""};
    static const char *const SCOPES[] = {
        "{\"regionIds\":[\"r1\"]}",
        "{\"tags\":[{\"key\":\"env\",\"value\":\"prod-web\"}]}",
        "{\"excludeResourceIds\":[\"i-7\"]}",
    };
    (void)buf_append_char(out, '[');
    for (size_t i = 0; i < count; i++) {
        (void)buf_append_format(
            out, "%s{\"id\":\"r%zu\",\"checkItems\":[{\"uuid\":\"a\"}],\"resourceTypes\":[%s],",
            i > 0 ? "," : "", i, PICK(chance, TYPES));
        if (one_in(chance, 10)) {
            (void)buf_append_format(out, "\"scope\":%s,", PICK(chance, SCOPES));
        }
        if (one_in(chance, 10)) {
            (void)buf_append_text(out, "\"missing\":\"INSUFFICIENT_DATA\",");
        }
        invent_judgement(chance, out);
        (void)buf_append_char(out, '}');
    }
    (void)buf_append_char(out, ']');
}

// ---- Records ------------------------------------------------------------------------------------

// A configuration may also stand as a text that holds it.
static void append_as_text(const struct buf *json, struct buf *out)
{
    (void)buf_append_char(out, '"');
    for (size_t i = 0; i < json->len; i++) {
        char c = buf_text(json)[i];
        if (c == '"' || c == '\\') {
            (void)buf_append_char(out, '\\');
        }
        (void)buf_append_char(out, c);
    }
    (void)buf_append_char(out, '"');
}

static void invent_configuration(struct chance *chance, struct buf *out)
{
    struct buf object;
    uint32_t kind = chance_below(chance, 12);
    if (kind == 0) {
        return;
    }
    (void)buf_append_text(out, ",\"configuration\":");
    if (kind == 1) {
        invent_scalar(chance, out);
        return;
    }
    buf_init(&object, 1024 * 1024);
    (void)buf_append_char(&object, '{');
    invent_members(chance, 0, &object);
    (void)buf_append_char(&object, '}');
    if (kind < 4) {
        append_as_text(&object, out);
    } else {
        (void)buf_append(out, buf_text(&object), object.len);
    }
    buf_deinit(&object);
}

static void invent_record(struct chance *chance, struct buf *out)
{
    static const char *const TYPES[] = {"t", "T", "u", "\\u0074", "other"};
    static const char *const TAGS[] = {"", ",\"tags\":{}", ",\"tags\":{\"env\":\"prod-web\"}",
                                       ",\"tags\":{\"env\":\"\",\"k\":\"a\"}", ",\"tags\":null"};
    (void)buf_append_format(out, "{\"resourceId\":\"i-%u\",\"resourceType\":\"%s\"",
                            chance_below(chance, 9), PICK(chance, TYPES));
    if (one_in(chance, 2)) {
        (void)buf_append_format(out, ",\"regionId\":\"r%u\"", chance_below(chance, 3));
    }
    if (one_in(chance, 2)) {
        (void)buf_append_format(out, ",\"resourceName\":%s", PICK(chance, TEXTS));
    }
    (void)buf_append_text(out, PICK(chance, TAGS));
    if (one_in(chance, 4)) {
        (void)buf_append_text(out, ",\"extra\":");
        invent_value(chance, 0, out);
    }
    invent_configuration(chance, out);
    (void)buf_append_char(out, '}');
}

// One byte is another, is gone, or is there twice.
static void damage(struct chance *chance, const struct buf *record, struct buf *out)
{
    static const char BYTES[] = "{}[]\",:\\ \t0a-.e\x01\xc3\xff";
    uint32_t at = chance_below(chance, (uint32_t)record->len);
    uint32_t kind = chance_below(chance, 3);
    const char *text = buf_text(record);
    (void)buf_append(out, text, at);
    if (kind == 0) {
        (void)buf_append_char(out, BYTES[chance_below(chance, sizeof(BYTES) - 1)]);
    } else if (kind == 1) {
        (void)buf_append_char(out, text[at]);
        (void)buf_append_char(out, text[at]);
    }
    (void)buf_append(out, text + at + 1, record->len - at - 1);
}

void invent_lines(struct chance *chance, size_t count, struct buf *out)
{
    static const char *const ENDS[] = {"\n", "\n", "\r\n", "\n\n", " \n"};
    struct buf record;
    buf_init(&record, 1024 * 1024);
    for (size_t i = 0; i < count; i++) {
        buf_reset(&record);
        invent_record(chance, &record);
        if (one_in(chance, 8)) {
            damage(chance, &record, out);
        } else {
            (void)buf_append(out, buf_text(&record), record.len);
        }
        (void)buf_append_text(out, PICK(chance, ENDS));
    }
    buf_deinit(&record);
}
