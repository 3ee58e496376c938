// SPDX-License-Identifier: MIT
#include "authentication.h"

#include "base/mem.h"
#include "base/text.h"
#include "canonical.h"
#include "signature_claim.h"
#include "signature_v1.h"
#include "signature_v3.h"

#include <openssl/crypto.h>
#include <stdio.h>

// "2026-11-21T19:30:44Z"
enum { TIME_LEN = 20, TIME_T_AT = 10 };

enum { USUAL_BYTES = 960 }; // of what is signed

bool authentication_check_doubles(const struct parameters *parameters,
                                  struct api_refusal *refusal_out)
{
    const struct parameter *twice = parameters_find_double(parameters);
    if (twice == NULL) {
        return true;
    }
    char *name = mem_text_n(twice->name.bytes, twice->name.len);
    gateway_refuse_invalid(refusal_out, name, "It is given more than once.");
    mem_free(&name);
    return false;
}

static bool check_form(const struct signature_claim *claim, int64_t *time_ms_out,
                       struct api_refusal *refusal)
{
    if (claim->nonce.len > NONCE_BYTES_MAX) {
        char detail[48];
        (void)snprintf(detail, sizeof(detail), "At most %d bytes are right.", NONCE_BYTES_MAX);
        gateway_refuse_invalid(refusal, claim->nonce_name, detail);
        return false;
    }
    // That long, and with these two letters, nothing else is a time.
    if (claim->time.len != TIME_LEN || claim->time.bytes[TIME_T_AT] != 'T' ||
        claim->time.bytes[TIME_LEN - 1] != 'Z' || !text_read_time(claim->time, time_ms_out)) {
        gateway_refuse(refusal, GATEWAY_TIME_FORMAT, "2026-11-21T19:30:44Z is right.");
        return false;
    }
    return true;
}

static bool secret_equals(const struct secret *secret, struct span text)
{
    return secret_len(secret) == text.len &&
           CRYPTO_memcmp(secret_reveal(secret), text.bytes, text.len) == 0;
}

static bool check_token(const struct access_key *key, const struct signature_claim *claim,
                        int64_t now_ms, struct api_refusal *refusal)
{
    if (key->security_token == NULL) {
        if (claim->has_security_token) {
            gateway_refuse(refusal, GATEWAY_SECURITY_TOKEN_WRONG, "The access key has none.");
        }
        return !claim->has_security_token;
    }
    if (!claim->has_security_token) {
        gateway_refuse(refusal, GATEWAY_SECURITY_TOKEN_MISSING, "");
        return false;
    }
    if (!secret_equals(key->security_token, claim->security_token)) {
        gateway_refuse(refusal, GATEWAY_SECURITY_TOKEN_WRONG, "");
        return false;
    }
    if (now_ms >= key->expires_ms) {
        gateway_refuse(refusal, GATEWAY_SECURITY_TOKEN_EXPIRED, "");
        return false;
    }
    return true;
}

static const struct access_key *find_key(const struct authentication_input *input,
                                         const struct signature_claim *claim,
                                         struct api_refusal *refusal)
{
    const struct access_key *key = access_keys_find(input->keys, claim->key_id);
    if (key == NULL || !key->is_active) {
        gateway_refuse(refusal, key == NULL ? GATEWAY_KEY_UNKNOWN : GATEWAY_KEY_INACTIVE, "");
        return NULL;
    }
    return check_token(key, claim, input->now_ms, refusal) ? key : NULL;
}

// What is signed, and how.
struct signing {
    struct buf string;
    struct buf request; // v3: the canonical request
    void (*make)(const struct secret *secret, struct span string_to_sign,
                 char out[SIGNATURE_TEXT_BYTES]);
};

static void signing_init(struct signing *signing, bool is_v3)
{
    *signing = (struct signing){.make = is_v3 ? signature_v3_make : signature_v1_make};
    buf_init(&signing->string, CANONICAL_BYTES_MAX);
    buf_init(&signing->request, CANONICAL_BYTES_MAX);
    buf_reserve(is_v3 ? &signing->request : &signing->string, USUAL_BYTES);
}

static void signing_deinit(struct signing *signing)
{
    buf_deinit(&signing->string);
    buf_deinit(&signing->request);
}

