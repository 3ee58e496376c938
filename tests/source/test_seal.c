// SPDX-License-Identifier: MIT
//
// The seal of a rules folder: what it says of which difference, and that sha256sum agrees.
#include "sandbox.h"

#include "base/file.h"
#include "base/mem.h"
#include "source/catalogue.h"
#include "source/seal.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define RULE(id)                                                                                   \
    "{\"id\":\"" id "\",\"checkItems\":[{\"uuid\":\"u\"}],\"resourceTypes\":[\"t\"],"              \
    "\"condition\":{\"featurePath\":\"$.a\",\"featureSource\":\"CONFIGURATION\",\"operator\":"     \
    "\"IsEmpty\"}}"

static void put(const char *name, const char *text)
{
    char *path = sandbox_write(name, text, strlen(text));
    mem_free(&path);
}

static void drop(const char *folder, const char *name)
{
    char *path = file_join(folder, name);
    cr_assert_eq(unlink(path), 0, "%s", path);
    mem_free(&path);
}

static const char *make_sealed(void)
{
    const char *folder = sandbox_make();
    put("b.json", RULE("second"));
    put("a.json", "[" RULE("first") "," RULE("other") "]");
    put("a.test.json", "{\"cases\":[]}");
    put("notes.txt", "no rule");
    struct seal_result result;
    struct err err = ERR_INIT;
    cr_assert_eq(seal_write(folder, &result, &err), ERR_OK, "%s", err.message);
    cr_assert(result.is_changed);
    cr_assert_eq(result.files, 2);
    return folder;
}

static char *read_seal(const char *folder)
{
    char *path = file_join(folder, SEAL_FILE);
    struct buf text;
    struct err err = ERR_INIT;
    buf_init(&text, 4096);
    cr_assert_eq(file_read(path, &text, &err), ERR_OK, "%s", err.message);
    mem_free(&path);
    return buf_take(&text);
}

// Loads the rules; what is broken as "id id …", the diagnostics as "code file line …".
struct loaded {
    struct buf broken;
    struct buf codes;
};

static struct loaded load(const char *folder)
{
    struct loaded loaded;
    struct rule_set rules = {0};
    struct diags diags;
    struct err err = ERR_INIT;
    buf_init(&loaded.broken, 4096);
    buf_init(&loaded.codes, 4096);
    diags_init(&diags);
    cr_assert_eq(source_load_rules(folder, &rules, &diags, &err), ERR_OK, "%s", err.message);
    for (size_t i = 0; i < rules.count; i++) {
        if (rules.rules[i].broken) {
            (void)buf_append_format(&loaded.broken, "%s ", rules.rules[i].id);
        }
    }
    for (size_t i = 0; i < diags.count; i++) {
        const char *slash = strrchr(diags.items[i].file, '/');
        (void)buf_append_format(&loaded.codes, "%s %s %zu\n", diags.items[i].code, slash + 1,
                                diags.items[i].line);
        cr_expect_eq(diags.items[i].severity, DIAG_ERROR);
    }
    struct diags verified;
    diags_init(&verified);
    cr_assert_eq(seal_verify(folder, &verified, &err), ERR_OK, "%s", err.message);
    cr_expect_eq(verified.count, diags.count, "seal_verify says the same");
    diags_deinit(&verified);
    diags_deinit(&diags);
    rule_set_deinit(&rules);
    return loaded;
}

static void expect(const char *folder, const char *broken, const char *codes)
{
    struct loaded loaded = load(folder);
    cr_expect_str_eq(buf_text(&loaded.broken), broken);
    cr_expect_str_eq(buf_text(&loaded.codes), codes);
    buf_deinit(&loaded.broken);
    buf_deinit(&loaded.codes);
}

Test(seal, lists_the_rule_files_by_name_as_sha256sum_does)
{
    const char *folder = make_sealed();
    char *text = read_seal(folder);
    cr_expect_eq(strlen(text), 2 * (64 + 2 + strlen("a.json") + 1));
    cr_expect_str_eq(text + 64 + 2 + strlen("a.json") + 1 + 64, "  b.json\n");
    mem_free(&text);
    char *command = mem_format("cd '%s' && sha256sum --strict --quiet -c %s", folder, SEAL_FILE);
    cr_expect_eq(system(command), 0); // NOLINT(cert-env33-c): of a folder that we made
    mem_free(&command);
    expect(folder, "", "");
    sandbox_remove();
}

Test(seal, without_one_nothing_is_said)
{
    const char *folder = sandbox_make();
    put("a.json", RULE("first"));
    expect(folder, "", "");
    sandbox_remove();
}

