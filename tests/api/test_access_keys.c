// SPDX-License-Identifier: MIT
#include "support.h"

#include "base/check.h"
#include "base/file.h"
#include "base/mem.h"
#include "malformed.h"
#include "sandbox.h"

#include <criterion/criterion.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEYS(entries) "{'accessKeys': [" entries "]}"
#define ID            "'AccessKeyId': 'LTAI1'"
#define ACCOUNT       "'AccountId': '100000000000001'"
#define SECRETS       "'secrets': ['geheim-1']"
#define MIN           ID ", " ACCOUNT ", " SECRETS
#define TOKEN         "'SecurityToken': 'geheim-token'"
#define EXPIRES       "'expires': '2026-12-01T00:00:00Z'"
#define ALLOW_ALL                                                                                  \
    "[{'Version': '1', 'Statement': [{'Effect': 'Allow', 'Action': '*', 'Resource': '*'}]}]"

Test(access_keys, members_are_read)
{
    struct access_keys *keys =
        keys_of(KEYS("{" ID ", 'AccountId': 100000000000001, 'UserName': 'report-team',"
                     "'secrets': ['geheim-1', 'geheim-2'], 'status': 'Inactive', " TOKEN
                     ", " EXPIRES ", 'policies': " ALLOW_ALL "},"
                     "{'AccessKeyId': 'A.b-c_9', 'AccountId': '1', 'secrets': ['x y']},"
                     "{'AccessKeyId': 'user', 'AccountId': '2', 'UserName': 'u', 'secrets': ['z'], "
                     "'status': 'Active', 'policies': []}"));
    cr_expect_eq(access_keys_count(keys), 3);
    const struct access_key *full = access_keys_find(keys, span_of("LTAI1"));
    cr_assert_not_null(full);
    cr_expect_str_eq(full->id, "LTAI1");
    cr_expect_str_eq(full->account_id, "100000000000001");
    cr_expect_str_eq(full->user_name, "report-team");
    cr_expect_eq(full->secret_count, 2);
    cr_expect_str_eq(secret_reveal(full->secrets[0]), "geheim-1");
    cr_expect_str_eq(secret_reveal(full->secrets[1]), "geheim-2");
    cr_expect_not(full->is_active);
    cr_expect_str_eq(secret_reveal(full->security_token), "geheim-token");
    cr_expect_eq(full->expires_ms, 1796083200000);
    cr_expect_not_null(full->policies);
    const struct access_key *bare = access_keys_find(keys, span_of("A.b-c_9"));
    cr_assert_not_null(bare);
    cr_expect_str_eq(bare->user_name, "");
    cr_expect_eq(bare->secret_count, 1);
    cr_expect(bare->is_active);
    cr_expect_null(bare->security_token);
    cr_expect_eq(bare->expires_ms, 0);
    cr_expect_null(bare->policies);
    const struct access_key *user = access_keys_find(keys, span_of("user"));
    cr_assert_not_null(user);
    cr_expect_not_null(user->policies, "no policy is not the same as no policies");
    access_keys_unref(&keys);
    cr_expect_null(keys);
}

Test(access_keys, are_found_by_the_whole_id)
{
    struct access_keys *keys = keys_of(KEYS(""));
    cr_expect_eq(access_keys_count(keys), 0);
    cr_expect_null(access_keys_find(keys, span_of("LTAI1")));
    cr_expect_null(access_keys_find(keys, (struct span){0}));
    access_keys_unref(&keys);
    keys = keys_of(KEYS("{" MIN "}, {'AccessKeyId': 'LTAI10', " ACCOUNT ", " SECRETS
                        "}, {'AccessKeyId': 'LTAI', " ACCOUNT ", " SECRETS "}"));
    static const char *const IDS[] = {"LTAI", "LTAI1", "LTAI10"};
    for (size_t i = 0; i < ARRAY_LEN(IDS); i++) {
        const struct access_key *key = access_keys_find(keys, span_of(IDS[i]));
        cr_assert_not_null(key, "%s", IDS[i]);
        cr_expect_str_eq(key->id, IDS[i]);
    }
    static const char *const OTHERS[] = {"", "LTA", "LTAI2", "ltai1", "LTAI100", "LTAI1 "};
    for (size_t i = 0; i < ARRAY_LEN(OTHERS); i++) {
        cr_expect_null(access_keys_find(keys, span_of(OTHERS[i])), "%s", OTHERS[i]);
    }
    access_keys_unref(&keys);
}

