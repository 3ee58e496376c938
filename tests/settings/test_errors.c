// SPDX-License-Identifier: MIT
//
// Every mistake in settings gives one line: place, name, what is wrong, what would be right.
#include "base/file.h"
#include "base/mem.h"
#include "sandbox.h"
#include "settings/settings.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

struct bad_file {
    const char *text;
    const char *message; // behind the file's path
};

#define LONG_50  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define LONG_200 LONG_50 LONG_50 LONG_50 LONG_50

#define REDIS_KEYS                                                                                 \
    "one of address, sentinels, master_name, sentinel_user, sentinel_credential, cluster, "        \
    "database, user, credential, tls_ca, tls_cert, tls_key, tls_server_name, connect_timeout, "    \
    "command_timeout, block_timeout, wait_replicas, wait_timeout is right"
#define SECTIONS                                                                                   \
    "one of redis, queue, worker, source, rules, credentials, store, api, monitor, log, drill is " \
    "right"

static const struct bad_file BAD_FILES[] = {
    // the form of the file
    {"[redis]\naddress\n", ":2: neither \"[section]\" nor \"key = value\""},
    {"\n\nnonsense\n[redis]\nprot = 1\n", ":3: neither \"[section]\" nor \"key = value\""},
    {"[redis\naddress = x\n", ":1: \"[\" without \"]\""},
    {"[redis] address = x\n", ":1: nothing but a comment may follow \"]\""},
    {"; fine\n[redis]\naddress = " LONG_200 "\n", ":3: the line has 210 bytes; the most is 198"},
    {"[redis]\nuser = a\xff\n", ":2: the line is not text in UTF-8"},
    {"address = h\n", ":1: address: stands before the first [section]"},
    {"[redis]\n = h\n", ":2: [redis] : unknown key; " REDIS_KEYS},
    // names
    {"[redis]\naddress = h\n\nprot = 1\n", ":4: [redis] prot: unknown key; " REDIS_KEYS},
    {"[redis]\nadress = h\n", ":2: [redis] adress: unknown key; did you mean \"address\"?"},
    {"[redis]\nAddress = h\n", ":2: [redis] Address: unknown key; did you mean \"address\"?"},
    {"[redis]\nlease = 10s\n", ":2: [redis] lease: unknown key; it belongs to [queue]"},
    {"[reddis]\n", ":1: [reddis]: unknown section; did you mean \"redis\"?"},
    {"[reddis]\naddress = h\n", ":1: [reddis]: unknown section; did you mean \"redis\"?"},
    {"[]\n", ":1: []: unknown section; " SECTIONS},
    {"[elsewhere]\n", ":1: [elsewhere]: unknown section; " SECTIONS},
    {"[redis]\naddress = h\naddress = i\n",
     ":3: [redis] address: set twice; the first time on line 2"},
    {"[redis]\naddress = h\n[queue]\n[redis]\n  address = i\n",
     ":5: [redis] address: set twice; the first time on line 2"},
    // numbers
    {"[worker]\nmax_jobs = many\n", ":2: [worker] max_jobs: \"many\" is not a whole number"},
    {"[worker]\nmax_jobs = 1.5\n", ":2: [worker] max_jobs: \"1.5\" is not a whole number"},
    {"[worker]\nmax_jobs = -1\n", ":2: [worker] max_jobs: \"-1\" is not a whole number"},
    {"[worker]\nmax_jobs =\n", ":2: [worker] max_jobs: \"\" is not a whole number"},
    {"[worker]\nmax_jobs = 0\n", ":2: [worker] max_jobs: \"0\" is too small; the least is 1"},
    {"[worker]\nmax_jobs = 257\n", ":2: [worker] max_jobs: \"257\" is too large; the most is 256"},
    {"[worker]\nmax_jobs = 99999999999999999999\n",
     ":2: [worker] max_jobs: \"99999999999999999999\" is too large; the most is 256"},
    {"[queue]\nlease = 10\n",
     ":2: [queue] lease: \"10\" is not a duration: a whole number with ms, s, min, h or d behind "
     "it, as in \"10s\""},
    {"[queue]\nlease = 10 s\n",
     ":2: [queue] lease: \"10 s\" is not a duration: a whole number with ms, s, min, h or d "
     "behind it, as in \"10s\""},
    {"[queue]\nlease = 10m\n",
     ":2: [queue] lease: \"10m\" is not a duration: a whole number with ms, s, min, h or d behind "
     "it, as in \"10s\""},
    {"[queue]\nlease = 999ms\n", ":2: [queue] lease: \"999ms\" is too small; the least is 1s"},
    {"[queue]\nlease = 11min\n", ":2: [queue] lease: \"11min\" is too large; the most is 10min"},
    {"[queue]\nlease = 999999999999999999d\n",
     ":2: [queue] lease: \"999999999999999999d\" is too large; the most is 10min"},
    {"[queue]\nlease = 0\n", ":2: [queue] lease: \"0\" is too small; the least is 1s"},
    {"[source]\nbody_limit = 17M\n",
     ":2: [source] body_limit: \"17M\" is too large; the most is 16M"},
    {"[source]\nbody_limit = 1KB\n",
     ":2: [source] body_limit: \"1KB\" is not a size: a whole number of bytes, or one with k, M or "
     "G behind it, as in \"16M\""},
    // words
    {"[source]\nallow_plain_http = maybe\n",
     ":2: [source] allow_plain_http: \"maybe\" is neither yes nor no"},
    {"[log]\nlevel = warn\n",
     ":2: [log] level: \"warn\" is not one of error, warning, info, debug"},
    {"[log]\nformat = jsno\n",
     ":2: [log] format: \"jsno\" is not one of auto, text, json, journal; "
     "did you mean \"json\"?"},
    {"[source]\nlanguage = en\n", ":2: [source] language: \"en\" is not one of en-us, zh-cn"},
    {"[queue]\nprefix = a{b}\n",
     ":2: [queue] prefix: \"a{b}\" is not a name: 1 to 64 of A-Z a-z 0-9 - _ . that do not begin "
     "with a dot"},
    {"[queue]\nprefix =\n", ":2: [queue] prefix: may not be empty"},
    {"[store]\npath = reports\n",
     ":2: [store] path: \"reports\" is not an absolute path; begin it with \"/\""},
    {"[store]\nkind = none\n", ":2: [store] kind: \"none\" is not one of file, null"},
    {"[store]\nfiles = report\n", ":2: [store] files: \"report\" is not one of all, report.json"},
    {"[redis]\nuser = a\tb\n",
     ":2: [redis] user: \"a\\x09b\" has a character that cannot stand in a setting"},
    {"[redis]\nuser = a\x1b[2Jb\n",
     ":2: [redis] user: \"a\\x1b[2Jb\" has a character that cannot stand in a setting"},
    {"[redis]\nuser = a\xc2\x9b\n",
     ":2: [redis] user: \"a\\xc2\\x9b\" has a character that cannot stand in a setting"},
    // addresses
    {"[redis]\naddress = unix:redis.sock\n",
     ":2: [redis] address: the path of a Unix socket begins with \"/\""},
    {"[redis]\naddress = unix:/" LONG_50 LONG_50 LONG_50 "\n",
     ":2: [redis] address: the path of a Unix socket has 151 bytes; the system allows 107"},
    {"[redis]\naddress = h:0\n", ":2: [redis] address: the port is not a number from 1 to 65535"},
    {"[redis]\naddress = redis://u:hunter2@h\n",
     ":2: [redis] address: user and password do not belong into the address; use the settings user "
     "and credential"},
    {"[redis]\nmaster_name = m\nsentinels = a, b:0\n",
     ":3: [redis] sentinels: \"b:0\": the port is not a number from 1 to 65535"},
    {"[redis]\nmaster_name = m\nsentinels = a,\n",
     ":3: [redis] sentinels: \"\": the host's name has 0 bytes; it needs 1 to 253"},
    {"[redis]\nmaster_name = m\nsentinels = unix:/a\n",
     ":3: [redis] sentinels: \"unix:/a\": write host:port, or rediss://host:port for TLS"},
    {"[redis]\nmaster_name = m\nsentinels = a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a\n",
     ":3: [redis] sentinels: more than 16 Sentinels"},
    {"[redis]\ncluster = a, b:0\n",
     ":2: [redis] cluster: \"b:0\": the port is not a number from 1 to 65535"},
    {"[redis]\ncluster = a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a\n",
     ":2: [redis] cluster: more than 16 nodes"},
    // one with another
    {"[redis]\ncluster = a\nsentinels = b\nmaster_name = m\n",
     ":2: [redis] cluster: stands beside sentinels: a cluster needs none; leave one of the two "
     "out"},
    {"[redis]\ncluster = a\ndatabase = 1\n",
     ":3: [redis] database: is 0 in a cluster: it has no other"},
    {"[redis]\naddress = h\ncluster = a\n",
     ":3: [redis] cluster: stands beside address: the master is either there or where they say; "
     "leave one of the two out"},
    {"[store]\nkind = null\nfiles = report.json\n",
     ":3: [store] files: stands beside kind = null, which keeps none"},
    {"[redis]\nsentinels = a\n",
     ":2: [redis] sentinels: needs master_name, as \"sentinel monitor\" of the Sentinels has it"},
    {"[redis]\nmaster_name = m\n", ":2: [redis] master_name: is of use with sentinels only"},
    {"[redis]\nsentinel_user = m\n", ":2: [redis] sentinel_user: is of use with sentinels only"},
    {"[redis]\nsentinel_credential = m\n",
     ":2: [redis] sentinel_credential: is of use with sentinels only"},
    {"[redis]\naddress = h\nmaster_name = m\nsentinels = a\n",
     ":4: [redis] sentinels: stands beside address: the master is either there or where they say; "
     "leave one of the two out"},
    {"[redis]\nwait_replicas = 1\nwait_timeout = 800ms\n",
     ":3: [redis] wait_timeout: is more than a quarter of command_timeout: calls that wait behind "
     "it would be given up"},
    {"[queue]\nlease = 4s\n[redis]\ncommand_timeout = 3s\n",
     ":4: [redis] command_timeout: is more than half of [queue] lease: one slow reply would lose "
     "the jobs"},
    {"[worker]\nretry_cap = 1s\nretry_base = 2s\n",
     ":3: [worker] retry_base: is more than retry_cap"},
    {"[source]\nconnect_timeout = 31s\n",
     ":2: [source] connect_timeout: is more than total_timeout"},
    {"[source]\nmax_bad_lines = 5 percent\n", ":2: [source] max_bad_lines: \"5 percent\" is no "
                                              "number of records, such as 10, and no share of "
                                              "them, such as 5% (whole percent, 0% to 100%)"},
    {"[source]\nkind = file\n", ": [source] packs: is needed when kind is file"},
    {"[drill]\nstall = 5s\n", ":2: [drill] stall: needs a step"},
    // secrets
    {"[redis]\ncredential = hunter2/\n",
     ":2: [redis] credential: the value is not a name: 1 to 64 of A-Z a-z 0-9 - _ . that do not "
     "begin with a dot"},
};

