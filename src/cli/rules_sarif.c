// SPDX-License-Identifier: MIT
//
// Findings as SARIF 2.1.0. Sections are those of the standard.
#include "rules_check_view.h"

#include "base/digest.h"
#include "base/text.h"

#include <string.h>

enum { URI_BYTES = 64 * 1024, KEY_BYTES = 64 * 1024 };

static const char SCHEMA[] = "https://json.schemastore.org/sarif-2.1.0.json";
// 3.27.17: hierarchical, with a version, because how it is made may change.
static const char FINGERPRINT[] = "packreportFinding/v1";

static json_t *text_object(const char *text)
{
    return json_pack("{s:s}", "text", text);
}

// 3.4.3: a relative reference, or a file URI; '/' stays.
static json_t *uri_of(const char *path)
{
    struct buf uri;
    buf_init(&uri, URI_BYTES);
    (void)buf_append_text(&uri, path[0] == '/' ? "file://" : "");
    for (const char *at = path; *at != '\0';) {
        size_t len = strcspn(at, "/");
        text_percent_encode(&uri, at, len);
        at += len;
        if (*at == '/') {
            (void)buf_append_char(&uri, '/');
            at++;
        }
    }
    json_t *text = json_string(buf_text(&uri));
    buf_deinit(&uri);
    return text;
}

// The pointer within its rule, which does not change when other rules come and go.
static const char *pointer_in_rule(const char *pointer)
{
    const char *at = text_starts_with(pointer, "/rules/") ? pointer + strlen("/rules") : pointer;
    size_t digits = at[0] == '/' ? strspn(at + 1, "0123456789") : 0;
    return digits > 0 && (at[1 + digits] == '/' || at[1 + digits] == '\0') ? at + 1 + digits : at;
}

static const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

static json_t *fingerprints_of(const struct lint_finding *finding)
{
    struct buf key;
    char digest[DIGEST_HEX_BYTES];
    buf_init(&key, KEY_BYTES);
    (void)buf_append_text(&key, finding->code);
    (void)buf_append_char(&key, '\n');
    (void)buf_append_text(&key, finding->rule != NULL   ? finding->rule
                                : finding->file != NULL ? file_name(finding->file)
                                                        : "");
    (void)buf_append_char(&key, '\n');
    (void)buf_append_text(&key, finding->pointer == NULL ? ""
                                : finding->rule == NULL  ? finding->pointer
                                                         : pointer_in_rule(finding->pointer));
    digest_hex(buf_text(&key), key.len, digest);
    buf_deinit(&key);
    return json_pack("{s:s}", FINGERPRINT, digest);
}

static json_t *location_of(const struct lint_finding *finding)
{
    json_t *physical = json_object();
    (void)json_object_set_new(physical, "artifactLocation",
                              json_pack("{s:o}", "uri", uri_of(finding->file)));
    if (finding->place.line > 0) {
        const struct json_place *place = &finding->place;
        (void)json_object_set_new(
            physical, "region",
            json_pack("{s:I,s:I,s:I,s:I}", "startLine", (json_int_t)place->line, "startColumn",
                      (json_int_t)place->column, "endLine", (json_int_t)place->end_line,
                      "endColumn", (json_int_t)place->end_column));
    }
    json_t *location = json_pack("{s:o}", "physicalLocation", physical);
    if (finding->pointer != NULL && finding->pointer[0] != '\0') {
        (void)json_object_set_new(location, "logicalLocations",
                                  json_pack("[{s:s}]", "fullyQualifiedName", finding->pointer));
    }
    return location;
}

static json_t *rule_of(const char *code)
{
    const struct lint_code *known = lint_code_find(code);
    json_t *rule = json_pack("{s:s}", "id", code);
    if (known != NULL) {
        (void)json_object_set_new(rule, "shortDescription", text_object(known->title));
        (void)json_object_set_new(rule, "help", text_object(known->right));
        (void)json_object_set_new(rule, "defaultConfiguration",
                                  json_pack("{s:s}", "level", lint_severity_text(known->severity)));
    }
    return rule;
}

// Position of the code's rule in the list, which grows when it is new.
static size_t rule_index(const char *code, json_t *rules, json_t *indexes)
{
    const json_t *index = json_object_get(indexes, code);
    if (index == NULL) {
        (void)json_object_set_new(indexes, code, json_integer((json_int_t)json_array_size(rules)));
        (void)json_array_append_new(rules, rule_of(code));
        return json_array_size(rules) - 1;
    }
    return (size_t)json_integer_value(index);
}

static json_t *result_of(const struct lint_finding *finding, json_t *rules, json_t *indexes)
{
    json_t *result =
        json_pack("{s:s,s:I,s:s,s:o}", "ruleId", finding->code, "ruleIndex",
                  (json_int_t)rule_index(finding->code, rules, indexes), "level",
                  lint_severity_text(finding->severity), "message", text_object(finding->message));
    if (finding->file != NULL) {
        (void)json_object_set_new(result, "locations", json_pack("[o]", location_of(finding)));
    }
    (void)json_object_set_new(result, "partialFingerprints", fingerprints_of(finding));
    return result;
}

json_t *rules_check_sarif(const struct rules_checked *checked)
{
    json_t *rules = json_array();
    json_t *indexes = json_object();
    json_t *results = json_array();
    for (size_t i = 0; i < checked->findings->count; i++) {
        (void)json_array_append_new(results,
                                    result_of(&checked->findings->items[i], rules, indexes));
    }
    json_decref(indexes);
    json_t *driver = json_pack("{s:s,s:s,s:o}", "name", "packreport rules check", "version",
                               PACKREPORT_VERSION, "rules", rules);
    return json_pack("{s:s,s:s,s:[{s:{s:o},s:s,s:o}]}", "$schema", SCHEMA, "version", "2.1.0",
                     "runs", "tool", "driver", driver, "columnKind", "unicodeCodePoints", "results",
                     results);
}
