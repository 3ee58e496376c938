// SPDX-License-Identifier: MIT
//
// Requests whose signatures are known.
#include "draft.h"
#include "support.h"

#include "base/check.h"
#include "base/text.h"
#include "canonical.h"
#include "signature_v1.h"
#include "signature_v3.h"

#include <criterion/criterion.h>
#include <string.h>

#define KEYS                                                                                       \
    "{'accessKeys': ["                                                                             \
    "{'AccessKeyId': 'testid', 'AccountId': '1', 'secrets': ['testsecret']},"                      \
    "{'AccessKeyId': 'YourAccessKeyId', 'AccountId': '2', 'secrets': ['YourAccessKeySecret']}]}"

static void expect_accepted(struct draft *draft, const char *time, const char *action)
{
    struct access_keys *keys = keys_of(KEYS);
    int64_t now_ms = 0;
    cr_assert(text_parse_time(time, &now_ms));
    struct identity identity = {0};
    struct api_refusal refusal = {0};
    cr_expect(draft_authenticate(draft, keys, now_ms, &identity, &refusal), "%s: %s", refusal.code,
              refusal.message);
    cr_expect(identity.key != NULL && span_equals_text(identity.action, action));
    access_keys_unref(&keys);
    draft_deinit(draft);
}

#define ECS_QUERY                                                                                  \
    "AccessKeyId=testid&Action=DescribeRegions&Format=XML&SignatureMethod=HMAC-SHA1"               \
    "&SignatureNonce=3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf&SignatureVersion=1.0"                    \
    "&Timestamp=2016-02-23T12%3A46%3A24Z&Version=2014-05-26"

Test(signature_vectors, v1_of_the_vendors_page)
{
    struct draft draft;
    draft_init(&draft, "GET", ECS_QUERY "&Signature=OLeaidS1JvxuMvnyHOwuJ%2BuX5qY%3D", "");
    expect_accepted(&draft, "2016-02-23T12:46:24Z", "DescribeRegions");
}

Test(signature_vectors, v1_string_to_sign_of_the_vendors_page)
{
    struct parameters parameters;
    struct err err = ERR_INIT;
    struct http_incoming incoming = {.method = span_of("GET"), .path = span_of("/")};
    cr_assert_eq(parameters_parse(&parameters, span_of(ECS_QUERY), (struct span){0}, &err), ERR_OK);
    struct buf string;
    buf_init(&string, CANONICAL_BYTES_MAX);
    cr_expect(signature_v1_string(&incoming, &parameters, &string));
    cr_expect_str_eq(buf_text(&string),
                     "GET&%2F&AccessKeyId%3Dtestid%26Action%3DDescribeRegions%26Format%3DXML"
                     "%26SignatureMethod%3DHMAC-SHA1%26SignatureNonce%3D3ee8c1b8-83d3-44af-a94f-"
                     "4e0ad82fd6cf%26SignatureVersion%3D1.0%26Timestamp%3D2016-02-23T12%253A46"
                     "%253A24Z%26Version%3D2014-05-26");
    buf_deinit(&string);
    parameters_deinit(&parameters);
}

#define RECORDED_BODY "ClientToken=tok%20en*~%2F%2B%C3%A9&CompliancePackId=cp-a8a8626622af0082abcd"

Test(signature_vectors, v1_of_a_client_that_posts_a_form)
{
    struct draft draft;
    draft_init(&draft, "POST",
               "Action=GenerateCompliancePackReport&Format=json&Version=2020-09-07"
               "&Timestamp=2026-11-21T19%3A30%3A44Z&SignatureNonce=c776ad728fb88ec97c74335eb2bb3114"
               "&SignatureMethod=HMAC-SHA1&SignatureVersion=1.0&AccessKeyId=testid"
               "&Signature=znGlmWO9pCYkpw9pUMn45LzPcWU%3D",
               RECORDED_BODY);
    expect_accepted(&draft, "2026-11-21T19:30:44Z", "GenerateCompliancePackReport");
}

static const char EMPTY_DIGEST[] =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

static void draft_of_the_page(struct draft *draft, const char *date, const char *nonce,
                              const char *signature)
{
    char authorization[512];
    (void)snprintf(authorization, sizeof(authorization),
                   "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;"
                   "x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version,"
                   "Signature=%s",
                   signature);
    draft_init(draft, "POST",
               "ImageId=win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd&RegionId=cn-shanghai",
               "");
    draft_add_field(draft, "host", "ecs.cn-shanghai.aliyuncs.com");
    draft_add_field(draft, "x-acs-action", "RunInstances");
    draft_add_field(draft, "x-acs-version", "2014-05-26");
    draft_add_field(draft, "x-acs-date", date);
    draft_add_field(draft, "x-acs-signature-nonce", nonce);
    draft_add_field(draft, "x-acs-content-sha256", EMPTY_DIGEST);
    draft_add_field(draft, "Authorization", authorization);
}

