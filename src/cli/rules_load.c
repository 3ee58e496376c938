// SPDX-License-Identifier: MIT
#include "rules_load.h"

#include "problems.h"
#include "source/catalogue.h"

#include <string.h>

enum err_kind rules_load(const char *path, bool strict_vendor, struct rules_loaded *loaded_out,
                         struct err *err)
{
    struct rule_set set = {0};
    struct rules_loaded loaded = {0};
    diags_init(&loaded.problems);
    if (source_load_rules(path, &set, &loaded.problems, err) != ERR_OK) {
        diags_deinit(&loaded.problems);
        return err->kind;
    }
    set.strict_vendor = strict_vendor;
    loaded.rules = eval_rules_create(&set, &loaded.problems);
    *loaded_out = loaded;
    return ERR_OK;
}

bool rules_load_none(const char *folder, struct rules_loaded *loaded_out)
{
    struct file_names paths = {0};
    struct err err = ERR_INIT;
    bool is_empty = file_is_folder(folder) &&
                    source_list_rule_files(folder, &paths, &err) == ERR_OK && paths.count == 0;
    file_names_deinit(&paths);
    if (is_empty) {
        struct rule_set none = {0};
        struct rules_loaded loaded = {0};
        diags_init(&loaded.problems);
        loaded.rules = eval_rules_create(&none, &loaded.problems);
        *loaded_out = loaded;
    }
    return is_empty;
}

void rules_loaded_deinit(struct rules_loaded *loaded)
{
    eval_rules_destroy(&loaded->rules);
    diags_deinit(&loaded->problems);
}

enum err_kind rules_find(const struct rules_loaded *loaded, const char *id, size_t *index_out,
                         struct err *err)
{
    const struct rule_set *set = eval_rules_set(loaded->rules);
    const struct rule *rule = rule_set_find(set, id);
    if (rule != NULL) {
        *index_out = (size_t)(rule - set->rules);
        return ERR_OK;
    }
    const char *nearest = rule_set_suggest(set, id);
    if (nearest != NULL) {
        return err_set(err, ERR_NOT_FOUND, "no rule has the id \"%.80s\"; did you mean \"%s\"?", id,
                       nearest);
    }
    return err_set(err, ERR_NOT_FOUND, "none of the %zu rules has the id \"%.80s\"", set->count,
                   id);
}

static bool is_of_rule(const struct diag *diag, const struct rule *rule)
{
    size_t len = strlen(rule->pointer);
    return diag->file != NULL && strcmp(diag->file, rule->file) == 0 &&
           (diag->pointer == NULL || (strncmp(diag->pointer, rule->pointer, len) == 0 &&
                                      (diag->pointer[len] == '\0' || diag->pointer[len] == '/')));
}

void rules_print_problems(const struct rules_loaded *loaded, const struct rule *rule)
{
    struct diags own;
    diags_init(&own);
    for (size_t i = 0; i < loaded->problems.count; i++) {
        const struct diag *diag = &loaded->problems.items[i];
        if (is_of_rule(diag, rule)) {
            const struct diag_place place = {diag->file, diag->line, diag->column, diag->pointer};
            diags_add(&own, diag->severity, diag->code, place, "%s", diag->message);
        }
    }
    problems_print(&own, NULL, SIZE_MAX);
    diags_deinit(&own);
}