Test(seal, a_changed_file_breaks_its_rules_and_no_other)
{
    const char *folder = make_sealed();
    put("a.json", "[" RULE("first") ", " RULE("other") "]");
    expect(folder, "first other ", "rules.seal.changed a.json 0\n");
    struct seal_result result;
    struct err err = ERR_INIT;
    cr_assert_eq(seal_write(folder, &result, &err), ERR_OK, "%s", err.message);
    cr_expect(result.is_changed);
    expect(folder, "", "");
    sandbox_remove();
}

Test(seal, a_file_that_is_not_listed_and_one_that_is_gone)
{
    const char *folder = make_sealed();
    put("c.json", RULE("third"));
    drop(folder, "b.json");
    expect(folder, "third ", "rules.seal.unlisted c.json 0\nrules.seal.missing b.json 0\n");
    sandbox_remove();
}

Test(seal, a_listed_file_that_holds_no_rules_has_only_to_be_there)
{
    const char *folder = make_sealed();
    char *seal = read_seal(folder);
    char *more =
        mem_format("%s%064d  notes.txt\n%064d *./a.test.json\n%064d  gone.txt\n", seal, 0, 0, 0);
    put(SEAL_FILE, more);
    expect(folder, "", "rules.seal.missing gone.txt 0\n");
    mem_free(&more);
    mem_free(&seal);
    sandbox_remove();
}

Test(seal, lines_that_are_none)
{
    static const char *const LINES[] = {
        "x", "", "0123  a.json", "%s a.json", "%s  ", "%s  ../a.json", "%s  a.json", "\\%s  a.json",
    };
    const char *folder = make_sealed();
    char *seal = read_seal(folder);
    char digest[65];
    (void)memset(digest, 'a', 64);
    digest[64] = '\0';
    for (size_t i = 0; i < sizeof(LINES) / sizeof(LINES[0]); i++) {
        struct buf text;
        buf_init(&text, 4096);
        (void)buf_append_text(&text, seal);
        const char *at = strstr(LINES[i], "%s");
        (void)buf_append(&text, LINES[i], at == NULL ? strlen(LINES[i]) : (size_t)(at - LINES[i]));
        (void)buf_append_format(&text, "%s%s\n", at == NULL ? "" : digest,
                                at == NULL ? "" : at + 2);
        put(SEAL_FILE, buf_text(&text));
        expect(folder, "", "rules.seal.invalid rules.sha256 3\n");
        buf_deinit(&text);
    }
    mem_free(&seal);
    sandbox_remove();
}

// Then no file is listed: nothing is used, and nothing is passed over.
Test(seal, an_empty_one)
{
    const char *folder = make_sealed();
    put(SEAL_FILE, "");
    expect(folder, "first other second ",
           "rules.seal.unlisted a.json 0\nrules.seal.unlisted b.json 0\n");
    sandbox_remove();
}

Test(seal, holds_a_file_that_is_named_by_itself)
{
    const char *folder = make_sealed();
    char *changed = file_join(folder, "a.json");
    char *same = file_join(folder, "b.json");
    char *unlisted = file_join(folder, "c.json");
    put("a.json", "[" RULE("first") ", " RULE("other") "]");
    put("c.json", RULE("third"));
    expect(changed, "first other ", "rules.seal.changed a.json 0\n");
    expect(same, "", "");
    expect(unlisted, "third ", "rules.seal.unlisted c.json 0\n");
    cr_assert_eq(chdir(folder), 0);
    struct rule_set rules = {0};
    struct diags diags;
    struct err err = ERR_INIT;
    diags_init(&diags);
    cr_assert_eq(source_load_rules("a.json", &rules, &diags, &err), ERR_OK, "%s", err.message);
    cr_assert_eq(diags.count, 1);
    cr_expect_str_eq(diags.items[0].file, "a.json", "as it was named");
    cr_expect(rules.rules[0].broken);
    diags_deinit(&diags);
    rule_set_deinit(&rules);
    mem_free(&changed);
    mem_free(&same);
    mem_free(&unlisted);
    sandbox_remove();
}

