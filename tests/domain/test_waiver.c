// SPDX-License-Identifier: MIT
#include "base/limits.h"
#include "base/mem.h"
#include "domain/waiver.h"
#include "malformed.h"

#include <criterion/criterion.h>
#include <string.h>

static enum err_kind load_any(const char *json, size_t len, struct diags *diags, struct err *err,
                              size_t *count_out)
{
    struct waiver_set set = {0};
    enum err_kind kind = waiver_set_load(&set, json, len, "test.json", diags, err);
    *count_out = set.count;
    waiver_set_deinit(&set);
    return kind;
}

static enum err_kind load(const char *json, size_t len, struct diags *diags, struct err *err)
{
    size_t count;
    enum err_kind kind = load_any(json, len, diags, err, &count);
    cr_expect_eq(count, 0, "nothing is loaded from %s", json);
    return kind;
}

static enum err_kind load_one(const char *json, size_t len, struct diags *diags, struct err *err)
{
    size_t count;
    enum err_kind kind = load_any(json, len, diags, err, &count);
    cr_expect_eq(count, 1, "only one is loaded from %s", json);
    return kind;
}

static const struct malformed_row DOCUMENTS[] = {
    {"cut", "{'waivers': [\n", "waiver.json", NULL, 2, "near end of file"},
    {"member twice", "{'waivers': [],\n\n'waivers': []}", "waiver.duplicate", NULL, 3,
     "duplicate object key"},
    {"array", "[]", "waiver.type", "", 0, "an array; an object is right"},
    {"no list", "{}", "waiver.shape", "", 0, "{\"waivers\": [...]} is right"},
    {"other list", "{'attestations': []}", "waiver.shape", "", 0, "\"waivers\" is missing"},
    {"list is null", "{'waivers': null}", "waiver.type", "/waivers", 0, "null; an array"},
};

// What a right waiver has beside what a row is about.
#define IDS          "'rule': 'r', 'resource': '*', 'reason': 'why', 'approver': 'role'"
#define REST         IDS ", 'until': '2027-01-01'"
#define ONE(members) "{'waivers': [{" members "}]}"

static const struct malformed_row ENTRIES[] = {
    {"text", "{'waivers': ['w']}", "waiver.type", "/waivers/0", 0, "text; an object is right"},
    {"no id", ONE(REST), "waiver.missing", "/waivers/0", 0, "\"id\" is missing"},
    {"no until", ONE("'id': 'w', " IDS), "waiver.missing", "/waivers/0", 0, "\"until\" is missing"},
    {"no rule",
     ONE("'id': 'w', 'resource': '*', 'reason': 'x', 'approver': 'y', 'until': '2027-01-01'"),
     "waiver.missing", "/waivers/0", 0, "\"rule\" is missing"},
    {"no resource",
     ONE("'id': 'w', 'rule': '*', 'reason': 'x', 'approver': 'y', 'until': '2027-01-01'"),
     "waiver.missing", "/waivers/0", 0, "\"resource\" is missing"},
    {"empty reason",
     ONE("'id': 'w', 'rule': '*', 'resource': '*', 'reason': '', 'approver': 'y', 'until': "
         "'2027-01-01'"),
     "waiver.empty", "/waivers/0/reason", 0, "text is required"},
    {"no approver",
     ONE("'id': 'w', 'rule': '*', 'resource': '*', 'reason': 'x', 'until': '2027-01-01'"),
     "waiver.missing", "/waivers/0", 0, "\"approver\" is missing"},
    {"until no time", ONE("'id': 'w', " IDS ", 'until': 'soon'"), "waiver.time", "/waivers/0/until",
     0, "\"2026-11-21\" or \"2026-11-21T19:30:44Z\" is right"},
    {"until no day", ONE("'id': 'w', " IDS ", 'until': '2027-02-30'"), "waiver.time",
     "/waivers/0/until", 0, "no time"},
    {"until a number", ONE("'id': 'w', " IDS ", 'until': 1800000000"), "waiver.type",
     "/waivers/0/until", 0, "an integer; text is right"},
    {"until before from", ONE("'id': 'w', 'from': '2027-01-02', " REST), "waiver.range",
     "/waivers/0/until", 0, "not after \"from\""},
    {"until is from", ONE("'id': 'w', 'from': '2027-01-01T00:00:00Z', " REST), "waiver.range",
     "/waivers/0/until", 0, "not after \"from\""},
    {"misspelt from", ONE("'id': 'w', 'form': '2026-01-01', " REST), "waiver.member.unknown",
     "/waivers/0/form", 0, "did you mean \"from\"?"},
    {"category", ONE("'id': 'w', 'category': 'false_positive', " REST), "waiver.value",
     "/waivers/0/category", 0, "did you mean \"false-positive\"?"},
    {"ticket a number", ONE("'id': 'w', 'ticket': 12, " REST), "waiver.type", "/waivers/0/ticket",
     0, "an integer; text is right"},
};