static void expect_error(const struct settings_inputs *inputs, const char *expected)
{
    struct settings settings;
    struct err err = ERR_INIT;
    enum err_kind kind = settings_load(inputs, &settings, &err);
    cr_expect_eq(kind, ERR_CONFIG, "no error, but expected: %s", expected);
    cr_expect_str_eq(err.message, expected);
    cr_expect_eq(strchr(err.message, '\n'), NULL, "more than one line: %s", err.message);
    if (kind == ERR_OK) {
        settings_deinit(&settings);
    }
}

Test(settings_errors, each_bad_file_is_named_with_its_line)
{
    (void)sandbox_make();
    for (size_t i = 0; i < ARRAY_LEN(BAD_FILES); i++) {
        char *path = sandbox_write("bad.ini", BAD_FILES[i].text, strlen(BAD_FILES[i].text));
        char *expected = mem_format("%s%s", path, BAD_FILES[i].message);
        expect_error(&(struct settings_inputs){.file = path}, expected);
        mem_free(&expected);
        mem_free(&path);
    }
    sandbox_remove();
}

Test(settings_errors, a_nul_byte_is_named)
{
    (void)sandbox_make();
    static const char TEXT[] = "[redis]\naddress = h\0i\n";
    char *path = sandbox_write("nul.ini", TEXT, sizeof(TEXT) - 1);
    char *expected = mem_format("%s:2: the line is not text in UTF-8", path);
    expect_error(&(struct settings_inputs){.file = path}, expected);
    mem_free(&expected);
    mem_free(&path);
    sandbox_remove();
}