Test(seal, that_is_a_link_to_nothing_is_an_error)
{
    const char *folder = make_sealed();
    char *seal = file_join(folder, SEAL_FILE);
    char *file = file_join(folder, "a.json");
    cr_assert_eq(unlink(seal), 0);
    cr_assert_eq(symlink("gone", seal), 0);
    const char *const paths[] = {folder, file};
    for (size_t i = 0; i < 2; i++) {
        struct rule_set rules = {0};
        struct diags diags;
        struct err err = ERR_INIT;
        diags_init(&diags);
        cr_expect_eq(source_load_rules(paths[i], &rules, &diags, &err), ERR_NOT_FOUND);
        cr_expect_not_null(strstr(err.message, "is a link to a file that is not there"), "%s",
                           err.message);
        err = ERR_INIT;
        cr_expect_eq(seal_verify(paths[i], &diags, &err), ERR_NOT_FOUND);
        diags_deinit(&diags);
    }
    mem_free(&seal);
    mem_free(&file);
    sandbox_remove();
}

Test(seal, the_same_again_writes_nothing)
{
    const char *folder = make_sealed();
    char *path = file_join(folder, SEAL_FILE);
    struct stat before;
    struct stat after;
    struct seal_result result;
    struct err err = ERR_INIT;
    cr_assert_eq(stat(path, &before), 0);
    cr_assert_eq(seal_write(folder, &result, &err), ERR_OK, "%s", err.message);
    cr_assert_eq(stat(path, &after), 0);
    cr_expect_not(result.is_changed);
    cr_expect_eq(before.st_ino, after.st_ino);
    mem_free(&path);
    sandbox_remove();
}

Test(seal, what_cannot_be_sealed)
{
    const char *folder = sandbox_make();
    struct seal_result result;
    struct err err = ERR_INIT;
    cr_expect_eq(seal_write(folder, &result, &err), ERR_INVALID);
    cr_expect_not_null(strstr(err.message, "holds no *.json files"), "%s", err.message);
    put("a\nb.json", RULE("first"));
    cr_expect_eq(seal_write(folder, &result, &err), ERR_INVALID);
    cr_expect_not_null(strstr(err.message, "control character"), "%s", err.message);
    cr_expect_eq(seal_write("/nonexistent/rules", &result, &err), ERR_NOT_FOUND);
    sandbox_remove();
}

// What is not read is told, and a pipe is not waited on.
Test(seal, files_that_are_almost_rule_files)
{
    const char *folder = sandbox_make();
    put("a.json", RULE("first"));
    put("B.JSON", RULE("second"));
    put("c.jsonc", RULE("third"));
    put(".d.jsonc", RULE("hidden"));
    put("e.yaml", "");
    struct rule_set rules = {0};
    struct diags diags;
    struct err err = ERR_INIT;
    diags_init(&diags);
    cr_assert_eq(source_load_rules(folder, &rules, &diags, &err), ERR_OK, "%s", err.message);
    cr_expect_eq(rules.count, 1);
    cr_assert_eq(diags.warnings, 2);
    cr_expect_str_eq(diags.items[0].code, "rules.file.ignored");
    cr_expect_not_null(strstr(diags.items[0].file, "/B.JSON"));
    cr_expect_not_null(strstr(diags.items[1].file, "/c.jsonc"));
    rule_set_deinit(&rules);
    diags_deinit(&diags);

    char *pipe = file_join(folder, "p.json");
    cr_assert_eq(mkfifo(pipe, 0600), 0);
    diags_init(&diags);
    cr_expect_eq(source_load_rules(folder, &rules, &diags, &err), ERR_INVALID);
    cr_expect_not_null(strstr(err.message, "p.json: is no regular file"), "%s", err.message);
    diags_deinit(&diags);
    mem_free(&pipe);
    sandbox_remove();
}

Test(seal, rule_files_and_their_cases)
{
    const char *folder = make_sealed();
    struct file_names paths = {0};
    struct err err = ERR_INIT;
    cr_assert_eq(source_list_rule_files(folder, &paths, &err), ERR_OK, "%s", err.message);
    cr_assert_eq(paths.count, 2);
    cr_expect_str_eq(strrchr(paths.names[0], '/'), "/a.json");
    cr_expect_str_eq(strrchr(paths.names[1], '/'), "/b.json");
    for (size_t i = 0; i < 2; i++) {
        struct file_names cases = {0};
        cr_assert_eq(source_list_case_files(paths.names[i], &cases, &err), ERR_OK);
        cr_expect_eq(cases.count, i == 0 ? 1 : 0, "only a.json has cases");
        file_names_deinit(&cases);
    }
    file_names_deinit(&paths);
    cr_assert_eq(source_list_case_files(folder, &paths, &err), ERR_OK, "%s", err.message);
    cr_assert_eq(paths.count, 1);
    cr_expect_str_eq(strrchr(paths.names[0], '/'), "/a.test.json");
    file_names_deinit(&paths);
    sandbox_remove();
}
