// SPDX-License-Identifier: MIT
#include "signature_v1.h"

#include "base/mem.h"
#include "base/text.h"
#include "canonical.h"
#include "hmac.h"

#include <openssl/evp.h>

bool signature_v1_claim(const struct parameters *parameters, struct signature_claim *claim_out,
                        struct api_refusal *refusal_out)
{
    struct signature_claim claim = {.nonce_name = "SignatureNonce"};
    // In the order in which the vendor names what is missing.
    const struct {
        const char *name;
        struct span *value_out;
    } needed[] = {
        {"Action", &claim.action},          {"Version", &claim.version},
        {"AccessKeyId", &claim.key_id},     {"Signature", &claim.signature},
        {"SignatureMethod", &claim.method}, {"SignatureVersion", &claim.method_version},
        {"SignatureNonce", &claim.nonce},   {"Timestamp", &claim.time},
    };
    for (size_t i = 0; i < ARRAY_LEN(needed); i++) {
        const struct span *value = parameters_get(parameters, needed[i].name);
        if (value == NULL || value->len == 0) {
            gateway_refuse_missing(refusal_out, needed[i].name);
            return false;
        }
        *needed[i].value_out = *value;
    }
    const struct span *token = parameters_get(parameters, "SecurityToken");
    claim.has_security_token = token != NULL && token->len > 0;
    if (claim.has_security_token) {
        claim.security_token = *token;
    }
    *claim_out = claim;
    return true;
}

bool signature_v1_check_method(const struct signature_claim *claim, struct api_refusal *refusal_out)
{
    if (!span_equals_text(claim->method, "HMAC-SHA1")) {
        gateway_refuse(refusal_out, GATEWAY_SIGNATURE_METHOD,
                       "HMAC-SHA1 is right, or a header Authorization with ACS3-HMAC-SHA256.");
        return false;
    }
    if (!span_equals_text(claim->method_version, "1.0")) {
        gateway_refuse_invalid(refusal_out, "SignatureVersion", "1.0 is right.");
        return false;
    }
    return true;
}

bool signature_v1_string(const struct http_incoming *incoming, const struct parameters *parameters,
                         struct buf *out)
{
    struct buf path;
    struct buf query;
    buf_init(&path, CANONICAL_BYTES_MAX);
    buf_init(&query, CANONICAL_BYTES_MAX);
    bool is_decoded = canonical_path(incoming->path, &path);
    canonical_query(parameters, CANONICAL_ALL_BUT_SIGNATURE, &query);
    (void)buf_append(out, incoming->method.bytes, incoming->method.len);
    (void)buf_append_char(out, '&');
    text_percent_encode(out, buf_text(&path), path.len);
    (void)buf_append_char(out, '&');
    text_percent_encode(out, buf_text(&query), query.len);
    bool is_whole = is_decoded && !path.overflow && !query.overflow && !out->overflow;
    buf_deinit(&path);
    buf_deinit(&query);
    return is_whole;
}

void signature_v1_make(const struct secret *secret, struct span string_to_sign,
                       char out[SIGNATURE_TEXT_BYTES])
{
    _Static_assert(SIGNATURE_TEXT_BYTES > (HMAC_SHA1_BYTES + 2) / 3 * 4, "base64 and its NUL");
    unsigned char mac[HMAC_SHA1_BYTES];
    hmac_sha1_with_ampersand(secret, string_to_sign, mac);
    (void)EVP_EncodeBlock((unsigned char *)out, mac, HMAC_SHA1_BYTES);
    mem_wipe(mac, sizeof(mac));
}