Test(access_keys, mistakes_are_told_with_their_place_and_without_secrets)
{
    static const struct {
        const char *json;
        const char *says;
    } ROWS[] = {
        {"", "keys.json: this is empty; a JSON document is right"},
        {"{'accessKeys': [\n{'secrets': ['geheim",
         "keys.json: the JSON is wrong at line 2, column"},
        {"{'accessKeys': [\n{'secrets': ['geheim\\u12xy']}]}",
         "the JSON is wrong at line 2, column 25: invalid escape"},
        {"{'accessKeys': [\n{'secrets': ['geheim\\udead']}]}", "invalid Unicode"},
        {"{'accessKeys': [{'secrets': [geheim]}]}", "invalid token"},
        {KEYS("{" MIN ", 'AccessKeyId': 'geheim'}"), "duplicate object key"},
        {"[]", "this is an array; an object is right"},
        {"{}", "\"accessKeys\" is missing; {\"accessKeys\": [...]} is right"},
        {KEYS("'geheim'"), "this is text; an object is right (at /accessKeys/0)"},
        {KEYS("{" ACCOUNT ", " SECRETS "}"), "\"AccessKeyId\" is missing; it is required"},
        {KEYS("{'AccessKeyId': '', " ACCOUNT ", " SECRETS "}"), "this is empty; text is required"},
        {KEYS("{'AccessKeyId': 'geheim 1', " ACCOUNT ", " SECRETS "}"),
         "this is no AccessKeyId; 1 to 128 letters, digits, '.', '-' and '_' are right (at "
         "/accessKeys/0/AccessKeyId)"},
        {KEYS("{'AccessKeyId': 'geheim,x', " ACCOUNT ", " SECRETS "}"), "this is no AccessKeyId"},
        {KEYS("{'AccessKeyId': 5, " ACCOUNT ", " SECRETS "}"), "this is an integer; text is right"},
        {KEYS("{" ID ", " SECRETS "}"), "\"AccountId\" is missing"},
        {KEYS("{" ID ", 'AccountId': 'geheim', " SECRETS "}"),
         "this is no AccountId; 1 to 19 digits are right (at /accessKeys/0/AccountId)"},
        {KEYS("{" ID ", " ACCOUNT "}"), "\"secrets\" is missing"},
        {KEYS("{" ID ", " ACCOUNT ", 'secrets': 'geheim'}"), "this is text; an array is right"},
        {KEYS("{" ID ", " ACCOUNT ", 'secrets': []}"),
         "there are 0 secrets; one is right, or 2 while they are changed"},
        {KEYS("{" ID ", " ACCOUNT ", 'secrets': ['geheim1', 'geheim2', 'geheim3']}"),
         "there are 3 secrets; one is right"},
        {KEYS("{" ID ", " ACCOUNT ", 'secrets': ['']}"), "this is empty; text is required"},
        {KEYS("{" ID ", " ACCOUNT ", 'secrets': ['geheim', 5]}"),
         "this is an integer; text is right (at /accessKeys/0/secrets/1)"},
        {KEYS("{" ID ", " ACCOUNT ", 'secrets': ['geheim\\n']}"),
         "this is not right; 1 to 256 printable ASCII characters are"},
        {KEYS("{" ID ", " ACCOUNT ", 'secrets': ['gehe\\u00efm']}"), "printable ASCII"},
        {KEYS("{" ID ", " ACCOUNT ", 'secrets': ['geheim', 'geheim']}"),
         "this is the secret before it again; another is right, or none (at "
         "/accessKeys/0/secrets/1)"},
        {KEYS("{" MIN ", 'UserName': ''}"), "this is no UserName; 1 to 64 letters"},
        {KEYS("{" MIN ", 'UserName': 'geheim@x'}"), "this is no UserName"},
        {KEYS("{" MIN ", 'UserName': null}"),
         "this is null; a value is right, or to leave the member out (at /accessKeys/0/UserName)"},
        {KEYS("{" MIN ", 'status': 'geheim'}"),
         "this is wrong; one of \"Active\", \"Inactive\" is right (at /accessKeys/0/status)"},
        {KEYS("{" MIN ", 'status': 'active'}"), "this is wrong; did you mean \"Active\"?"},
        {KEYS("{" MIN ", 'status': true}"), "this is a boolean; text is right"},
        {KEYS("{" MIN ", " TOKEN "}"),
         "\"SecurityToken\" is there without \"expires\"; both are right, or none"},
        {KEYS("{" MIN ", " EXPIRES "}"), "\"expires\" is there without \"SecurityToken\""},
        {KEYS("{" MIN ", " EXPIRES ", 'SecurityToken': null}"), "this is null"},
        {KEYS("{" MIN ", " EXPIRES ", 'SecurityToken': ''}"), "this is empty; text is required"},
        {KEYS("{" MIN ", " EXPIRES ", 'SecurityToken': 'geheim\\t'}"),
         "1 to 8192 printable ASCII characters are"},
        {KEYS("{" MIN ", " TOKEN ", 'expires': 'geheim'}"),
         "this is no time; \"2026-11-21\" or \"2026-11-21T19:30:44Z\" is right"},
        {KEYS("{" MIN ", 'policies': null, 'UserName': 'u'}"), "this is null"},
        {KEYS("{" MIN ", 'policies': " ALLOW_ALL "}"),
         "a key without \"UserName\" is the account itself, which no policy binds; with one it is "
         "a "
         "user's (at /accessKeys/0/policies)"},
        {KEYS("{" MIN ", 'UserName': 'u', 'policies': {}}"),
         "this is an object; an array is right"},
        {KEYS("{" MIN ", 'UserName': 'u', 'policies': [{'Version': '1', 'Statement': [{'Effect': "
              "'Allow', 'Action': 'x', 'Resource': '*'}]}]}"),
         "\"x\" is no action; \"config:GetCompliancePackReport\" or a pattern as \"config:*\" is "
         "right (at /accessKeys/0/policies/0/Statement/0/Action)"},
        {KEYS("{" MIN ", 'secret': 'geheim'}"),
         "unknown member \"secret\"; did you mean \"secrets\"? (at /accessKeys/0/secret)"},
        {KEYS("{" MIN "}, {" MIN "}"),
         "an earlier entry has the same \"AccessKeyId\", this; each needs its own (at "
         "/accessKeys/1/AccessKeyId)"},
    };
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
        struct access_keys *keys = NULL;
        struct err err = ERR_INIT;
        cr_expect_eq(keys_read(ROWS[i].json, &keys, &err), ERR_CONFIG, "%s", ROWS[i].json);
        cr_expect_eq(err.kind, ERR_CONFIG);
        cr_expect_null(keys);
        cr_expect_not_null(strstr(err.message, ROWS[i].says), "%s: %s", ROWS[i].json, err.message);
        cr_expect_null(strstr(err.message, "geheim"), "%s: %s", ROWS[i].json, err.message);
        cr_expect_null(strstr(err.message, "more error"), "%s: %s", ROWS[i].json, err.message);
    }
}

