// SPDX-License-Identifier: MIT
//
// The feature of a clause: what featureSource and featurePath find in a record. Thread: a source is
// read-only once compiled; a feature belongs to who made it.
#pragma once

#include "clause.h"
#include "eval/jsonpath.h"

enum feature_origin {
    FEATURE_CONFIGURATION,
    FEATURE_RESOURCE, // ours: the record itself, for tags, region, name
    FEATURE_FIELD,    // CONFIGURATION_FIELD_<path>: the JSON document that a property holds
};

struct feature_source {
    enum feature_origin origin;
    struct jsonpath *field; // FEATURE_FIELD: path of the property
    struct jsonpath *path;
};

// Reads featureSource and featurePath of a clause, with complaints; what was made until one goes
// with deinit.
void feature_source_compile(struct compile *compile, json_t *node, struct feature_source *source);
void feature_source_deinit(struct feature_source *source);

// A document that the path is applied to.
struct feature_root {
    struct value value;
    json_t *owned;     // tree to release, NULL when borrowed
    size_t node_count; // how many of the feature's nodes come from it
    size_t property;   // FEATURE_FIELD: of what the source's `field` finds, the place of this one
};

struct feature {
    const struct feature_source *source; // borrowed
    struct feature_root *roots;
    size_t root_count;
    size_t root_capacity;
    struct jsonpath_nodes nodes;
    bool is_singular;        // the form of the paths allows one node at most
    enum clause_cause fault; // CAUSE_NONE, or why nothing can be said
};

// An empty feature is zeroed. Begins to look for a source's values; what was found before goes.
void feature_begin(struct feature *feature, const struct feature_source *source);
// Then one of these. Finds the values:
void feature_find(struct feature *feature, const struct subject *subject);
// The same for one whose path has a prefix that leads from `root` to `start`:
void feature_find_from(struct feature *feature, struct value root, struct value start);
// The value is known; the path is its prefix:
void feature_take(struct feature *feature, struct value root, struct value value);
void feature_deinit(struct feature *feature);

// All elements: of each node that is an array its elements, else the node.
struct feature_elements {
    struct value value;
    // private
    const struct feature *feature;
    size_t node;
    bool is_in_array;
    struct value_children children;
};
struct feature_elements feature_elements(const struct feature *feature);
bool feature_elements_next(struct feature_elements *elements); // false behind the last

// Appends the normalised path of a node within its document; of FEATURE_FIELD behind that of the
// property that holds the document, with a blank between the two.
void feature_locate(const struct feature *feature, const struct subject *subject, size_t node,
                    struct buf *out);
// Appends the paths as the rule has them, in the same way.
void feature_source_append(const struct feature_source *source, struct buf *out);
