// SPDX-License-Identifier: MIT
#include "signature_v3.h"

#include "base/digest.h"
#include "base/mem.h"
#include "base/text.h"
#include "canonical.h"
#include "hmac.h"

#include <string.h>

static const char SCHEME_PREFIX[] = "ACS3-";
static const char OWN_PREFIX[] = "x-acs-";
enum { HEX_LEN = DIGEST_HEX_BYTES - 1 };

static bool begins_with(struct span text, const char *prefix)
{
    size_t len = strlen(prefix);
    return text.len >= len &&
           span_equals_ignore_case((struct span){text.bytes, len}, (struct span){prefix, len});
}

// Takes what is before the first `end`, and it; all when there is none.
static struct span take_until(struct span *rest, char end)
{
    const char *found = rest->len == 0 ? NULL : memchr(rest->bytes, end, rest->len);
    struct span taken = {rest->bytes, found == NULL ? rest->len : (size_t)(found - rest->bytes)};
    size_t skipped = found == NULL ? taken.len : taken.len + 1;
    *rest = (struct span){rest->bytes + skipped, rest->len - skipped};
    return taken;
}

bool signature_v3_is_there(const struct http_incoming *incoming)
{
    struct span value = {0};
    return http_incoming_field(incoming, "Authorization", &value) > 0 &&
           begins_with(span_trim(value), SCHEME_PREFIX);
}

static bool refuse_form(struct api_refusal *refusal, struct span subject, const char *detail)
{
    struct buf text;
    buf_init(&text, API_MESSAGE_BYTES);
    (void)buf_append(&text, subject.bytes, subject.len);
    (void)buf_append_text(&text, detail);
    gateway_refuse(refusal, GATEWAY_SIGNATURE_INCOMPLETE, buf_text(&text));
    buf_deinit(&text);
    return false;
}

// "name=value" up to the next comma, blanks before it. The value is not empty and has no blank.
static bool take_field(struct span *rest, const char *name, struct span *value_out)
{
    struct span field = span_skip_blanks(take_until(rest, ','));
    size_t len = strlen(name);
    if (field.len <= len || memcmp(field.bytes, name, len) != 0) {
        return false;
    }
    *value_out = (struct span){field.bytes + len, field.len - len};
    return memchr(value_out->bytes, ' ', value_out->len) == NULL;
}

static bool parse_authorization(struct span value, struct signature_claim *claim)
{
    struct span rest = span_trim(value);
    bool ends_in_comma = rest.len > 0 && rest.bytes[rest.len - 1] == ',';
    claim->method = take_until(&rest, ' ');
    return take_field(&rest, "Credential=", &claim->key_id) &&
           take_field(&rest, "SignedHeaders=", &claim->signed_headers) &&
           take_field(&rest, "Signature=", &claim->signature) && rest.len == 0 && !ends_in_comma;
}

// A header that is there once and not empty; absent is right too unless it is needed.
static bool take_header(const struct http_incoming *incoming, const char *name, bool is_needed,
                        struct span *value_out, struct api_refusal *refusal)
{
    struct span value = {0};
    size_t count = http_incoming_field(incoming, name, &value);
    value = span_trim(value);
    if (count > 1) {
        gateway_refuse_invalid(refusal, name, "The header is there more than once.");
        return false;
    }
    if (is_needed && value.len == 0) {
        gateway_refuse_missing(refusal, name);
        return false;
    }
    *value_out = value;
    return true;
}

static bool take_headers(const struct http_incoming *incoming, struct signature_claim *claim,
                         struct api_refusal *refusal)
{
    struct span host;
    const struct {
        const char *name;
        bool is_needed;
        struct span *value_out;
    } headers[] = {
        {"host", true, &host},
        {"x-acs-action", true, &claim->action},
        {"x-acs-version", true, &claim->version},
        {"x-acs-date", true, &claim->time},
        {"x-acs-signature-nonce", true, &claim->nonce},
        {"x-acs-content-sha256", true, &claim->body_digest},
        {"x-acs-security-token", false, &claim->security_token},
    };
    for (size_t i = 0; i < ARRAY_LEN(headers); i++) {
        if (!take_header(incoming, headers[i].name, headers[i].is_needed, headers[i].value_out,
                         refusal)) {
            return false;
        }
    }
    claim->nonce_name = "x-acs-signature-nonce";
    claim->has_security_token = claim->security_token.len > 0;
    return true;
}

static bool is_lower_case(struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.bytes[i] >= 'A' && text.bytes[i] <= 'Z') {
            return false;
        }
    }
    return true;
}

static size_t count_fields(const struct http_incoming *incoming, struct span name,
                           struct span *value_out)
{
    size_t count = 0;
    for (size_t i = 0; i < incoming->field_count; i++) {
        if (span_equals_ignore_case(incoming->fields[i].name, name)) {
            *value_out = span_trim(incoming->fields[i].value);
            count++;
        }
    }
    return count;
}