Test(access_keys, limits)
{
    static const struct {
        const char *format;
        size_t limit;
    } ROWS[] = {
        {KEYS("{'AccessKeyId': '%s', " ACCOUNT ", " SECRETS "}"), ACCESS_KEY_ID_BYTES_MAX},
        {KEYS("{" MIN ", 'UserName': '%s'}"), ACCESS_KEY_USER_BYTES_MAX},
        {KEYS("{" ID ", " ACCOUNT ", 'secrets': ['%s']}"), ACCESS_KEY_SECRET_BYTES_MAX},
        {KEYS("{" MIN ", " EXPIRES ", 'SecurityToken': '%s'}"), ACCESS_KEY_TOKEN_BYTES_MAX},
    };
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
        for (size_t len = ROWS[i].limit; len <= ROWS[i].limit + 1; len++) {
            char *text = repeat("x", "", len);
            struct buf json;
            buf_init(&json, 100000);
            const char *place = strstr(ROWS[i].format, "%s");
            (void)buf_append(&json, ROWS[i].format, (size_t)(place - ROWS[i].format));
            (void)buf_append_text(&json, text);
            (void)buf_append_text(&json, place + 2);
            struct access_keys *keys = NULL;
            struct err err = ERR_INIT;
            cr_expect_eq(keys_read(buf_text(&json), &keys, &err) == ERR_OK, len == ROWS[i].limit,
                         "row %zu, %zu bytes: %s", i, len, err.message);
            access_keys_unref(&keys);
            buf_deinit(&json);
            mem_free(&text);
        }
    }
}

