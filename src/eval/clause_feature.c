// SPDX-License-Identifier: MIT
#include "clause_feature.h"

#include "base/mem.h"
#include "base/text.h"
#include "document.h"
#include "value.h"

#include <string.h>

enum { QUOTED_BYTES = 512, QUOTED_SOURCE_BYTES = 60 };

static const char FIELD_PREFIX[] = "CONFIGURATION_FIELD_";

static void compile_path(struct compile *compile, const char *member, const char *text,
                         struct jsonpath **path_out)
{
    struct err err = ERR_INIT;
    if (jsonpath_parse(text, strlen(text), JSONPATH_LENIENT, path_out, &err) != ERR_OK) {
        compile_complain(compile, member, "rule.path.invalid", "%s: %s", member, err.message);
    } else if (jsonpath_pattern_fault(*path_out) != NULL) {
        compile_complain(compile, member, "rule.path.pattern", "%s: %s", member,
                         jsonpath_pattern_fault(*path_out));
    }
}

static void compile_origin(struct compile *compile, const char *text, struct feature_source *source)
{
    if (strcmp(text, "CONFIGURATION") == 0) {
        source->origin = FEATURE_CONFIGURATION;
    } else if (strcmp(text, "RESOURCE") == 0) {
        compile_refuse_own(compile, "featureSource", "featureSource RESOURCE");
        source->origin = FEATURE_RESOURCE;
    } else if (text_starts_with(text, FIELD_PREFIX)) {
        source->origin = FEATURE_FIELD;
        compile_path(compile, "featureSource", text + strlen(FIELD_PREFIX), &source->field);
    } else {
        struct buf quoted;
        buf_init(&quoted, QUOTED_BYTES);
        text_quote(&quoted, text, strlen(text), QUOTED_SOURCE_BYTES);
        compile_complain(compile, "featureSource", "rule.source.unknown",
                         "unknown featureSource %s; CONFIGURATION, RESOURCE or "
                         "CONFIGURATION_FIELD_<JSONPath> is right",
                         buf_text(&quoted));
        buf_deinit(&quoted);
    }
}

void feature_source_compile(struct compile *compile, json_t *node, struct feature_source *source)
{
    const char *origin = compile_text(compile, node, "featureSource");
    if (origin != NULL) {
        compile_origin(compile, origin, source);
    }
    const char *path = compile_text(compile, node, "featurePath");
    if (path != NULL) {
        compile_path(compile, "featurePath", path, &source->path);
    }
}

void feature_source_deinit(struct feature_source *source)
{
    jsonpath_destroy(&source->field);
    jsonpath_destroy(&source->path);
}

static void add_root(struct feature *feature, json_t *json, json_t *take_owned)
{
    feature->roots[feature->root_count++] =
        (struct feature_root){.json = json, .owned = take_owned};
}

// A property that holds a document: as JSON text, or, more than the vendor asks, as the document
// itself. null is a property without one.
static void add_document(struct feature *feature, json_t *property)
{
    if (json_is_null(property)) {
        return;
    }
    if (json_is_object(property) || json_is_array(property)) {
        add_root(feature, property, NULL);
        return;
    }
    json_t *document = NULL;
    struct err err = ERR_INIT;
    if (!value_is_text(property) ||
        document_parse(json_string_value(property), json_string_length(property), &document,
                       &err) != ERR_OK) {
        feature->fault = CAUSE_NO_JSON;
        return;
    }
    add_root(feature, document, document);
}

static void find_documents(struct feature *feature, const struct subject *subject)
{
    struct jsonpath_nodes properties = {0};
    struct err err = ERR_INIT;
    if (jsonpath_select(feature->source->field, subject->configuration, &properties, &err) !=
        ERR_OK) {
        feature->fault = CAUSE_TOO_MANY;
    }
    feature->roots = mem_alloc(properties.count, sizeof(*feature->roots));
    for (size_t i = 0; i < properties.count && feature->fault == CAUSE_NONE; i++) {
        add_document(feature, properties.items[i]);
    }
    jsonpath_nodes_deinit(&properties);
}

static void find_roots(struct feature *feature, const struct subject *subject)
{
    if (feature->source->origin == FEATURE_FIELD) {
        if (subject->configuration != NULL) {
            find_documents(feature, subject);
        }
        return;
    }
    feature->roots = mem_alloc(1, sizeof(*feature->roots));
    json_t *root =
        feature->source->origin == FEATURE_RESOURCE ? subject->record : subject->configuration;
    if (root != NULL) {
        add_root(feature, root, NULL);
    }
}

void feature_init(struct feature *feature, const struct feature_source *source,
                  const struct subject *subject)
{
    *feature = (struct feature){.source = source};
    feature->is_singular = jsonpath_is_singular(source->path) &&
                           (source->field == NULL || jsonpath_is_singular(source->field));
    find_roots(feature, subject);
    for (size_t i = 0; i < feature->root_count && feature->fault == CAUSE_NONE; i++) {
        size_t before = feature->nodes.count;
        struct err err = ERR_INIT;
        if (jsonpath_select(source->path, feature->roots[i].json, &feature->nodes, &err) !=
            ERR_OK) {
            feature->fault = CAUSE_TOO_MANY;
        }
        feature->roots[i].node_count = feature->nodes.count - before;
    }
}

void feature_deinit(struct feature *feature)
{
    for (size_t i = 0; i < feature->root_count; i++) {
        json_decref(feature->roots[i].owned);
    }
    mem_free(&feature->roots);
    jsonpath_nodes_deinit(&feature->nodes);
}

struct jsonpath_nodes feature_elements(const struct feature *feature)
{
    struct jsonpath_nodes elements = {0};
    for (size_t i = 0; i < feature->nodes.count; i++) {
        json_t *node = feature->nodes.items[i];
        size_t added = json_is_array(node) ? json_array_size(node) : 1;
        elements.items =
            mem_grow(elements.items, &elements.capacity, elements.count + added, sizeof(json_t *));
        for (size_t j = 0; j < added; j++) {
            elements.items[elements.count++] = json_is_array(node) ? json_array_get(node, j) : node;
        }
    }
    return elements;
}

void feature_locate(const struct feature *feature, size_t node, struct buf *out)
{
    REQUIRE(node < feature->nodes.count);
    size_t root = 0;
    while (node >= feature->roots[root].node_count) {
        node -= feature->roots[root].node_count;
        root++;
    }
    jsonpath_locate(feature->source->path, feature->roots[root].json, node, out);
}