// The digest in the string to sign.
static void expect_digest(struct draft *draft, const char *digest)
{
    struct signature_claim claim;
    struct api_refusal refusal = {0};
    cr_assert(signature_v3_claim(&draft->incoming, &claim, &refusal), "%s", refusal.message);
    struct buf request;
    struct buf string;
    buf_init(&request, CANONICAL_BYTES_MAX);
    buf_init(&string, CANONICAL_BYTES_MAX);
    cr_expect(signature_v3_request(&draft->incoming, &draft->parameters, &claim, &request));
    signature_v3_string((struct span){request.data, request.len}, &string);
    cr_expect_str_eq(strchr(buf_text(&string), '\n') + 1, digest, "%s", buf_text(&request));
    buf_deinit(&request);
    buf_deinit(&string);
}

Test(signature_vectors, v3_of_the_vendors_page)
{
    struct draft draft;
    draft_of_the_page(&draft, "2023-10-26T10:22:32Z", "3156853299f313e23d1673dc12e1703d",
                      "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0");
    struct access_keys *keys = keys_of(KEYS);
    struct identity identity = {0};
    struct api_refusal refusal = {0};
    (void)draft_authenticate(&draft, keys, 0, &identity, &refusal);
    cr_expect_str_eq(refusal.code, "InvalidTimeStamp.Expired", "that is the only thing wrong");
    expect_digest(&draft, "7ea06492da5221eba5297e897ce16e55f964061054b7695beedaac1145b1e259");
    access_keys_unref(&keys);
    expect_accepted(&draft, "2023-10-26T10:22:32Z", "RunInstances");
}

Test(signature_vectors, v3_of_the_vendors_page_at_another_time)
{
    struct draft draft;
    draft_of_the_page(&draft, "2023-10-26T09:01:01Z", "d410180a5abf7fe235dd9b74aca91fc0",
                      "e521358f7776c97df52e6b2891a8bc73026794a071b50c3323388c4e0df64804");
    expect_accepted(&draft, "2023-10-26T09:01:01Z", "RunInstances");
}

Test(signature_vectors, v3_of_the_page_with_the_wrong_pair_is_refused)
{
    struct draft draft;
    draft_of_the_page(&draft, "2023-10-26T09:01:01Z", "d410180a5abf7fe235dd9b74aca91fc0",
                      "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0");
    struct access_keys *keys = keys_of(KEYS);
    struct identity identity = {0};
    struct api_refusal refusal = {0};
    cr_expect_not(draft_authenticate(&draft, keys, INT64_C(1698310861000), &identity, &refusal));
    cr_expect_str_eq(refusal.code, "SignatureDoesNotMatch");
    access_keys_unref(&keys);
    draft_deinit(&draft);
}

Test(signature_vectors, v3_of_a_client_that_posts_a_form)
{
    struct draft draft;
    draft_init(&draft, "POST", "", RECORDED_BODY);
    // In the order of the client (6.1), with a header that it does not sign.
    draft_add_field(&draft, "Host", "127.0.0.1:18099");
    draft_add_field(&draft, "x-acs-version", "2020-09-07");
    draft_add_field(&draft, "x-acs-action", "GenerateCompliancePackReport");
    draft_add_field(&draft, "user-agent", "AlibabaCloud (linux; x64) Node.js/v20 TeaDSL/1");
    draft_add_field(&draft, "x-acs-date", "2026-11-21T19:30:44Z");
    draft_add_field(&draft, "x-acs-signature-nonce", "cfd80baf472361749c156530bd7995c8");
    draft_add_field(&draft, "accept", "application/json");
    draft_add_field(&draft, "content-type", "application/x-www-form-urlencoded");
    draft_add_field(&draft, "x-acs-content-sha256",
                    "964a4669c73c387b44ae2c9cb63f172ba9fed08ab6771fadf5a68cf6b9dee08f");
    draft_add_field(&draft, "x-acs-credentials-provider", "static_ak");
    draft_add_field(&draft, "Authorization",
                    "ACS3-HMAC-SHA256 Credential=testid,SignedHeaders=content-type;host;"
                    "x-acs-action;x-acs-content-sha256;x-acs-credentials-provider;x-acs-date;"
                    "x-acs-signature-nonce;x-acs-version,Signature="
                    "a1ac0fe42c6908e0c842e49b2cff7a8d0cf9068ebec36a091cb29ebce27307bb");
    struct access_keys *keys = keys_of(KEYS);
    struct identity identity = {0};
    struct api_refusal refusal = {0};
    (void)draft_authenticate(&draft, keys, 0, &identity, &refusal);
    expect_digest(&draft, "f0de4daabd79bc0582dd5094b86b31d65b9f18dddf99cf7b3ee2a4f99cb92936");
    access_keys_unref(&keys);
    expect_accepted(&draft, "2026-11-21T19:30:44Z", "GenerateCompliancePackReport");
}
