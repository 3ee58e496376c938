// SPDX-License-Identifier: MIT
//
// Short ways to what a path finds, for the tests of JSONPath.
#pragma once

#include "eval/jsonpath.h"

enum err_kind paths_parse(const char *text, enum jsonpath_mode mode, struct jsonpath **path_out,
                          struct err *err);

// The selected values and their normalised paths, each as a JSON array.
void paths_run(const struct jsonpath *path, json_t *document, json_t **values_out,
               json_t **paths_out);

// Compact JSON of what a path finds, to be freed with mem_free; the path has to be right.
char *paths_find(const char *text, const char *document, enum jsonpath_mode mode);

// The path finds this, compact JSON, in the document.
void paths_expect(const char *text, const char *document, enum jsonpath_mode mode,
                  const char *expected);

// The path is refused with this message.
void paths_expect_refusal(const char *text, enum jsonpath_mode mode, const char *message);
