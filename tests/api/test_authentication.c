// SPDX-License-Identifier: MIT
#include "authentication_rows.h"
#include "support.h"

#include "base/check.h"
#include "base/mem.h"
#include "malformed.h"
#include "signature_v3.h"

#include <criterion/criterion.h>
#include <string.h>

Test(authentication, nothing_stands_behind_the_signature_of_v3)
{
    static struct draft draft;
    static const char *const TAILS[] = {",", ", ", ",x=y", ",Signature=0", " x", ";", "0"};
    struct access_keys *keys = keys_of(KEYS);
    for (size_t i = 0; i < ARRAY_LEN(TAILS); i++) {
        draft_v3(&draft);
        draft_sign_v3(&draft, "testid", "testsecret");
        struct draft_field *last = &draft.fields[draft.field_count - 1];
        cr_assert_str_eq(last->name, "Authorization");
        (void)strncat(last->value, TAILS[i], 16);
        struct identity identity = {0};
        struct api_refusal refusal = {0};
        cr_expect_not(draft_authenticate(&draft, keys, TIME_MS, &identity, &refusal), "\"%s\"",
                      TAILS[i]);
        cr_expect_str_eq(refusal.code, "IncompleteSignature", "\"%s\"", TAILS[i]);
        draft_deinit(&draft);
    }
    access_keys_unref(&keys);
}

static void expect_identity(struct draft *draft, bool is_v3)
{
    struct access_keys *keys = keys_of(KEYS);
    struct identity identity = {0};
    struct api_refusal refusal = {0};
    cr_assert(draft_authenticate(draft, keys, TIME_MS, &identity, &refusal), "%s", refusal.code);
    cr_expect_str_eq(identity.key->id, "testid");
    cr_expect(span_equals_text(identity.action, "GenerateCompliancePackReport"));
    cr_expect(span_equals_text(identity.version, "2020-09-07"));
    cr_expect(span_equals_text(identity.nonce, "nonce-1"));
    cr_expect_eq(signature_v3_is_there(&draft->incoming), is_v3);
    access_keys_unref(&keys);
    draft_deinit(draft);
}

Test(authentication, says_who_it_is)
{
    static struct draft draft;
    draft_v1(&draft);
    draft_sign_v1(&draft, "testsecret");
    expect_identity(&draft, false);
    draft_v3(&draft);
    draft_sign_v3(&draft, "testid", "testsecret");
    expect_identity(&draft, true);
}

Test(authentication, the_signature_may_stand_in_the_body)
{
    static struct draft draft;
    draft_v1(&draft);
    // As pop-core sends it: everything in the form.
    draft_change(&draft, &(struct draft_change){"body", NULL, "&"});
    draft_change(&draft, &(struct draft_change){"body", NULL, draft.query});
    draft.query[0] = '\0';
    draft_sign_v1(&draft, "testsecret");
    draft_change(&draft, &(struct draft_change){"body", NULL, "&"});
    draft_change(&draft, &(struct draft_change){"body", NULL, draft.query});
    draft.query[0] = '\0';
    expect_identity(&draft, false);
}

static bool comes_in_with_nonce(size_t len, bool is_v3, struct api_refusal *refusal)
{
    static struct draft draft;
    char *nonce = repeat("n", "", len);
    (is_v3 ? draft_v3 : draft_v1)(&draft);
    draft_change(&draft, &(struct draft_change){is_v3 ? "x-acs-signature-nonce" : "query",
                                                "nonce-1", nonce});
    if (is_v3) {
        draft_sign_v3(&draft, "testid", "testsecret");
    } else {
        draft_sign_v1(&draft, "testsecret");
    }
    struct access_keys *keys = keys_of(KEYS);
    struct identity identity = {0};
    bool is_in = draft_authenticate(&draft, keys, TIME_MS, &identity, refusal);
    access_keys_unref(&keys);
    draft_deinit(&draft);
    mem_free(&nonce);
    return is_in;
}

Test(authentication, the_longest_nonce)
{
    struct api_refusal refusal = {0};
    cr_expect(comes_in_with_nonce(NONCE_BYTES_MAX, false, &refusal));
    cr_expect(comes_in_with_nonce(NONCE_BYTES_MAX, true, &refusal));
    cr_expect_not(comes_in_with_nonce(NONCE_BYTES_MAX + 1, false, &refusal));
    cr_expect_str_eq(refusal.code, "InvalidSignatureNonce");
    cr_expect_str_eq(refusal.message,
                     "Specified parameter SignatureNonce is not valid. At most 128 "
                     "bytes are right.");
    cr_expect_not(comes_in_with_nonce(NONCE_BYTES_MAX + 1, true, &refusal));
    cr_expect_str_eq(refusal.code, "Invalidx-acs-signature-nonce");
}

Test(authentication, the_string_to_sign_is_cut_to_fit)
{
    static struct draft draft;
    draft_v1(&draft);
    char *value = repeat("%C3%A9", "", 500);
    draft_change(&draft, &(struct draft_change){"query", NULL, "&A="});
    draft_change(&draft, &(struct draft_change){"query", NULL, value});
    draft_sign_v1(&draft, "wrong-one");
    struct access_keys *keys = keys_of(KEYS);
    struct identity identity = {0};
    struct api_refusal refusal = {0};
    cr_expect_not(draft_authenticate(&draft, keys, TIME_MS, &identity, &refusal));
    cr_expect_str_eq(refusal.code, "SignatureDoesNotMatch");
    cr_expect_not_null(strstr(refusal.message, "server string to sign is:POST&%2F&A%3D%25C3%25A9"),
                       "%s", refusal.message);
    cr_expect_eq(strlen(refusal.message), API_MESSAGE_BYTES - 1);
    access_keys_unref(&keys);
    draft_deinit(&draft);
    mem_free(&value);
}

Test(authentication, a_request_with_nothing)
{
    static struct draft draft;
    draft_init(&draft, "GET", "", "");
    struct access_keys *keys = keys_of(KEYS);
    struct identity identity = {0};
    struct api_refusal refusal = {0};
    cr_expect_not(draft_authenticate(&draft, keys, TIME_MS, &identity, &refusal));
    cr_expect_str_eq(refusal.code, "MissingAction");
    draft_deinit(&draft);
    draft_init(&draft, "GET", "", "");
    draft_add_field(&draft, "Authorization", "ACS3-");
    cr_expect_not(draft_authenticate(&draft, keys, TIME_MS, &identity, &refusal));
    cr_expect_str_eq(refusal.code, "IncompleteSignature");
    draft_deinit(&draft);
    access_keys_unref(&keys);
}