static enum err_kind read_many(size_t count, struct access_keys **keys_out, struct err *err)
{
    struct buf json;
    buf_init(&json, ACCESS_KEYS_FILE_BYTES_MAX);
    (void)buf_append_text(&json, "{'accessKeys': [");
    for (size_t i = 0; i < count; i++) {
        (void)buf_append_format(&json,
                                "%s{'AccessKeyId': 'k%zu', 'AccountId': %zu, 'secrets': ['s%zu']}",
                                i == 0 ? "" : ",", i * 7919 % count, i, i);
    }
    (void)buf_append_text(&json, "]}");
    enum err_kind kind = keys_read(buf_text(&json), keys_out, err);
    buf_deinit(&json);
    return kind;
}

Test(access_keys, as_many_as_there_may_be, .timeout = 120)
{
    struct access_keys *keys = NULL;
    struct err err = ERR_INIT;
    cr_assert_eq(read_many(ACCESS_KEYS_MAX, &keys, &err), ERR_OK, "%s", err.message);
    cr_expect_eq(access_keys_count(keys), ACCESS_KEYS_MAX);
    for (size_t i = 0; i < ACCESS_KEYS_MAX; i += 97) {
        char id[24];
        (void)snprintf(id, sizeof(id), "k%zu", i);
        const struct access_key *key = access_keys_find(keys, span_of(id));
        cr_assert_not_null(key, "%s", id);
        cr_expect_str_eq(key->id, id);
    }
    access_keys_unref(&keys);
    cr_expect_eq(read_many(ACCESS_KEYS_MAX + 1, &keys, &err), ERR_CONFIG);
    cr_expect_not_null(strstr(err.message, "too many accessKeys; at most 10000 are taken"), "%s",
                       err.message);
}

Test(access_keys, bytes_past_the_limit)
{
    char *text = repeat(" ", "", ACCESS_KEYS_FILE_BYTES_MAX + 1);
    struct access_keys *keys = NULL;
    struct err err = ERR_INIT;
    cr_expect_eq(access_keys_parse(span_of(text), "keys.json", &keys, &err), ERR_CONFIG);
    cr_expect_not_null(strstr(err.message, "too many bytes"), "%s", err.message);
    mem_free(&text);
}

