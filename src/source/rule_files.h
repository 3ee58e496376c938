// SPDX-License-Identifier: MIT
//
// Which files of a rules folder hold rules: *.json, but for hidden ones, folders and the cases of
// `packreport rules test` (*.test.json). Thread: any.
#pragma once

#include "base/err.h"
#include "base/file.h"

// Their names in the folder, sorted bytewise. ERR_NOT_FOUND, ERR_IO, ERR_LIMIT past
// LIMIT_RULE_FILES, ERR_INVALID when one is no regular file.
enum err_kind rule_files_list(const char *folder, struct file_names *names_out, struct err *err);