Test(settings_errors, a_file_that_is_not_there_is_named)
{
    expect_error(&(struct settings_inputs){.file = "/nowhere/packreportd.ini"},
                 "/nowhere/packreportd.ini: No such file or directory");
}

Test(settings_errors, a_file_without_end_is_refused)
{
    expect_error(&(struct settings_inputs){.file = "/dev/zero"},
                 "/dev/zero: longer than 1048576 bytes");
}

struct bad_assignment {
    const char *text;
    const char *message;
};

static const struct bad_assignment BAD_ASSIGNMENTS[] = {
    {"redis.address", "--set redis.address: write section.key=value"},
    {"address=h", "--set address: a setting is named section.key, as in redis.address"},
    {"redis.adress=h", "--set redis.adress: unknown key; did you mean \"address\"?"},
    {"rediss.address=h", "--set rediss.address: unknown section; did you mean \"redis\"?"},
    {"worker.max_jobs=0", "--set worker.max_jobs: \"0\" is too small; the least is 1"},
    {"redis.address=h:x", "--set redis.address: the port is not a number from 1 to 65535"},
    {"redis.user=a ;b",
     "--set redis.user: \"a ;b\" has a character that cannot stand in a setting"},
    {"redis.credential=hunter2",
     "--set redis.credential: leads to a secret, and other users can see the command line; set it "
     "in the file"},
};

