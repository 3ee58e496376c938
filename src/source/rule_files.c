// SPDX-License-Identifier: MIT
#include "rule_files.h"

#include "base/limits.h"
#include "base/mem.h"
#include "source/catalogue.h"

#include <string.h>
#include <strings.h>
#include <sys/stat.h>

static bool ends_with(const char *name, const char *suffix)
{
    size_t len = strlen(name);
    size_t suffix_len = strlen(suffix);
    return len > suffix_len && strcmp(name + len - suffix_len, suffix) == 0;
}

enum file_role { ROLE_NONE, ROLE_RULES, ROLE_CASES };

static enum file_role role_of(const char *folder, const char *name)
{
    if (name[0] == '.' || !ends_with(name, ".json")) {
        return ROLE_NONE;
    }
    char *path = file_join(folder, name);
    bool is_folder = file_is_folder(path);
    mem_free(&path);
    if (is_folder) {
        return ROLE_NONE;
    }
    return ends_with(name, SOURCE_CASES_SUFFIX) ? ROLE_CASES : ROLE_RULES;
}

// A pipe would be waited on for ever, and what is left out in silence shrinks a report.
static enum err_kind check_is_file(const char *folder, const char *name, struct err *err)
{
    char *path = file_join(folder, name);
    struct stat status;
    enum err_kind kind = ERR_OK;
    if (stat(path, &status) == 0 && !S_ISREG(status.st_mode)) {
        kind = err_set(err, ERR_INVALID,
                       "%s: is no regular file; move it out of the folder, or rename it", path);
    }
    mem_free(&path);
    return kind;
}

static enum err_kind list(const char *folder, enum file_role role, struct file_names *names_out,
                          struct err *err)
{
    struct file_names names = {0};
    if (file_list(folder, LIMIT_RULE_FILES, &names, err) != ERR_OK) {
        return err->kind;
    }
    for (size_t i = 0; i < names.count; i++) {
        if (role_of(folder, names.names[i]) == role &&
            check_is_file(folder, names.names[i], err) != ERR_OK) {
            file_names_deinit(&names);
            return err->kind;
        }
    }
    size_t kept = 0;
    for (size_t i = 0; i < names.count; i++) {
        if (role_of(folder, names.names[i]) == role) {
            names.names[kept++] = names.names[i];
        } else {
            mem_free(&names.names[i]);
        }
    }
    names.count = kept;
    *names_out = names;
    return ERR_OK;
}

enum err_kind rule_files_list(const char *folder, struct file_names *names_out, struct err *err)
{
    return list(folder, ROLE_RULES, names_out, err);
}

static void join_all(const char *folder, struct file_names *names)
{
    for (size_t i = 0; i < names->count; i++) {
        char *path = file_join(folder, names->names[i]);
        mem_free(&names->names[i]);
        names->names[i] = path;
    }
}

static void one_name(char *take_name, struct file_names *names_out)
{
    names_out->names = mem_alloc(1, sizeof(char *));
    names_out->names[0] = take_name;
    names_out->count = 1;
}

enum err_kind source_list_rule_files(const char *path, struct file_names *paths_out,
                                     struct err *err)
{
    if (!file_is_folder(path)) {
        one_name(mem_text(path), paths_out);
        return ERR_OK;
    }
    enum err_kind kind = list(path, ROLE_RULES, paths_out, err);
    if (kind == ERR_OK) {
        join_all(path, paths_out);
    }
    return kind;
}

enum err_kind source_list_case_files(const char *path, struct file_names *paths_out,
                                     struct err *err)
{
    if (file_is_folder(path)) {
        enum err_kind kind = list(path, ROLE_CASES, paths_out, err);
        if (kind == ERR_OK) {
            join_all(path, paths_out);
        }
        return kind;
    }
    *paths_out = (struct file_names){0};
    size_t len = strlen(path);
    size_t base = ends_with(path, ".json") ? len - strlen(".json") : len;
    char *cases = mem_format("%.*s%s", (int)base, path, SOURCE_CASES_SUFFIX);
    if (file_exists(cases)) {
        one_name(cases, paths_out);
    } else {
        mem_free(&cases);
    }
    return ERR_OK;
}

// What its author may take for a rule file.
static bool is_almost_rules(const char *name)
{
    static const char *const ENDINGS[] = {".json", ".jsonc", ".json5"};
    size_t len = strlen(name);
    for (size_t i = 0; i < ARRAY_LEN(ENDINGS); i++) {
        size_t ending = strlen(ENDINGS[i]);
        if (name[0] != '.' && len > ending && strcasecmp(name + len - ending, ENDINGS[i]) == 0) {
            return !ends_with(name, ".json");
        }
    }
    return false;
}

enum err_kind source_warn_of_left_out(const char *folder, struct diags *diags, struct err *err)
{
    struct file_names names = {0};
    if (file_list(folder, LIMIT_RULE_FILES, &names, err) != ERR_OK) {
        return err->kind;
    }
    for (size_t i = 0; i < names.count; i++) {
        char *path = file_join(folder, names.names[i]);
        if (is_almost_rules(names.names[i]) && !file_is_folder(path)) {
            const struct diag_place place = {.file = path};
            diags_add(diags, DIAG_WARNING, "rules.file.ignored", place,
                      "this file is not read: the name of a rule file ends with .json; rename it, "
                      "or move it out of the folder");
        }
        mem_free(&path);
    }
    file_names_deinit(&names);
    return ERR_OK;
}