static bool signing_build(struct signing *signing, const struct authentication_input *input,
                          const struct signature_claim *claim, bool is_v3)
{
    if (!is_v3) {
        return signature_v1_string(input->incoming, input->parameters, &signing->string);
    }
    bool is_built =
        signature_v3_request(input->incoming, input->parameters, claim, &signing->request);
    signature_v3_string((struct span){buf_text(&signing->request), signing->request.len},
                        &signing->string);
    return is_built;
}

// All secrets are tried, whichever fits.
static bool is_signed(const struct signing *signing, const struct access_key *key,
                      struct span signature)
{
    const struct span string = {buf_text(&signing->string), signing->string.len};
    bool any_fits = false;
    for (size_t i = 0; i < key->secret_count; i++) {
        char expected[SIGNATURE_TEXT_BYTES];
        signing->make(key->secrets[i], string, expected);
        struct span span = span_of(expected);
        bool fits =
            span.len == signature.len && CRYPTO_memcmp(span.bytes, signature.bytes, span.len) == 0;
        any_fits = any_fits || fits;
        mem_wipe(expected, sizeof(expected));
    }
    return any_fits;
}

static void refuse_signature(const struct signing *signing, struct api_refusal *refusal)
{
    struct buf detail;
    buf_init(&detail, (size_t)2 * CANONICAL_BYTES_MAX + API_MESSAGE_BYTES);
    (void)buf_append_text(&detail, "server string to sign is:");
    (void)buf_append(&detail, buf_text(&signing->string), signing->string.len);
    if (signing->request.len > 0) {
        (void)buf_append_text(&detail, " server canonical request is:");
        (void)buf_append(&detail, buf_text(&signing->request), signing->request.len);
    }
    gateway_refuse(refusal, GATEWAY_SIGNATURE_WRONG, buf_text(&detail));
    buf_deinit(&detail);
}

static bool check_signature(const struct authentication_input *input,
                            const struct signature_claim *claim, const struct access_key *key,
                            bool is_v3, struct api_refusal *refusal)
{
    if (is_v3 && !signature_v3_check_body(input->incoming, claim, refusal)) {
        return false;
    }
    struct signing signing;
    signing_init(&signing, is_v3);
    bool is_right = false;
    if (!signing_build(&signing, input, claim, is_v3)) {
        gateway_refuse(refusal, GATEWAY_SIGNATURE_INCOMPLETE,
                       "The path is not percent-encoded UTF-8, or the request is too long.");
    } else if (!is_signed(&signing, key, claim->signature)) {
        refuse_signature(&signing, refusal);
    } else {
        is_right = true;
    }
    signing_deinit(&signing);
    return is_right;
}

static bool check_time(int64_t time_ms, int64_t now_ms, struct api_refusal *refusal)
{
    int64_t distance_ms = time_ms < now_ms ? now_ms - time_ms : time_ms - now_ms;
    if (distance_ms <= AUTHENTICATION_WINDOW_MS) {
        return true;
    }
    char now[TEXT_TIME_BYTES];
    char detail[96];
    text_time(now_ms, now);
    (void)snprintf(detail, sizeof(detail),
                   "It is more than 15 minutes from the server's, which is %s.", now);
    gateway_refuse(refusal, GATEWAY_TIME_EXPIRED, detail);
    return false;
}

bool authenticate(const struct authentication_input *input, struct identity *identity_out,
                  struct api_refusal *refusal_out)
{
    struct signature_claim claim;
    int64_t time_ms = 0;
    const bool is_v3 = signature_v3_is_there(input->incoming);
    if (!authentication_check_doubles(input->parameters, refusal_out) ||
        !(is_v3 ? signature_v3_claim(input->incoming, &claim, refusal_out)
                : signature_v1_claim(input->parameters, &claim, refusal_out)) ||
        !check_form(&claim, &time_ms, refusal_out) ||
        !(is_v3 ? signature_v3_check_method(&claim, refusal_out)
                : signature_v1_check_method(&claim, refusal_out))) {
        return false;
    }
    const struct access_key *key = find_key(input, &claim, refusal_out);
    if (key == NULL || !check_signature(input, &claim, key, is_v3, refusal_out) ||
        !check_time(time_ms, input->now_ms, refusal_out)) {
        return false;
    }
    *identity_out = (struct identity){
        .key = key,
        .action = claim.action,
        .version = claim.version,
        .nonce = claim.nonce,
    };
    return true;
}