static bool check_names(const struct http_incoming *incoming, struct span names,
                        struct api_refusal *refusal)
{
    struct span before = {0};
    for (bool is_more = true; is_more;) {
        is_more = memchr(names.bytes, ';', names.len) != NULL;
        struct span name = take_until(&names, ';');
        struct span value;
        if (name.len == 0 || !is_lower_case(name) ||
            (before.len > 0 && span_compare(before, name) >= 0)) {
            return refuse_form(refusal, span_of("SignedHeaders"),
                               " is right with names in lower case, sorted, each once, with ';' "
                               "between them.");
        }
        size_t count = count_fields(incoming, name, &value);
        if (count != 1) {
            return refuse_form(refusal, name,
                               count == 0 ? " is among SignedHeaders, and the request has no such "
                                            "header."
                                          : " is a signed header, and there more than once.");
        }
        before = name;
    }
    return true;
}

static bool is_among(struct span names, struct span wanted)
{
    while (names.len > 0) {
        if (span_equals_ignore_case(take_until(&names, ';'), wanted)) {
            return true;
        }
    }
    return false;
}

static bool check_needed_names(const struct http_incoming *incoming, struct span names,
                               struct api_refusal *refusal)
{
    for (size_t i = 0; i < incoming->field_count; i++) {
        struct span name = incoming->fields[i].name;
        bool is_needed = span_equals_ignore_case(name, span_of("host")) ||
                         span_equals_ignore_case(name, span_of("content-type")) ||
                         begins_with(name, OWN_PREFIX);
        if (is_needed && !is_among(names, name)) {
            return refuse_form(refusal, name,
                               " is a header that has to be signed, and is not among "
                               "SignedHeaders.");
        }
    }
    return true;
}

bool signature_v3_claim(const struct http_incoming *incoming, struct signature_claim *claim_out,
                        struct api_refusal *refusal_out)
{
    struct signature_claim claim = {0};
    struct span authorization;
    if (!take_header(incoming, "Authorization", true, &authorization, refusal_out)) {
        return false;
    }
    if (!parse_authorization(authorization, &claim)) {
        return refuse_form(refusal_out, span_of("Authorization"),
                           " is right as " SIGNATURE_V3_METHOD " "
                           "Credential=<AccessKeyId>,SignedHeaders=<names>,Signature=<hex>.");
    }
    if (!take_headers(incoming, &claim, refusal_out) ||
        !check_names(incoming, claim.signed_headers, refusal_out) ||
        !check_needed_names(incoming, claim.signed_headers, refusal_out)) {
        return false;
    }
    *claim_out = claim;
    return true;
}

bool signature_v3_check_method(const struct signature_claim *claim, struct api_refusal *refusal_out)
{
    if (!span_equals_text(claim->method, SIGNATURE_V3_METHOD)) {
        gateway_refuse(refusal_out, GATEWAY_SIGNATURE_METHOD, SIGNATURE_V3_METHOD " is right.");
        return false;
    }
    if (claim->signature.len != HEX_LEN ||
        !text_is_hex(claim->signature.bytes, claim->signature.len)) {
        return refuse_form(refusal_out, span_of("Signature"),
                           " is right with 64 hex digits in lower case.");
    }
    return true;
}

bool signature_v3_check_body(const struct http_incoming *incoming,
                             const struct signature_claim *claim, struct api_refusal *refusal_out)
{
    char digest[DIGEST_HEX_BYTES];
    digest_hex(incoming->body.bytes, incoming->body.len, digest);
    if (span_equals_text(claim->body_digest, digest)) {
        return true;
    }
    gateway_refuse_invalid(refusal_out, "x-acs-content-sha256",
                           "The SHA-256 of the body as it was sent, in lower-case hex, is right.");
    return false;
}

static void append_line(struct buf *out, struct span text)
{
    (void)buf_append(out, text.bytes, text.len);
    (void)buf_append_char(out, '\n');
}

bool signature_v3_request(const struct http_incoming *incoming, const struct parameters *parameters,
                          const struct signature_claim *claim, struct buf *out)
{
    append_line(out, incoming->method);
    bool is_decoded = canonical_path(incoming->path, out);
    (void)buf_append_char(out, '\n');
    canonical_query(parameters, CANONICAL_QUERY, out);
    (void)buf_append_char(out, '\n');
    for (struct span names = claim->signed_headers; names.len > 0;) {
        struct span name = take_until(&names, ';');
        struct span value = {0};
        (void)count_fields(incoming, name, &value);
        (void)buf_append(out, name.bytes, name.len);
        (void)buf_append_char(out, ':');
        append_line(out, value);
    }
    (void)buf_append_char(out, '\n');
    append_line(out, claim->signed_headers);
    (void)buf_append(out, claim->body_digest.bytes, claim->body_digest.len);
    return is_decoded && !out->overflow;
}

void signature_v3_string(struct span canonical_request, struct buf *out)
{
    char digest[DIGEST_HEX_BYTES];
    digest_hex(canonical_request.bytes, canonical_request.len, digest);
    (void)buf_append_format(out, SIGNATURE_V3_METHOD "\n%s", digest);
}

void signature_v3_make(const struct secret *secret, struct span string_to_sign,
                       char out[SIGNATURE_TEXT_BYTES])
{
    _Static_assert(SIGNATURE_TEXT_BYTES > 2 * HMAC_SHA256_BYTES, "hex and its NUL");
    unsigned char mac[HMAC_SHA256_BYTES];
    hmac_sha256(secret, string_to_sign, mac);
    text_hex(mac, sizeof(mac), out);
    mem_wipe(mac, sizeof(mac));
}
