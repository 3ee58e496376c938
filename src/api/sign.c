// SPDX-License-Identifier: MIT
#include "api/sign.h"

#include "base/clock.h"
#include "base/digest.h"
#include "base/mem.h"
#include "base/random.h"
#include "base/text.h"
#include "canonical.h"
#include "key_file.h"
#include "signature_v3.h"

#include <jansson.h>
#include <string.h>

enum { FILE_BYTES_MAX = 64 * 1024, REQUEST_BYTES_MAX = 64 * 1024, SECONDS_LEN = 19 };

struct sign_key {
    char *id;
    struct secret *secret;
    struct secret *token; // NULL: none
};

// ---- the key

// The member's text; NULL, and the error, when it is absent or cannot go into a header.
static const char *read_member(const json_t *document, const char *path, const char *name,
                               struct err *err)
{
    const json_t *member = json_object_get(document, name);
    const char *text = json_string_value(member);
    size_t len = json_string_length(member);
    if (text == NULL || len == 0 || strlen(text) != len || !text_is_printable_ascii(text, len) ||
        strchr(text, ' ') != NULL) {
        (void)err_set(err, ERR_CONFIG,
                      "%s: %s: a text of printable ASCII characters without blanks is right", path,
                      name);
        return NULL;
    }
    return text;
}

static enum err_kind read_key(const json_t *document, const char *path, struct sign_key *key,
                              struct err *err)
{
    const char *id = read_member(document, path, "AccessKeyId", err);
    const char *secret = id == NULL ? NULL : read_member(document, path, "AccessKeySecret", err);
    bool has_token = json_object_get(document, "SecurityToken") != NULL;
    const char *token =
        secret == NULL || !has_token ? NULL : read_member(document, path, "SecurityToken", err);
    if (secret == NULL || (has_token && token == NULL)) {
        return err->kind;
    }
    key->id = mem_text(id);
    key->secret = secret_create(secret, strlen(secret));
    key->token = token == NULL ? NULL : secret_create(token, strlen(token));
    return ERR_OK;
}

enum err_kind sign_key_load(const char *path, struct sign_key **key_out, struct err *err)
{
    struct key_file file;
    enum err_kind kind = key_file_read(path, FILE_BYTES_MAX, &file, err);
    if (kind != ERR_OK) {
        return kind;
    }
    json_t *document = json_loadb(file.bytes, file.len, JSON_REJECT_DUPLICATES, NULL);
    key_file_deinit(&file);
    struct sign_key *key = mem_alloc(1, sizeof(*key));
    kind = json_is_object(document)
               ? read_key(document, path, key, err)
               : err_set(err, ERR_CONFIG,
                         "%s: an object with AccessKeyId and AccessKeySecret is right", path);
    json_decref(document);
    if (kind != ERR_OK) {
        sign_key_destroy(&key);
        return kind;
    }
    *key_out = key;
    return ERR_OK;
}

void sign_key_destroy(struct sign_key **key)
{
    if (*key != NULL) {
        mem_free(&(*key)->id);
        secret_destroy(&(*key)->secret);
        secret_destroy(&(*key)->token);
        mem_free(key);
    }
}

// ---- a request

static void add_header(struct signed_request *request, const char *name, const char *value)
{
    REQUIRE(request->header_count < SIGN_HEADERS_MAX);
    char *text = mem_text(value);
    request->texts[request->header_count] = text;
    request->headers[request->header_count++] = (struct http_header){.name = name, .value = text};
}

static void add_secret(struct signed_request *request, size_t which, const char *name,
                       struct secret *take_secret)
{
    REQUIRE(request->header_count < SIGN_HEADERS_MAX);
    request->secrets[which] = take_secret;
    request->headers[request->header_count++] =
        (struct http_header){.name = name, .secret = take_secret};
}

static void list_parameters(const struct sign_request *request, struct parameters *parameters)
{
    REQUIRE(request->parameter_count <= PARAMETERS_MAX);
    parameters->count = request->parameter_count;
    for (size_t i = 0; i < parameters->count; i++) {
        const struct sign_parameter *parameter = &request->parameters[i];
        parameters->items[i] = (struct parameter){.name = span_of(parameter->name),
                                                  .value = span_of(parameter->value)};
    }
}

// What is sent is what is signed.
static char *write_query(const struct parameters *parameters)
{
    struct buf query;
    buf_init(&query, REQUEST_BYTES_MAX);
    canonical_query(parameters, CANONICAL_QUERY, &query);
    ENSURE(!query.overflow);
    char *text = mem_text(buf_text(&query));
    buf_deinit(&query);
    return text;
}

