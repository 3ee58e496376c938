// SPDX-License-Identifier: MIT
//
// Input: the signature's version, where to change the request and how (four bytes); then by lines
// what is added to the query, the path and a header, and the body. The request is signed and has to
// come in. One byte of it is changed then: it must not come in, unless it still says the same.
#include "base/check.h"
#include "base/mem.h"
#include "base/text.h"
#include "canonical.h"
#include "draft.h"

#include <stdint.h>
#include <string.h>

enum { HEAD_BYTES = 4, PART_BYTES_MAX = 512 };
#define NOW_MS INT64_C(1795289444000) // 2026-11-21T19:30:44Z

static const char SECRET[] = "testsecret";
static const char COMMON[] =
    "Action=a&Version=2020-09-07&Timestamp=2026-11-21T19:30:44Z&AccessKeyId=testid"
    "&SignatureNonce=n&SignatureMethod=HMAC-SHA1&SignatureVersion=1.0&";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// The next line, as text without NUL.
static void take_line(const char **at, const char *end, char out[PART_BYTES_MAX])
{
    const char *stop = memchr(*at, '\n', (size_t)(end - *at));
    size_t len = (size_t)((stop == NULL ? end : stop) - *at);
    size_t kept = len < PART_BYTES_MAX - 1 ? len : PART_BYTES_MAX - 1;
    memcpy(out, *at, kept);
    out[kept] = '\0';
    *at = stop == NULL ? end : stop + 1;
}

static bool is_readable(const struct draft *draft)
{
    static struct parameters parameters;
    struct err err = ERR_INIT;
    struct buf path;
    buf_init(&path, CANONICAL_BYTES_MAX);
    bool is_right = parameters_parse(&parameters, span_of(draft->query), span_of(draft->body),
                                     &err) == ERR_OK &&
                    parameters_find_double(&parameters) == NULL &&
                    parameters_get(&parameters, "SecurityToken") == NULL &&
                    canonical_path(span_of(draft->path), &path);
    parameters_deinit(&parameters);
    buf_deinit(&path);
    return is_right;
}

static void write_draft(struct draft *draft, bool is_v3, const char *at, const char *end)
{
    char query[PART_BYTES_MAX];
    char path[PART_BYTES_MAX];
    char value[PART_BYTES_MAX];
    char body[PART_BYTES_MAX];
    take_line(&at, end, query);
    take_line(&at, end, path);
    take_line(&at, end, value);
    take_line(&at, end, body);
    draft_init(draft, "POST", is_v3 ? "" : COMMON, body);
    draft_change(draft, &(struct draft_change){"query", NULL, query});
    path[sizeof(draft->path) - 2] = '\0';
    draft_change(draft, &(struct draft_change){"path", NULL, path});
    draft_add_field(draft, "host", "h");
    if (is_v3) {
        draft_add_field(draft, "content-type", "application/x-www-form-urlencoded");
        draft_add_field(draft, "x-acs-action", "a");
        draft_add_field(draft, "x-acs-version", "2020-09-07");
        draft_add_field(draft, "x-acs-date", "2026-11-21T19:30:44Z");
        draft_add_field(draft, "x-acs-signature-nonce", "n");
        draft_add_field(draft, "x-acs-extra", value);
    }
}

// The part that is changed: all that is signed, and the signature.
static char *pick_part(struct draft *draft, bool is_v3, unsigned choice)
{
    char *parts[4 + DRAFT_FIELDS_MAX] = {draft->method, draft->path, draft->query, draft->body};
    size_t count = 4;
    for (size_t i = 0; is_v3 && i < draft->field_count; i++) {
        parts[count++] = draft->fields[i].value;
    }
    return parts[choice % count];
}

static bool has_same(const struct parameters *all, const struct parameter *wanted, bool is_v3)
{
    for (size_t i = 0; i < all->count; i++) {
        const struct parameter *item = &all->items[i];
        if (span_equals(item->name, wanted->name) && span_equals(item->value, wanted->value) &&
            (!is_v3 || item->is_from_body == wanted->is_from_body)) {
            return true;
        }
    }
    return false;
}

