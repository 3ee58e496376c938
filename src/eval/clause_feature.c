// SPDX-License-Identifier: MIT
#include "clause_feature.h"

#include "base/mem.h"
#include "base/text.h"
#include "jsonpath_prefix.h"
#include "jsonpath_tree.h"
#include "tree.h"

#include <string.h>

static const char FIELD_PREFIX[] = "CONFIGURATION_FIELD_";

static void refuse_function(struct compile *compile, const char *member, const char *function)
{
    char *what = mem_format("the function %s() in a path", function);
    compile_refuse_own(compile, member, what);
    mem_free(&what);
}

static void compile_path(struct compile *compile, const char *member, const char *text,
                         struct jsonpath **path_out)
{
    struct err err = ERR_INIT;
    if (jsonpath_parse(text, strlen(text), JSONPATH_LENIENT, path_out, &err) != ERR_OK) {
        compile_complain(compile, member, "rule.path.invalid", "%s: %s", member, err.message);
    } else if (jsonpath_pattern_fault(*path_out) != NULL) {
        compile_complain(compile, member, "rule.path.pattern", "%s: %s", member,
                         jsonpath_pattern_fault(*path_out));
    } else if (jsonpath_first_function(*path_out) != NULL) {
        refuse_function(compile, member, jsonpath_first_function(*path_out));
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
        compile_complain(compile, "featureSource", "rule.source.unknown",
                         "unknown featureSource %s; CONFIGURATION, RESOURCE or "
                         "CONFIGURATION_FIELD_<JSONPath> is right",
                         compile_quote(text).text);
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

static void add_root(struct feature *feature, struct value value, json_t *take_owned)
{
    feature->roots = mem_grow(feature->roots, &feature->root_capacity, feature->root_count + 1,
                              sizeof(*feature->roots));
    feature->roots[feature->root_count++] =
        (struct feature_root){.value = value, .owned = take_owned};
}

// The document that a text holds; a fault when it holds none.
static void add_document(struct feature *feature, const struct subject *subject, struct value text)
{
    struct span json = value_text(text);
    if (text.tape != NULL) {
        struct tape *tape = tape_pool_scan(subject->tapes, json);
        if (tape != NULL) {
            add_root(feature, value_of_node(tape, 0), NULL);
            return;
        }
    } else {
        json_t *tree = NULL;
        struct err err = ERR_INIT;
        if (tree_parse(json.bytes, json.len, &tree, &err) == ERR_OK) {
            add_root(feature, value_of_json(tree), tree);
            return;
        }
    }
    feature->fault = CAUSE_NO_JSON;
}

// A property that holds a document: as JSON text, or, more than the vendor asks, as the document
// itself. null is a property without one.
static void add_property(struct feature *feature, const struct subject *subject,
                         struct value property)
{
    switch (value_kind(property)) {
    case VALUE_NULL:
        return;
    case VALUE_OBJECT:
    case VALUE_ARRAY:
        add_root(feature, property, NULL);
        return;
    case VALUE_TEXT:
        add_document(feature, subject, property);
        return;
    case VALUE_FALSE:
    case VALUE_TRUE:
    case VALUE_NUMBER:
        break;
    }
    feature->fault = CAUSE_NO_JSON;
}

static void find_documents(struct feature *feature, const struct subject *subject)
{
    struct jsonpath_nodes properties = {0};
    struct err err = ERR_INIT;
    if (jsonpath_select(feature->source->field, subject->configuration, &properties, &err) !=
        ERR_OK) {
        feature->fault = CAUSE_TOO_MANY;
    }
    for (size_t i = 0; i < properties.count && feature->fault == CAUSE_NONE; i++) {
        size_t before = feature->root_count;
        add_property(feature, subject, properties.items[i]);
        if (feature->root_count > before) {
            feature->roots[before].property = i;
        }
    }
    jsonpath_nodes_deinit(&properties);
}

// Whether a path from the record may lead into its configuration.
static bool may_enter_configuration(const struct jsonpath *path)
{
    static const struct span CONFIGURATION = {"configuration", sizeof("configuration") - 1};
    if (path->query.count == 0) {
        return true;
    }
    const struct jsonpath_segment *first = &path->query.segments[0];
    bool is_name =
        !first->is_descendant && first->count == 1 && first->selectors[0].kind == JSONPATH_NAME;
    const struct span name = {first->selectors[0].name, first->selectors[0].name_len};
    return !is_name || span_equals(name, CONFIGURATION);
}

// The record for paths from it. One whose configuration is JSON text is judged as if it held the
// document itself: the form in which it came says nothing of the resource.
static void add_record(struct feature *feature, const struct subject *subject)
{
    struct value configuration =
        value_member(subject->record, "configuration", strlen("configuration"));
    if (!value_is(configuration, VALUE_TEXT) || !may_enter_configuration(feature->source->path)) {
        add_root(feature, subject->record, NULL);
        return;
    }
    json_t *copied = value_to_json(subject->record);
    json_t *record = json_copy(copied);
    json_decref(copied);
    (void)json_object_set_new(record, "configuration", value_to_json(subject->configuration));
    add_root(feature, value_of_json(record), record);
}

static void find_roots(struct feature *feature, const struct subject *subject)
{
    if (feature->source->origin == FEATURE_FIELD) {
        if (value_exists(subject->configuration)) {
            find_documents(feature, subject);
        }
        return;
    }
    if (feature->source->origin == FEATURE_RESOURCE) {
        if (value_exists(subject->record)) {
            add_record(feature, subject);
        }
    } else if (value_exists(subject->configuration)) {
        add_root(feature, subject->configuration, NULL);
    }
}

static void add_node(struct jsonpath_nodes *nodes, struct value node)
{
    nodes->items = mem_grow(nodes->items, &nodes->capacity, nodes->count + 1, sizeof(struct value));
    nodes->items[nodes->count++] = node;
}

static void release_roots(struct feature *feature)
{
    for (size_t i = 0; i < feature->root_count; i++) {
        json_decref(feature->roots[i].owned);
    }
    feature->root_count = 0;
}

void feature_begin(struct feature *feature, const struct feature_source *source)
{
    release_roots(feature);
    feature->source = source;
    feature->nodes.count = 0;
    feature->fault = CAUSE_NONE;
    feature->is_singular = jsonpath_is_singular(source->path) &&
                           (source->field == NULL || jsonpath_is_singular(source->field));
}

void feature_find(struct feature *feature, const struct subject *subject)
{
    find_roots(feature, subject);
    for (size_t i = 0; i < feature->root_count && feature->fault == CAUSE_NONE; i++) {
        size_t before = feature->nodes.count;
        struct err err = ERR_INIT;
        if (jsonpath_select(feature->source->path, feature->roots[i].value, &feature->nodes,
                            &err) != ERR_OK) {
            feature->fault = CAUSE_TOO_MANY;
        }
        feature->roots[i].node_count = feature->nodes.count - before;
    }
}

void feature_find_from(struct feature *feature, struct value root, struct value start)
{
    struct err err = ERR_INIT;
    add_root(feature, root, NULL);
    if (jsonpath_select_from(feature->source->path, root, start, &feature->nodes, &err) != ERR_OK) {
        feature->fault = CAUSE_TOO_MANY;
    }
    feature->roots[0].node_count = feature->nodes.count;
}

void feature_take(struct feature *feature, struct value root, struct value value)
{
    add_root(feature, root, NULL);
    feature->roots[0].node_count = 1;
    add_node(&feature->nodes, value);
}

void feature_deinit(struct feature *feature)
{
    release_roots(feature);
    mem_free(&feature->roots);
    jsonpath_nodes_deinit(&feature->nodes);
    *feature = (struct feature){0};
}

struct feature_elements feature_elements(const struct feature *feature)
{
    return (struct feature_elements){.feature = feature};
}

bool feature_elements_next(struct feature_elements *elements)
{
    for (;;) {
        if (elements->is_in_array && value_children_next(&elements->children)) {
            elements->value = elements->children.value;
            return true;
        }
        elements->is_in_array = false;
        if (elements->node == elements->feature->nodes.count) {
            return false;
        }
        elements->value = elements->feature->nodes.items[elements->node++];
        if (value_kind(elements->value) != VALUE_ARRAY) {
            return true;
        }
        elements->children = value_children(elements->value);
        elements->is_in_array = true;
    }
}

void feature_locate(const struct feature *feature, const struct subject *subject, size_t node,
                    struct buf *out)
{
    REQUIRE(node < feature->nodes.count);
    size_t root = 0;
    while (node >= feature->roots[root].node_count) {
        node -= feature->roots[root].node_count;
        root++;
    }
    if (feature->source->origin == FEATURE_FIELD) {
        jsonpath_locate(feature->source->field, subject->configuration,
                        feature->roots[root].property, out);
        (void)buf_append_char(out, ' ');
    }
    jsonpath_locate(feature->source->path, feature->roots[root].value, node, out);
}

void feature_source_append(const struct feature_source *source, struct buf *out)
{
    if (source->origin == FEATURE_FIELD) {
        (void)buf_append_format(out, "%s ", jsonpath_text(source->field));
    }
    (void)buf_append_text(out, jsonpath_text(source->path));
}