Test(settings_errors, each_bad_assignment_is_named)
{
    for (size_t i = 0; i < ARRAY_LEN(BAD_ASSIGNMENTS); i++) {
        expect_error(&(struct settings_inputs){.assignments = &BAD_ASSIGNMENTS[i].text,
                                               .assignment_count = 1},
                     BAD_ASSIGNMENTS[i].message);
    }
}

// ---- what the settings name

static void expect_missing(const char *text, const char *format_with_path)
{
    char *path = sandbox_write("files.ini", text, strlen(text));
    struct settings settings;
    struct err err = ERR_INIT;
    cr_assert_eq(settings_load(&(struct settings_inputs){.file = path}, &settings, &err), ERR_OK,
                 "%s", err.message);
    char *expected = mem_format("%s%s", path, format_with_path);
    cr_expect_eq(settings_check_files(&settings, NULL, &err), ERR_CONFIG);
    cr_expect_str_eq(err.message, expected);
    mem_free(&expected);
    settings_deinit(&settings);
    mem_free(&path);
}

#define GOOD_FILES "[source]\naccounts = /etc/passwd\ninventory = /etc\n[rules]\npath = /etc\n"

Test(settings_errors, files_that_are_not_there_are_named_with_their_line)
{
    (void)sandbox_make();
    expect_missing("[source]\naccounts = /nowhere/a.json\n",
                   ":2: [source] accounts: /nowhere/a.json: No such file or directory");
    expect_missing("[source]\naccounts = /etc\n",
                   ":2: [source] accounts: /etc is a folder; a file is needed");
    expect_missing("[source]\naccounts = /etc/passwd\ninventory = /etc/passwd\n",
                   ":3: [source] inventory: /etc/passwd is a file; a folder is needed");
    expect_missing(GOOD_FILES "waivers = /nowhere/w.json\n",
                   ":6: [rules] waivers: /nowhere/w.json: No such file or directory");
    expect_missing(GOOD_FILES,
                   ": [source] kind: needs a credentials folder: set [credentials] path, "
                   "or run under systemd with LoadCredential=");
    expect_missing(GOOD_FILES "[redis]\nuser = worker\n",
                   ":7: [redis] user: a user needs a credential, too");
    expect_missing(GOOD_FILES "[redis]\ncredential = password\n",
                   ":7: [redis] credential: needs a credentials folder: set [credentials] path, or "
                   "run under systemd with LoadCredential=");
    expect_missing(GOOD_FILES "[credentials]\npath = /etc\n[redis]\ncredential = hunter2\n",
                   ":9: [redis] credential: there is no readable file of this name in /etc");
    expect_missing(GOOD_FILES "[api]\nkeys = hunter2\n",
                   ":7: [api] keys: needs a credentials folder: set [credentials] path, or run "
                   "under systemd with LoadCredential=");
    static const char *const CREDENTIALS[] = {"keys", "link_credential", "tls_credential"};
    for (size_t i = 0; i < ARRAY_LEN(CREDENTIALS); i++) {
        char *text = mem_format(GOOD_FILES "[credentials]\npath = /etc\n[api]\ntls_certificate = "
                                           "%s\n%s = hunter2\n",
                                i == 2 ? "/etc/passwd" : "", CREDENTIALS[i]);
        char *says = mem_format(":10: [api] %s: there is no readable file of this name in /etc",
                                CREDENTIALS[i]);
        expect_missing(text, says);
        mem_free(&text);
        mem_free(&says);
    }
    sandbox_remove();
}