static bool says_the_same_parameters(const struct draft *a, const struct draft *b, bool is_v3)
{
    static struct parameters left;
    static struct parameters right;
    struct err err = ERR_INIT;
    (void)parameters_parse(&left, span_of(a->query), span_of(a->body), &err);
    (void)parameters_parse(&right, span_of(b->query), span_of(b->body), &err);
    bool is_same = left.count == right.count;
    for (size_t i = 0; i < left.count && is_same; i++) {
        is_same = has_same(&right, &left.items[i], is_v3);
    }
    parameters_deinit(&left);
    parameters_deinit(&right);
    return is_same;
}

static struct span trimmed(const char *text)
{
    struct span span = span_of(text + strspn(text, " \t"));
    while (span.len > 0 && strchr(" \t", span.bytes[span.len - 1]) != NULL) {
        span.len--;
    }
    return span;
}

static bool says_the_same_path(const struct draft *a, const struct draft *b)
{
    struct buf left;
    struct buf right;
    buf_init(&left, CANONICAL_BYTES_MAX);
    buf_init(&right, CANONICAL_BYTES_MAX);
    bool is_same = canonical_path(span_of(a->path), &left) &&
                   canonical_path(span_of(b->path), &right) &&
                   strcmp(buf_text(&left), buf_text(&right)) == 0;
    buf_deinit(&left);
    buf_deinit(&right);
    return is_same;
}

static bool says_the_same(const struct draft *a, const struct draft *b, bool is_v3)
{
    bool is_same = strcmp(a->method, b->method) == 0 && says_the_same_path(a, b) &&
                   says_the_same_parameters(a, b, is_v3) &&
                   (!is_v3 || strcmp(a->body, b->body) == 0);
    for (size_t i = 0; is_v3 && i < a->field_count && is_same; i++) {
        is_same = span_equals(trimmed(a->fields[i].value), trimmed(b->fields[i].value));
    }
    return is_same;
}

static bool comes_in(struct draft *draft, const struct access_keys *keys)
{
    struct identity identity = {0};
    struct api_refusal refusal = {0};
    bool is_in = draft_authenticate(draft, keys, NOW_MS, &identity, &refusal);
    INVARIANT(is_in == (refusal.code[0] == '\0') && is_in == (identity.key != NULL));
    INVARIANT(text_is_utf8(refusal.message, strlen(refusal.message), NULL));
    INVARIANT(strstr(refusal.message, SECRET) == NULL);
    draft_deinit(draft);
    return is_in;
}

static struct access_keys *read_keys(void)
{
    static const char TEXT[] = "{\"accessKeys\": [{\"AccessKeyId\": \"testid\", \"AccountId\": "
                               "\"1\", \"secrets\": [\"testsecret\"]}]}";
    struct access_keys *keys = NULL;
    struct err err = ERR_INIT;
    INVARIANT(access_keys_parse(span_of(TEXT), "keys", &keys, &err) == ERR_OK);
    return keys;
}

static void check_change(struct draft *draft, bool is_v3, const uint8_t head[HEAD_BYTES],
                         const struct access_keys *keys)
{
    static struct draft before;
    before = *draft;
    char *part = pick_part(draft, is_v3, head[1]);
    size_t len = strlen(part);
    if (len == 0) {
        return;
    }
    char *byte = &part[(head[2] * (size_t)257) % len];
    char changed = (char)(*byte ^ head[3]);
    if (changed == '\0' || changed == *byte) {
        return;
    }
    *byte = changed;
    if (is_readable(draft)) {
        INVARIANT(!comes_in(draft, keys) || says_the_same(&before, draft, is_v3));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct draft draft;
    if (size < HEAD_BYTES || memchr(data + HEAD_BYTES, '\0', size - HEAD_BYTES) != NULL ||
        memmem(data, size, SECRET, strlen(SECRET)) != NULL) {
        return 0;
    }
    const bool is_v3 = (data[0] & 1) != 0;
    write_draft(&draft, is_v3, (const char *)data + HEAD_BYTES, (const char *)data + size);
    if (!is_readable(&draft)) {
        return 0;
    }
    if (is_v3) {
        draft_sign_v3(&draft, "testid", SECRET);
    } else {
        draft_sign_v1(&draft, SECRET);
    }
    // It may have had a "Signature" of its own.
    if (is_readable(&draft)) {
        static struct access_keys *keys;
        keys = keys == NULL ? read_keys() : keys;
        INVARIANT(comes_in(&draft, keys));
        check_change(&draft, is_v3, data, keys);
    }
    draft_deinit(&draft);
    return 0;
}
