// SPDX-License-Identifier: MIT
//
// Input: JSON, whose names of members are names of elements, too. Written as JSON it is read as the
// same. Written as XML it is what XML 1.0 calls well-formed, and what a reader takes from it is the
// tree: each text as it was, but for the characters that XML has no place for.
#include "base/check.h"
#include "base/text.h"
#include "document.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 64 };

static const char DECLARATION[] = "<?xml version='1.0' encoding='UTF-8'?>";
static const char REPLACEMENT[] = "\xef\xbf\xbd";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// Names are the door's own, so only such are right; lists of lists do not occur.
static bool is_name(const char *name)
{
    static const char LETTERS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    return name[0] != '\0' && strspn(name, LETTERS) == strlen(name);
}

static bool occurs(const json_t *value, bool is_in_list, unsigned depth)
{
    const char *name;
    json_t *member;
    if (depth > DEPTH_MAX || (is_in_list && json_is_array(value))) {
        return false;
    }
    json_object_foreach((json_t *)value, name, member)
    {
        if (!is_name(name) || !occurs(member, false, depth + 1)) {
            return false;
        }
    }
    for (size_t i = 0; i < json_array_size(value); i++) {
        if (!occurs(json_array_get(value, i), true, depth + 1)) {
            return false;
        }
    }
    return true;
}

// ---- a reader of XML, for what is written here

static bool takes(const char **at, const char *text)
{
    size_t len = strlen(text);
    if (strncmp(*at, text, len) != 0) {
        return false;
    }
    *at += len;
    return true;
}

// XML 1.0, 2.2.
static bool is_character(const char *at, size_t len)
{
    unsigned char c = (unsigned char)at[0];
    if (len == 3 && (memcmp(at, "\xef\xbf\xbe", 3) == 0 || memcmp(at, "\xef\xbf\xbf", 3) == 0)) {
        return false;
    }
    return c >= 0x20 || c == '\t' || c == '\n' || c == '\r';
}

static size_t character_len(const char *at)
{
    unsigned char c = (unsigned char)at[0];
    return c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
}

// One character of the text as a reader takes it, which ends lines with a line feed (2.11): so a
// carriage return has to come as a reference.
static void expect_character(const char **at, const char *text, size_t len)
{
    static const struct {
        char character;
        const char *reference;
    } REFERENCES[] = {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'\r', "&#13;"}};
    if (!is_character(text, len)) {
        INVARIANT(takes(at, REPLACEMENT));
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(REFERENCES); i++) {
        if (text[0] == REFERENCES[i].character) {
            INVARIANT(takes(at, REFERENCES[i].reference));
            return;
        }
    }
    INVARIANT(strncmp(*at, text, len) == 0);
    *at += len;
}

static void expect_text(const char **at, const char *text, size_t len)
{
    for (size_t i = 0; i < len;) {
        size_t step = character_len(text + i);
        expect_character(at, text + i, step);
        i += step;
    }
}

// In a CDATA section a text stands as it is, up to the first end of one (2.7). A carriage return there
// would be read as a line feed.
static bool takes_cdata(const char **at, const json_t *value)
{
    if (!takes(at, "<![CDATA[")) {
        return false;
    }
    const char *text = json_string_value(value);
    const char *end = strstr(*at, "]]>");
    INVARIANT(text != NULL && end != NULL);
    size_t len = json_string_length(value);
    INVARIANT((size_t)(end - *at) == len && memcmp(*at, text, len) == 0);
    for (size_t i = 0; i < len; i += character_len(text + i)) {
        INVARIANT(text[i] != '\r' && is_character(text + i, character_len(text + i)));
    }
    *at = end + strlen("]]>");
    return true;
}

static void expect_element(const char **at, const char *name, const json_t *value);

static void expect_value(const char **at, const json_t *value)
{
    const char *name;
    json_t *member;
    char *end = NULL;
    json_object_foreach((json_t *)value, name, member)
    {
        expect_element(at, name, member);
    }
    if (json_is_string(value)) {
        expect_text(at, json_string_value(value), json_string_length(value));
    } else if (json_is_integer(value)) {
        INVARIANT(strtoll(*at, &end, 10) == json_integer_value(value));
        *at = end;
    } else if (json_is_real(value)) {
        INVARIANT(strtod(*at, &end) == json_real_value(value));
        *at = end;
    } else if (json_is_boolean(value)) {
        INVARIANT(takes(at, json_is_true(value) ? "true" : "false"));
    }
}

static void expect_element(const char **at, const char *name, const json_t *value)
{
    if (json_is_array(value)) {
        for (size_t i = 0; i < json_array_size(value); i++) {
            expect_element(at, name, json_array_get(value, i));
        }
        return;
    }
    INVARIANT(takes(at, "<") && takes(at, name) && takes(at, ">"));
    if (strcmp(name, "Recommend") != 0 || !takes_cdata(at, value)) {
        expect_value(at, value);
    }
    INVARIANT(takes(at, "</") && takes(at, name) && takes(at, ">"));
}

// ---- both forms

static void check_xml(const json_t *tree)
{
    struct buf out;
    buf_init(&out, DOCUMENT_BYTES_MAX);
    document_write(&out, tree, true, "Root");
    if (!out.overflow) {
        const char *at = buf_text(&out);
        INVARIANT(text_is_utf8(at, out.len, NULL) && strlen(at) == out.len);
        INVARIANT(takes(&at, DECLARATION));
        expect_element(&at, "Root", tree);
        INVARIANT(*at == '\0');
    }
    buf_deinit(&out);
}

static void check_json(const json_t *tree)
{
    struct buf out;
    buf_init(&out, DOCUMENT_BYTES_MAX);
    document_write(&out, tree, false, "Root");
    if (!out.overflow) {
        json_t *again = json_loadb(buf_text(&out), out.len, 0, NULL);
        INVARIANT(again != NULL && json_equal(again, tree));
        json_decref(again);
    }
    buf_deinit(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_t *tree = json_loadb((const char *)data, size, 0, NULL);
    if (json_is_object(tree) && occurs(tree, false, 0)) {
        check_xml(tree);
        check_json(tree);
    }
    json_decref(tree);
    return 0;
}
