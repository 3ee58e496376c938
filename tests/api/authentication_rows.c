// SPDX-License-Identifier: MIT
#include "authentication_rows.h"

#include "support.h"

#include <criterion/criterion.h>
#include <string.h>

#define KEY(id, rest) "{'AccessKeyId': '" id "', 'AccountId': '1', " rest "}"
#define TEMPORARY     "'secrets': ['testsecret'], 'SecurityToken': 'token+/=', 'expires': "
const char KEYS[] = "{'accessKeys': [" KEY("testid", "'secrets': ['testsecret']") ", " KEY(
    "rotating",
    "'secrets': ['newsecret', 'oldsecret']") ", " KEY("inactive",
                                                      "'secrets': ['testsecret'], 'status': "
                                                      "'Inactive'") ", " KEY("temporary", TEMPORARY
                                                                             "'2026-11-21T19:30:"
                                                                             "45Z'") ", " KEY("expi"
                                                                                              "red",
                                                                                              TEMPORARY
                                                                                              "'202"
                                                                                              "6-"
                                                                                              "11-"
                                                                                              "21T1"
                                                                                              "9:"
                                                                                              "30:"
                                                                                              "44Z"
                                                                                              "'") "]}";

void draft_v1(struct draft *draft)
{
    draft_init(draft, "POST",
               "Action=GenerateCompliancePackReport&Format=JSON&Version=2020-09-07"
               "&Timestamp=2026-11-21T19%3A30%3A44Z&SignatureNonce=nonce-1"
               "&SignatureMethod=HMAC-SHA1&SignatureVersion=1.0&AccessKeyId=testid",
               "CompliancePackId=cp-1&ClientToken=a+b");
    draft_add_field(draft, "Host", "127.0.0.1");
    draft_add_field(draft, "Content-Type", "application/x-www-form-urlencoded");
}

void draft_v3(struct draft *draft)
{
    draft_init(draft, "POST", "Zone=a+b&Empty=", "CompliancePackId=cp-1&ClientToken=a+b");
    draft_add_field(draft, "Host", "127.0.0.1:8080");
    draft_add_field(draft, "Content-Type", "application/x-www-form-urlencoded");
    draft_add_field(draft, "X-Acs-Action", "GenerateCompliancePackReport");
    draft_add_field(draft, "x-acs-version", "2020-09-07");
    draft_add_field(draft, "x-acs-date", "2026-11-21T19:30:44Z");
    draft_add_field(draft, "x-acs-signature-nonce", "nonce-1");
}

static void run_row(const struct authentication_row *row, bool is_v3)
{
    static struct draft draft;
    (is_v3 ? draft_v3 : draft_v1)(&draft);
    draft_change(&draft, &row->before);
    draft_change(&draft, &row->more);
    const char *secret = row->secret == NULL ? "testsecret" : row->secret;
    if (is_v3) {
        draft_sign_v3(&draft, "testid", secret);
    } else {
        draft_sign_v1(&draft, secret);
    }
    draft_change(&draft, &row->after);
    struct access_keys *keys = keys_of(KEYS);
    struct identity identity = {0};
    struct api_refusal refusal = {0};
    bool is_in = draft_authenticate(&draft, keys, TIME_MS + row->late_ms, &identity, &refusal);
    cr_expect_eq(is_in, row->code == NULL, "%s: %s: %s", row->name, refusal.code, refusal.message);
    cr_expect_str_eq(refusal.code, row->code == NULL ? "" : row->code, "%s: %s: %s", row->name,
                     refusal.code, refusal.message);
    cr_expect(row->says == NULL || strstr(refusal.message, row->says) != NULL, "%s: %s", row->name,
              refusal.message);
    cr_expect_eq(identity.key != NULL, is_in, "%s", row->name);
    cr_expect_null(strstr(refusal.message, secret), "%s", row->name);
    access_keys_unref(&keys);
    draft_deinit(&draft);
}

void authentication_rows_run(const struct authentication_row *rows, size_t count, bool is_v3)
{
    for (size_t i = 0; i < count; i++) {
        run_row(&rows[i], is_v3);
    }
}