// The headers but Authorization, in the order in which they are signed.
static void add_signed_headers(struct signed_request *out, const struct sign_request *request,
                               const struct sign_key *key)
{
    char time[TEXT_TIME_BYTES];
    char nonce[RANDOM_UUID_BYTES];
    char digest[DIGEST_HEX_BYTES];
    text_time(clock_wall_ms(), time);
    time[SECONDS_LEN] = 'Z'; // the form has no fraction
    time[SECONDS_LEN + 1] = '\0';
    random_uuid(nonce);
    digest_hex("", 0, digest);
    add_header(out, "host", request->host);
    add_header(out, "x-acs-action", request->action);
    add_header(out, "x-acs-content-sha256", digest);
    add_header(out, "x-acs-date", time);
    if (key->token != NULL) {
        add_secret(out, 0, "x-acs-security-token", secret_dup(key->token));
    }
    add_header(out, "x-acs-signature-nonce", nonce);
    add_header(out, "x-acs-version", API_VERSION);
}

static const char *value_of(const struct http_header *header)
{
    return header->secret != NULL ? secret_reveal(header->secret) : header->value;
}

static void write_names(const struct signed_request *request, struct buf *out)
{
    for (size_t i = 0; i < request->header_count; i++) {
        (void)buf_append_format(out, "%s%s", i > 0 ? ";" : "", request->headers[i].name);
    }
}

// As the door will see it.
static void write_canonical(const struct signed_request *request,
                            const struct parameters *parameters, const char *names, struct buf *out)
{
    struct http_field fields[SIGN_HEADERS_MAX];
    for (size_t i = 0; i < request->header_count; i++) {
        const struct http_header *header = &request->headers[i];
        fields[i] = (struct http_field){span_of(header->name), span_of(value_of(header))};
    }
    const struct http_incoming incoming = {.method = span_of("GET"),
                                           .path = span_of("/"),
                                           .fields = fields,
                                           .field_count = request->header_count};
    struct signature_claim claim = {.signed_headers = span_of(names)};
    (void)http_incoming_field(&incoming, "x-acs-content-sha256", &claim.body_digest);
    bool is_written = signature_v3_request(&incoming, parameters, &claim, out);
    ENSURE(is_written);
}

static void sign(struct signed_request *request, const struct parameters *parameters,
                 const struct sign_key *key)
{
    struct buf names;
    struct buf canonical;
    struct buf to_sign;
    struct buf authorization;
    char signature[SIGNATURE_TEXT_BYTES];
    buf_init(&names, REQUEST_BYTES_MAX);
    buf_init(&canonical, REQUEST_BYTES_MAX);
    buf_init(&to_sign, REQUEST_BYTES_MAX);
    buf_init(&authorization, REQUEST_BYTES_MAX);
    write_names(request, &names);
    write_canonical(request, parameters, buf_text(&names), &canonical);
    signature_v3_string((struct span){buf_text(&canonical), canonical.len}, &to_sign);
    signature_v3_make(key->secret, (struct span){buf_text(&to_sign), to_sign.len}, signature);
    (void)buf_append_format(&authorization,
                            SIGNATURE_V3_METHOD " Credential=%s,SignedHeaders=%s,Signature=%s",
                            key->id, buf_text(&names), signature);
    add_secret(request, 1, "Authorization",
               secret_create(buf_text(&authorization), authorization.len));
    mem_wipe(canonical.data, canonical.len); // it has the security token
    buf_deinit(&authorization);
    buf_deinit(&to_sign);
    buf_deinit(&canonical);
    buf_deinit(&names);
}

void sign_request(const struct sign_request *request, const struct sign_key *key,
                  struct signed_request *signed_out)
{
    struct parameters parameters;
    list_parameters(request, &parameters);
    *signed_out = (struct signed_request){.query = write_query(&parameters)};
    if (key == NULL) {
        add_header(signed_out, "x-acs-action", request->action);
        add_header(signed_out, "x-acs-version", API_VERSION);
        return;
    }
    add_signed_headers(signed_out, request, key);
    sign(signed_out, &parameters, key);
}

void signed_request_deinit(struct signed_request *request)
{
    mem_free(&request->query);
    for (size_t i = 0; i < SIGN_HEADERS_MAX; i++) {
        mem_free(&request->texts[i]);
    }
    secret_destroy(&request->secrets[0]);
    secret_destroy(&request->secrets[1]);
    *request = (struct signed_request){.query = NULL};
}
