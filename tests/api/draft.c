// SPDX-License-Identifier: MIT
#include "draft.h"

#include "base/digest.h"
#include "base/mem.h"
#include "base/text.h"
#include "canonical.h"
#include "signature_v1.h"
#include "signature_v3.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void draft_init(struct draft *draft, const char *method, const char *query, const char *body)
{
    *draft = (struct draft){.path = "/"};
    ENSURE(text_copy(draft->method, sizeof(draft->method), method));
    ENSURE(text_copy(draft->query, sizeof(draft->query), query));
    ENSURE(text_copy(draft->body, sizeof(draft->body), body));
    buf_init(&draft->parameters.text, 1);
}

void draft_add_field(struct draft *draft, const char *name, const char *value)
{
    ENSURE(draft->field_count < DRAFT_FIELDS_MAX);
    struct draft_field *field = &draft->fields[draft->field_count++];
    ENSURE(text_copy(field->name, sizeof(field->name), name));
    ENSURE(text_copy(field->value, sizeof(field->value), value));
}

static struct draft_field *find_field(struct draft *draft, const char *name)
{
    for (size_t i = 0; i < draft->field_count; i++) {
        if (text_equals_ignore_case(draft->fields[i].name, name)) {
            return &draft->fields[i];
        }
    }
    return NULL;
}

static void replace(char *text, size_t size, const char *from, const char *to)
{
    char *place = from == NULL ? text + strlen(text) : strstr(text, from);
    ENSURE(place != NULL);
    char *rest = mem_text(place + (from == NULL ? 0 : strlen(from)));
    ENSURE((size_t)(place - text) + strlen(to) + strlen(rest) < size);
    (void)memcpy(place, to, strlen(to));
    (void)memcpy(place + strlen(to), rest, strlen(rest) + 1);
    mem_free(&rest);
}

static void change_field(struct draft *draft, const struct draft_change *change)
{
    struct draft_field *field = find_field(draft, change->where);
    if (change->from == NULL && change->to != NULL) {
        draft_add_field(draft, change->where, change->to);
        return;
    }
    ENSURE(field != NULL);
    if (change->to == NULL) {
        size_t behind = draft->field_count - (size_t)(field - draft->fields) - 1;
        memmove(field, field + 1, behind * sizeof(*field));
        draft->field_count--;
    } else {
        replace(field->value, sizeof(field->value), change->from, change->to);
    }
}

void draft_change(struct draft *draft, const struct draft_change *change)
{
    const struct {
        const char *where;
        char *text;
        size_t size;
    } texts[] = {
        {"method", draft->method, sizeof(draft->method)},
        {"path", draft->path, sizeof(draft->path)},
        {"query", draft->query, sizeof(draft->query)},
        {"body", draft->body, sizeof(draft->body)},
    };
    if (change->where == NULL) {
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        if (strcmp(texts[i].where, change->where) == 0) {
            replace(texts[i].text, texts[i].size, change->from, change->to);
            return;
        }
    }
    change_field(draft, change);
}

static void settle(struct draft *draft)
{
    for (size_t i = 0; i < draft->field_count; i++) {
        draft->borrowed[i] =
            (struct http_field){span_of(draft->fields[i].name), span_of(draft->fields[i].value)};
    }
    draft->incoming = (struct http_incoming){
        .method = span_of(draft->method),
        .path = span_of(draft->path),
        .query = span_of(draft->query),
        .fields = draft->borrowed,
        .field_count = draft->field_count,
        .body = span_of(draft->body),
    };
    struct err err = ERR_INIT;
    parameters_deinit(&draft->parameters);
    enum err_kind kind =
        parameters_parse(&draft->parameters, draft->incoming.query, draft->incoming.body, &err);
    ENSURE(kind == ERR_OK);
}

void draft_sign_v1(struct draft *draft, const char *secret)
{
    settle(draft);
    struct buf string;
    buf_init(&string, CANONICAL_BYTES_MAX);
    ENSURE(signature_v1_string(&draft->incoming, &draft->parameters, &string));
    struct secret *key = secret_create(secret, strlen(secret));
    char signature[SIGNATURE_TEXT_BYTES];
    signature_v1_make(key, (struct span){string.data, string.len}, signature);
    secret_destroy(&key);
    buf_reset(&string);
    (void)buf_append_text(&string, draft->query[0] == '\0' ? "Signature=" : "&Signature=");
    text_percent_encode(&string, signature, strlen(signature));
    replace(draft->query, sizeof(draft->query), NULL, buf_text(&string));
    buf_deinit(&string);
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

// The names of all headers, in lower case and sorted.
static void write_names(const struct draft *draft, char *out, size_t size)
{
    char *names[DRAFT_FIELDS_MAX];
    for (size_t i = 0; i < draft->field_count; i++) {
        names[i] = mem_text(draft->fields[i].name);
        for (char *c = names[i]; *c != '\0'; c++) {
            *c = *c >= 'A' && *c <= 'Z' ? (char)(*c - 'A' + 'a') : *c;
        }
    }
    qsort(names, draft->field_count, sizeof(names[0]), compare_texts);
    out[0] = '\0';
    for (size_t i = 0; i < draft->field_count; i++) {
        replace(out, size, NULL, i == 0 ? "" : ";");
        replace(out, size, NULL, names[i]);
        mem_free(&names[i]);
    }
}

void draft_sign_v3(struct draft *draft, const char *key_id, const char *secret)
{
    char names[DRAFT_VALUE_BYTES / 2];
    char authorization[DRAFT_VALUE_BYTES];
    char digest[DIGEST_HEX_BYTES];
    digest_hex(draft->body, strlen(draft->body), digest);
    draft_add_field(draft, "x-acs-content-sha256", digest);
    settle(draft);
    write_names(draft, names, sizeof(names));
    const struct signature_claim claim = {.signed_headers = span_of(names),
                                          .body_digest = span_of(digest)};
    struct buf request;
    struct buf string;
    buf_init(&request, CANONICAL_BYTES_MAX);
    buf_init(&string, CANONICAL_BYTES_MAX);
    ENSURE(signature_v3_request(&draft->incoming, &draft->parameters, &claim, &request));
    signature_v3_string((struct span){request.data, request.len}, &string);
    struct secret *key = secret_create(secret, strlen(secret));
    char signature[SIGNATURE_TEXT_BYTES];
    signature_v3_make(key, (struct span){string.data, string.len}, signature);
    secret_destroy(&key);
    buf_deinit(&request);
    buf_deinit(&string);
    (void)snprintf(authorization, sizeof(authorization),
                   "ACS3-HMAC-SHA256 Credential=%s,SignedHeaders=%s,Signature=%s", key_id, names,
                   signature);
    draft_add_field(draft, "Authorization", authorization);
}

bool draft_authenticate(struct draft *draft, const struct access_keys *keys, int64_t now_ms,
                        struct identity *identity_out, struct api_refusal *refusal_out)
{
    settle(draft);
    const struct authentication_input input = {.incoming = &draft->incoming,
                                               .parameters = &draft->parameters,
                                               .keys = keys,
                                               .now_ms = now_ms};
    return authenticate(&input, identity_out, refusal_out);
}

void draft_deinit(struct draft *draft)
{
    parameters_deinit(&draft->parameters);
}