// Loads a file of this mode; `owner` is given to it where the test runs as root, which owns it then.
static enum err_kind load_with(mode_t mode, uid_t owner, struct err *err)
{
    char *json = json_of(KEYS("{" MIN "}"));
    char *path = sandbox_write("keys.json", json, strlen(json));
    cr_assert_eq(chmod(path, mode), 0);
    cr_assert(geteuid() != 0 || chown(path, owner, (gid_t)-1) == 0);
    struct access_keys *keys = NULL;
    enum err_kind kind = access_keys_load(path, &keys, err);
    cr_expect_eq(keys != NULL, kind == ERR_OK);
    access_keys_unref(&keys);
    mem_free(&path);
    mem_free(&json);
    return kind;
}

Test(access_keys, a_file_that_others_may_read_or_write_is_refused)
{
    (void)sandbox_make();
    static const struct {
        mode_t mode;
        bool is_right;
        bool is_right_for_root;
    } ROWS[] = {
        {0600, true, true},   {0400, true, true},   {0640, false, true},  {0440, false, true},
        {0660, false, false}, {0420, false, false}, {0604, false, false}, {0602, false, false},
        {0644, false, false}, {0610, false, false}, {0601, false, false}, {0777, false, false},
    };
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
        struct err err = ERR_INIT;
        const uid_t somebody = 12345;
        cr_expect_eq(load_with(ROWS[i].mode, somebody, &err) == ERR_OK, ROWS[i].is_right,
                     "%04o: %s", ROWS[i].mode, err.message);
        if (geteuid() == 0) {
            cr_expect_eq(load_with(ROWS[i].mode, 0, &err) == ERR_OK, ROWS[i].is_right_for_root,
                         "%04o of root: %s", ROWS[i].mode, err.message);
        }
    }
    struct err err = ERR_INIT;
    cr_expect_eq(load_with(0644, 12345, &err), ERR_CONFIG);
    cr_expect_not_null(strstr(err.message, "keys.json: the mode 0644 lets others at the secrets in "
                                           "it; 0600 or 0400 is right"),
                       "%s", err.message);
    sandbox_remove();
}

Test(access_keys, what_is_no_file_is_refused)
{
    const char *folder = sandbox_make();
    struct access_keys *keys = NULL;
    struct err err = ERR_INIT;
    cr_expect_eq(access_keys_load(folder, &keys, &err), ERR_CONFIG);
    cr_expect_not_null(strstr(err.message, "no regular file"), "%s", err.message);
    char *path = file_join(folder, "fifo");
    cr_assert_eq(mkfifo(path, 0600), 0);
    cr_expect_eq(access_keys_load(path, &keys, &err), ERR_CONFIG);
    cr_expect_not_null(strstr(err.message, "no regular file"), "%s", err.message);
    mem_free(&path);
    path = file_join(folder, "gone");
    cr_expect_eq(access_keys_load(path, &keys, &err), ERR_CONFIG);
    cr_expect_not_null(strstr(err.message, "access keys: "), "%s", err.message);
    cr_expect_not_null(strstr(err.message, "/gone: No such file"), "%s", err.message);
    mem_free(&path);
    path = sandbox_write("empty", "", 0);
    cr_expect_eq(access_keys_load(path, &keys, &err), ERR_CONFIG);
    cr_expect_not_null(strstr(err.message, "this is empty"), "%s", err.message);
    mem_free(&path);
    sandbox_remove();
}

Test(access_keys, a_file_past_the_limit_is_not_read)
{
    const char *folder = sandbox_make();
    char *path = file_join(folder, "big");
    struct err err = ERR_INIT;
    cr_assert_eq(file_write(path, "", 0, 0600, &err), ERR_OK);
    cr_assert_eq(truncate(path, (off_t)ACCESS_KEYS_FILE_BYTES_MAX + 1), 0);
    struct access_keys *keys = NULL;
    cr_expect_eq(access_keys_load(path, &keys, &err), ERR_CONFIG);
    cr_expect_not_null(strstr(err.message, "longer than 16777216 bytes"), "%s", err.message);
    mem_free(&path);
    sandbox_remove();
}