static const struct malformed_row PAIRS[] = {
    {"id taken", "{'waivers': [{'id': 'w', " REST "}, {'id': 'w', " REST "}]}", "waiver.taken",
     "/waivers/1/id", 0, "an earlier entry has the same \"id\""},
    {"first of two", "{'waivers': [{'id': '', " REST "}, {'id': 'w', " REST "}]}", "waiver.empty",
     "/waivers/0/id", 0, "text is required"},
    {"the id of a bad one is free",
     "{'waivers': [{'id': 'w', 'x': 1, " REST "}, {'id': 'w', " REST "}]}", "waiver.member.unknown",
     "/waivers/0/x", 0, "unknown member"},
};

Test(waiver_malformed, documents_of_another_shape_fail_the_load)
{
    malformed_run(DOCUMENTS, ARRAY_LEN(DOCUMENTS), load, ERR_INVALID);
}

Test(waiver_malformed, a_bad_entry_is_left_out_with_one_error)
{
    malformed_run(ENTRIES, ARRAY_LEN(ENTRIES), load, ERR_OK);
    malformed_run(PAIRS, ARRAY_LEN(PAIRS), load_one, ERR_OK);
}

Test(waiver_malformed, limits_are_named)
{
    char *entries = repeat("0", ",", LIMIT_WAIVERS + 1);
    char *json = mem_format("{\"waivers\": [%s]}", entries);
    struct diags diags;
    diags_init(&diags);
    struct err err = ERR_INIT;
    cr_expect_eq(load(json, strlen(json), &diags, &err), ERR_LIMIT);
    cr_expect_str_eq(err.message, "test.json: there are too many waivers; at most 100000 are taken "
                                  "(at /waivers)");
    diags_deinit(&diags);
    mem_free(&json);
    mem_free(&entries);
}

Test(waiver, every_member_is_read)
{
    char *json = json_of("{'waivers': [{'id': 'w1', 'rule': 'net.*', 'resource': 'vm-?',"
                         "'reason': 'why', 'approver': 'role', 'category': 'mitigated',"
                         "'ticket': 'T-1', 'from': '2026-01-01', 'until': '2026-01-01T01:00:00Z'},"
                         "{'id': 'w2', " REST "}]}");
    struct waiver_set set = {0};
    struct diags diags;
    diags_init(&diags);
    struct err err = ERR_INIT;
    cr_assert_eq(waiver_set_load(&set, json, strlen(json), "w.json", &diags, &err), ERR_OK);
    cr_assert_eq(set.count, 2);
    const struct waiver *waiver = &set.items[0];
    cr_expect_str_eq(waiver->id, "w1");
    cr_expect_str_eq(waiver->rule, "net.*");
    cr_expect_str_eq(waiver->resource, "vm-?");
    cr_expect_str_eq(waiver->reason, "why");
    cr_expect_str_eq(waiver->approver, "role");
    cr_expect_str_eq(waiver->category, "mitigated");
    cr_expect_str_eq(waiver->ticket, "T-1");
    cr_expect_eq(waiver->from_ms, 1767225600000); // date -ud 2026-01-01 +%s
    cr_expect_eq(waiver->until_ms, 1767225600000 + 3600000);
    cr_expect_str_eq(set.items[1].category, "accepted");
    cr_expect_str_eq(set.items[1].ticket, "");
    cr_expect_eq(set.items[1].from_ms, 0);
    cr_expect_str_eq(set.file, "w.json");
    cr_expect_str_eq(set.items[1].pointer, "/waivers/1");
    cr_expect_eq(strlen(set.digest), 64);
    cr_expect_eq(diags.count, 0);
    waiver_set_deinit(&set);
    cr_expect_eq(set.count, 0);
    diags_deinit(&diags);
    mem_free(&json);
}

Test(waiver, is_in_force_from_its_beginning_until_just_before_its_end)
{
    const struct waiver waiver = {.from_ms = 1000, .until_ms = 2000};
    cr_expect_eq(waiver_state_at(&waiver, 999), WAIVER_NOT_YET);
    cr_expect_eq(waiver_state_at(&waiver, 1000), WAIVER_IN_FORCE);
    cr_expect_eq(waiver_state_at(&waiver, 1999), WAIVER_IN_FORCE);
    cr_expect_eq(waiver_state_at(&waiver, 2000), WAIVER_LAPSED);
    const struct waiver since_ever = {.until_ms = 2000};
    cr_expect_eq(waiver_state_at(&since_ever, 0), WAIVER_IN_FORCE);
}
