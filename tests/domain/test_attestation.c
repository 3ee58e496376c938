// SPDX-License-Identifier: MIT
#include "base/mem.h"
#include "domain/waiver.h"
#include "malformed.h"

#include <criterion/criterion.h>
#include <string.h>

static enum err_kind load(const char *json, size_t len, struct diags *diags, struct err *err)
{
    struct attestation_set set = {0};
    enum err_kind kind = attestation_set_load(&set, json, len, "test.json", diags, err);
    cr_expect_eq(set.count, 0, "nothing is loaded from %s", json);
    attestation_set_deinit(&set);
    return kind;
}

static const struct malformed_row DOCUMENTS[] = {
    {"text behind", "{'attestations': []}\n]", "attestation.json", NULL, 2, "end of file expected"},
    {"number", "3", "attestation.type", "", 0, "an integer; an object is right"},
    {"misspelt list", "{'atestations': []}", "attestation.shape", "", 0,
     "{\"attestations\": [...]} is right"},
    {"list is an object", "{'attestations': {}}", "attestation.type", "/attestations", 0,
     "an object; an array is right"},
};

#define ITEM         "'item': {'uuid': 'u'}"
#define BY           "'by': 'role', 'evidence': 'text'"
#define AT           "'at': '2026-01-01'"
#define ONE(members) "{'attestations': [{" members "}]}"

static const struct malformed_row ENTRIES[] = {
    {"no item", ONE("'outcome': 'COMPLIANT', " BY ", " AT), "attestation.missing",
     "/attestations/0", 0, "\"item\" is missing"},
    {"item text", ONE("'item': 'u', 'outcome': 'COMPLIANT', " BY ", " AT), "attestation.type",
     "/attestations/0/item", 0, "text; an object is right"},
    {"item without a name", ONE("'item': {}, 'outcome': 'COMPLIANT', " BY ", " AT),
     "attestation.item", "/attestations/0/item", 0, "its \"uuid\" or its \"name\" is right"},
    {"item with both",
     ONE("'item': {'uuid': 'u', 'name': 'n'}, 'outcome': 'COMPLIANT', " BY ", " AT),
     "attestation.item", "/attestations/0/item", 0, "both there"},
    {"item member", ONE("'item': {'uuid': 'u', 'id': 1}, 'outcome': 'COMPLIANT', " BY ", " AT),
     "attestation.member.unknown", "/attestations/0/item/id", 0, "unknown member \"id\""},
    {"no outcome", ONE(ITEM ", " BY ", " AT), "attestation.missing", "/attestations/0", 0,
     "\"outcome\" is missing"},
    {"outcome lower case", ONE(ITEM ", 'outcome': 'compliant', " BY ", " AT), "attestation.value",
     "/attestations/0/outcome", 0, "did you mean \"COMPLIANT\"?"},
    {"outcome nobody can attest", ONE(ITEM ", 'outcome': 'ERROR', " BY ", " AT),
     "attestation.value", "/attestations/0/outcome", 0,
     "one of \"COMPLIANT\", \"NON_COMPLIANT\", \"NOT_APPLICABLE\" is right"},
    {"no by", ONE(ITEM ", 'outcome': 'COMPLIANT', 'evidence': 'text', " AT), "attestation.missing",
     "/attestations/0", 0, "\"by\" is missing"},
    {"no evidence", ONE(ITEM ", 'outcome': 'COMPLIANT', 'by': 'role', " AT), "attestation.missing",
     "/attestations/0", 0, "\"evidence\" is missing"},
    {"no at", ONE(ITEM ", 'outcome': 'COMPLIANT', " BY), "attestation.missing", "/attestations/0",
     0, "\"at\" is missing"},
    {"at no time", ONE(ITEM ", 'outcome': 'COMPLIANT', 'at': '1.1.2026', " BY), "attestation.time",
     "/attestations/0/at", 0, "\"1.1.2026\" is no time"},
    {"until before at", ONE(ITEM ", 'outcome': 'COMPLIANT', 'until': '2025-12-31', " BY ", " AT),
     "attestation.range", "/attestations/0/until", 0, "not after \"at\""},
    {"until empty", ONE(ITEM ", 'outcome': 'COMPLIANT', 'until': '', " BY ", " AT),
     "attestation.empty", "/attestations/0/until", 0, "text is required"},
    {"unknown member", ONE(ITEM ", 'outcome': 'COMPLIANT', 'untill': '2027-01-01', " BY ", " AT),
     "attestation.member.unknown", "/attestations/0/untill", 0, "did you mean \"until\"?"},
};

Test(attestation_malformed, documents_of_another_shape_fail_the_load)
{
    malformed_run(DOCUMENTS, ARRAY_LEN(DOCUMENTS), load, ERR_INVALID);
}

Test(attestation_malformed, a_bad_entry_is_left_out_with_one_error)
{
    malformed_run(ENTRIES, ARRAY_LEN(ENTRIES), load, ERR_OK);
}

Test(attestation, every_member_is_read)
{
    char *json = json_of("{'attestations': ["
                         "{'item': {'uuid': 'u1'}, 'outcome': 'NON_COMPLIANT', 'by': 'role',"
                         "'evidence': 'seen', 'at': '2026-01-01', 'until': '2026-01-02'},"
                         "{'item': {'name': 'n1'}, 'outcome': 'NOT_APPLICABLE', 'by': 'role',"
                         "'evidence': 'seen', 'at': '2026-01-01T00:00:00+08:00', 'until': null},"
                         "{'item': {}}]}");
    struct attestation_set set = {0};
    struct diags diags;
    diags_init(&diags);
    struct err err = ERR_INIT;
    cr_assert_eq(attestation_set_load(&set, json, strlen(json), "a.json", &diags, &err), ERR_OK);
    cr_assert_eq(set.count, 2);
    const struct attestation *first = &set.items[0];
    cr_expect_str_eq(first->item_uuid, "u1");
    cr_expect_null(first->item_name);
    cr_expect_eq(first->outcome, OUTCOME_NON_COMPLIANT);
    cr_expect_str_eq(first->by, "role");
    cr_expect_str_eq(first->evidence, "seen");
    cr_expect_eq(first->at_ms, 1767225600000);
    cr_expect_eq(first->until_ms, 1767225600000 + 86400000);
    const struct attestation *second = &set.items[1];
    cr_expect_null(second->item_uuid);
    cr_expect_str_eq(second->item_name, "n1");
    cr_expect_eq(second->outcome, OUTCOME_NOT_APPLICABLE);
    cr_expect_eq(second->at_ms, 1767225600000 - 8 * 3600000);
    cr_expect_eq(second->until_ms - second->at_ms, 7 * 86400000, "seven days");
    cr_expect_eq(strlen(set.digest), 64);
    cr_expect_gt(diags.errors, 0);
    attestation_set_deinit(&set);
    diags_deinit(&diags);
    mem_free(&json);
}