// ---- several faults

struct told {
    char texts[8][ERR_MESSAGE_BYTES];
    size_t count;
};

static void on_fault(void *context, const struct err *err)
{
    struct told *told = context;
    cr_assert_lt(told->count, ARRAY_LEN(told->texts));
    (void)snprintf(told->texts[told->count++], sizeof(told->texts[0]), "%s", err->message);
}

Test(settings_errors, who_wants_to_hear_of_each_fault_does)
{
    static const char *const WRONG[] = {"worker.retry_base=10min", "drill.stall=1s",
                                        "api.account=me", "source.max_bad_lines=x%"};
    struct told told = {.count = 0};
    const struct settings_faults faults = {.on_fault = on_fault, .context = &told};
    struct settings settings;
    struct err err = ERR_INIT;
    const struct settings_inputs inputs = {
        .assignments = WRONG, .assignment_count = ARRAY_LEN(WRONG), .faults = &faults};
    cr_assert_eq(settings_load(&inputs, &settings, &err), ERR_CONFIG);
    cr_assert_eq(told.count, 4);
    cr_expect_str_eq(told.texts[0], err.message, "the first is the error");
    cr_expect_neq(strstr(told.texts[0], "--set source.max_bad_lines: "), NULL, "%s", told.texts[0]);
    cr_expect_str_eq(told.texts[1], "--set worker.retry_base: is more than retry_cap");
    cr_expect_str_eq(told.texts[2], "--set api.account: is no AccountId; 1 to 19 digits are right");
    cr_expect_str_eq(told.texts[3], "--set drill.stall: needs a step");
}

Test(settings_errors, each_file_that_is_not_there_is_told)
{
    static const char *const WRONG[] = {"source.accounts=/nowhere/a.json", "rules.path=/nowhere/r",
                                        "source.inventory=/etc", "redis.user=worker"};
    struct told told = {.count = 0};
    const struct settings_faults faults = {.on_fault = on_fault, .context = &told};
    struct settings settings;
    struct err err = ERR_INIT;
    const struct settings_inputs inputs = {.assignments = WRONG,
                                           .assignment_count = ARRAY_LEN(WRONG)};
    cr_assert_eq(settings_load(&inputs, &settings, &err), ERR_OK, "%s", err.message);
    cr_expect_eq(settings_check_files(&settings, &faults, &err), ERR_CONFIG);
    cr_assert_eq(told.count, 4);
    cr_expect_str_eq(told.texts[0], err.message, "the first is the error");
    cr_expect_neq(strstr(told.texts[0], "--set source.accounts: /nowhere/a.json"), NULL, "%s",
                  told.texts[0]);
    cr_expect_neq(strstr(told.texts[1], "--set rules.path: /nowhere/r"), NULL, "%s", told.texts[1]);
    cr_expect_str_eq(told.texts[2], "--set redis.user: a user needs a credential, too");
    cr_expect_neq(strstr(told.texts[3], "[source] kind: needs a credentials folder"), NULL, "%s",
                  told.texts[3]);
    settings_deinit(&settings);
}
