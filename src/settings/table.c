// SPDX-License-Identifier: MIT
#include "table.h"

#include "base/limits.h"

#include <limits.h>
#include <string.h>

// Milliseconds and bytes, for minimum and maximum.
#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)
#define KIB    INT64_C(1024)
#define MIB    (1024 * KIB)
#define GIB    (1024 * MIB)

// clang-format takes the type in _Generic for a product.
// clang-format off
// The offset of a member; does not compile when the member has not the C type said.
// NOLINTBEGIN(bugprone-macro-parentheses): a type cannot stand in parentheses
#define OFFSET_OF(member, c_type)                                                                  \
    (offsetof(struct settings, member) *                                                           \
     _Generic(&((struct settings *)NULL)->member, c_type *: (size_t)1))
#define ROW(section_, key_, member, c_type)                                                        \
    .section = #section_, .key = #key_, .offset = OFFSET_OF(section_.member, c_type)
// NOLINTEND(bugprone-macro-parentheses)
// clang-format on

// How a type of setting is kept: these tie the two together.
#define TEXT(section, key)           ROW(section, key, key, char *), .type = SETTING_TEXT
#define NAME(section, key)           ROW(section, key, key, char *), .type = SETTING_NAME
#define WORD(section, key)           ROW(section, key, key, char *), .type = SETTING_WORD
#define PATH(section, key)           ROW(section, key, key, char *), .type = SETTING_PATH
#define FILE_(section, key)          ROW(section, key, key, char *), .type = SETTING_FILE
#define FOLDER(section, key)         ROW(section, key, key, char *), .type = SETTING_FOLDER
#define EITHER(section, key)         ROW(section, key, key, char *), .type = SETTING_FILE_OR_FOLDER
#define COUNT(section, key)          ROW(section, key, key, unsigned), .type = SETTING_COUNT
#define BOOL(section, key)           ROW(section, key, key, bool), .type = SETTING_BOOL
#define SIZE(section, key)           ROW(section, key, key##_bytes, size_t), .type = SETTING_SIZE
#define TIME(section, key)           ROW(section, key, key##_ms, int64_t), .type = SETTING_DURATION
#define CHOICE(section, key, c_type) ROW(section, key, key, c_type), .type = SETTING_CHOICE
#define RANGE(from, to)              .minimum = (from), .maximum = (to)

static const char *const SOURCE_KINDS[] = {
    [SETTINGS_SOURCE_SECMASTER] = "secmaster", [SETTINGS_SOURCE_FILE] = "file", NULL};
static const char *const FINDINGS[] = {
    [FINDINGS_ALL] = "all", [FINDINGS_FAILING] = "failing", NULL};
static const char *const STORE_KINDS[] = {
    [SETTINGS_STORE_FILE] = "file", [SETTINGS_STORE_NULL] = "null", NULL};
static const char *const FILES[] = {
    [REPORT_FILES_ALL] = "all", [REPORT_FILES_JSON] = "report.json", NULL};
static const char *const LANGUAGES[] = {"en-us", "zh-cn", NULL};
static const char *const LOG_LEVELS[] = {[LOG_ERROR] = "error",
                                         [LOG_WARNING] = "warning",
                                         [LOG_INFO] = "info",
                                         [LOG_DEBUG] = "debug",
                                         NULL};
static const char *const LOG_FORMATS[] = {[SETTINGS_LOG_AUTO] = "auto",
                                          [SETTINGS_LOG_TEXT] = "text",
                                          [SETTINGS_LOG_JSON] = "json",
                                          [SETTINGS_LOG_JOURNAL] = "journal",
                                          NULL};

// The steps of a job that can be held (src/worker/job_run.c); the test of the worker compares.
static const char *const DRILL_STEPS[] = {"fetch", "bind",   "evaluate", "render",
                                          "store", "finish", NULL};

static const struct setting ROWS[] = {
    {TEXT(redis, address), .flags = SETTING_REQUIRED, .initial = "127.0.0.1:6379",
     .help = "Where Redis listens: unix:/path, host:port, [IPv6]:port or redis://host:port; "
             "rediss://host:port for TLS."},
    {TEXT(redis, sentinels), .initial = "",
     .help = "Sentinels that say where the master is, in place of address: host:port, with commas "
             "between. Without a port: 26379. With rediss:// before each: TLS to them and to the "
             "master."},
    {NAME(redis, master_name), .initial = "",
     .help = "Name under which the Sentinels know the master. Needed with sentinels."},
    {TEXT(redis, sentinel_user), .initial = "",
     .help = "ACL user to log in to the Sentinels as. Empty: the default user."},
    {NAME(redis, sentinel_credential), .flags = SETTING_SECRET, .initial = "",
     .help = "Name of the file in the credentials folder that holds the Sentinels' password. "
             "Empty: none."},
    {TEXT(redis, cluster), .initial = "",
     .help = "Nodes of a Redis Cluster, in place of address and sentinels: host:port, with commas "
             "between; they name the others. Without a port: 6379. With rediss:// before each: TLS "
             "to all nodes."},
    {COUNT(redis, database), RANGE(0, 65535), .initial = "0",
     .help = "Number of the logical database (SELECT)."},
    {TEXT(redis, user), .initial = "", .help = "ACL user to log in as. Empty: the default user."},
    {NAME(redis, credential), .flags = SETTING_SECRET, .initial = "",
     .help = "Name of the file in the credentials folder that holds the password. Empty: none."},
    {EITHER(redis, tls_ca), .initial = "",
     .help = "With rediss://: PEM file of the authorities that may sign the server's certificate, "
             "or a folder of such files that \"openssl rehash\" has named. Empty: the system's."},
    {FILE_(redis, tls_cert), .initial = "",
     .help = "With rediss://: PEM file of the client certificate and its chain, where the server "
             "demands one."},
    {NAME(redis, tls_key), .flags = SETTING_SECRET, .initial = "",
     .help = "Name of the file in the credentials folder that holds the private key of tls_cert, "
             "as PEM without a passphrase."},
    {TEXT(redis, tls_server_name), .initial = "",
     .help = "With rediss://: the name that the server's certificate must have. Empty: the host "
             "that is connected to."},
    {TIME(redis, connect_timeout), RANGE(100, 5 * MINUTE), .initial = "5s",
     .help = "From the start of a connection until it may be used."},
    {TIME(redis, command_timeout), RANGE(100, 5 * MINUTE), .initial = "3s",
     .help = "Longest wait for a reply; then the connection is given up and made anew. At most "
             "half of the lease."},
    {TIME(redis, block_timeout), RANGE(100, 5 * MINUTE), .initial = "2s",
     .help = "How long an idle worker waits in one blocking read of the queue."},
    {COUNT(redis, wait_replicas), RANGE(0, 16), .none = "do not wait", .initial = "0",
     .help = "Replicas that should have each admission and each end of a job before the next call "
             "(WAIT). Too few are counted and logged; nothing is undone."},
    {TIME(redis, wait_timeout), RANGE(1, 10 * SECOND), .initial = "100ms",
     .help = "Longest wait for them. At most a quarter of command_timeout."},

    {NAME(queue, prefix), .flags = SETTING_REQUIRED, .initial = "packreport",
     .help = "First part of every key. Programs with the same prefix share one queue."},
    {COUNT(queue, partitions), RANGE(1, LIMIT_PARTITIONS), .initial = "1",
     .help =
         "Parts of the queue that accounts are spread over; each has keys of its own. More than "
         "one is of use with a cluster. Written to Redis on first use; a daemon with another "
         "number refuses to start."},
    {TIME(queue, lease), RANGE(SECOND, 10 * MINUTE), .initial = "10s",
     .help = "How long a job belongs to a worker that does not renew it; then another takes it. "
             "A worker that could not renew stops after two thirds of it."},
    {TIME(queue, token_ttl), RANGE(MINUTE, 90 * DAY), .initial = "1d",
     .help = "How long a ClientToken is remembered after its job has ended."},
    {TIME(queue, answer_ttl), RANGE(MINUTE, 90 * DAY), .initial = "1d",
     .help = "How long the answer to a request can be read."},
    {TIME(queue, history_ttl), RANGE(MINUTE, 365 * DAY), .initial = "7d",
     .help = "How long attempts, errors and timings of a job can be read."},
    {COUNT(queue, backlog_max), RANGE(1, 10000000), .initial = "100000",
     .help = "Unfinished jobs of a partition; a request past them is answered ServiceUnavailable."},
    {COUNT(queue, account_cap), RANGE(0, 10000000), .none = "no cap", .initial = "0",
     .help = "Unfinished jobs of one account, if `packreport account` gave it no cap of its own; a "
             "request past them is answered Throttling.User."},
    {COUNT(queue, account_weight), RANGE(1, 100), .initial = "1",
     .help = "Weight of an account, if `packreport account` gave it none of its own: while several "
             "accounts wait, each is served in proportion to its weight."},
    {COUNT(queue, events_max), RANGE(100, 10000000), .initial = "10000",
     .help = "Length of a partition's event stream; the oldest events go first."},
    {COUNT(queue, dead_max), RANGE(1, 1000000), .initial = "10000",
     .help = "Dead letters kept of a partition; the oldest go first."},

    {NAME(worker, name), .initial = "",
     .help = "Name of this worker, unlike that of any other on the host. Empty: the host's name."},
    {COUNT(worker, max_jobs), RANGE(1, 256), .initial = "8", .help = "Jobs that run at once."},
    {COUNT(worker, threads), RANGE(0, 256), .none = "one per processor", .initial = "0",
     .help = "Threads for the work of all jobs."},
    {COUNT(worker, eval_threads), RANGE(1, 64), .initial = "1",
     .help = "Threads that one job may use to evaluate a large inventory."},
    {COUNT(worker, max_attempts), RANGE(1, 100), .initial = "5",
     .help = "Attempts of a job that may fail for a reason which may pass; the last of them makes "
             "it a dead letter. What the next two settings count does not count here."},
    {COUNT(worker, max_throttled), RANGE(1, 1000), .initial = "20",
     .help = "Attempts of a job that the service may turn away because it is asked too much (429, "
             "or 503 with Retry-After); the last of them makes it a dead letter."},
    {COUNT(worker, max_crashes), RANGE(1, 100), .initial = "3",
     .help = "Workers that may go silent over a job; the last of them makes it a dead letter."},
    {TIME(worker, retry_base), RANGE(10, HOUR), .initial = "1s",
     .help = "Longest wait after the first failure; it doubles with each further one of its kind."},
    {TIME(worker, retry_cap), RANGE(10, DAY), .initial = "5min",
     .help = "Longest wait before any attempt."},
    {COUNT(worker, breaker_threshold), RANGE(0, 100), .none = "no breaker: every failure counts",
     .initial = "3",
     .help =
         "Requests to one pack service that fail in a row until it is away: its jobs then wait, "
         "without an attempt counted. The store is away after one failure."},
    {TIME(worker, breaker_base), RANGE(10, HOUR), .initial = "1s",
     .help = "Longest time until one job tries whether what is away is back; it doubles with each "
             "trial that fails."},
    {TIME(worker, breaker_cap), RANGE(10, HOUR), .initial = "1min",
     .help = "Longest time between two such trials."},
    {TIME(worker, outage_patience), RANGE(0, 90 * DAY), .none = "wait for nothing", .initial = "1d",
     .help = "How long after its request a job may wait for what is away; then failures count "
             "against max_attempts."},
    {TIME(worker, drain_timeout), RANGE(0, HOUR), .none = "hand back at once", .initial = "30s",
     .help = "How long running jobs may go on after SIGTERM; then they are handed back."},
    {TIME(worker, sweep_interval), RANGE(100, MINUTE), .initial = "1s",
     .help = "Time between two looks for due retries and for jobs of workers that are gone."},

    {CHOICE(source, kind, enum settings_source_kind), .choices = SOURCE_KINDS,
     .initial = "secmaster", .help = "Where packs come from: the SecMaster service, or files."},
    {FILE_(source, accounts), .flags = SETTING_REQUIRED | SETTING_RELOADABLE,
     .initial = "/etc/packreport/accounts.json",
     .help = "JSON file of the accounts that reports are made for."},
    {FOLDER(source, packs), .initial = "",
     .help = "Folder of <CompliancePackId>.json files. Needed when kind is file."},
    {FOLDER(source, inventory), .flags = SETTING_REQUIRED,
     .initial = "/var/lib/packreport/inventory",
     .help = "Folder of the inventories that the accounts file names."},
    {TEXT(source, max_bad_lines), .initial = "",
     .help = "How many records of an inventory may be bad or duplicates before its job fails: a "
             "number, or a share such as 5%. Empty: any number."},
    {WORD(source, language), .choices = LANGUAGES, .initial = "en-us",
     .help = "Language of a pack when the request asks for none."},
    {TIME(source, connect_timeout), RANGE(100, 5 * MINUTE), .initial = "5s",
     .help = "Longest wait for a connection to the service. At most the total timeout."},
    {TIME(source, total_timeout), RANGE(100, HOUR), .initial = "30s",
     .help = "Longest time for one request to the service, its answer read."},
    {SIZE(source, body_limit), RANGE(KIB, 16 * MIB), .initial = "16M",
     .help = "Largest answer that is read, decompressed."},
    {BOOL(source, allow_plain_http), .initial = "no",
     .help = "Allows http:// base URLs. The token then travels in the clear: for tests only."},
    {FILE_(source, ca_file), .initial = "",
     .help = "PEM file of the authorities that may sign the service's certificate. Empty: the "
             "system's."},

    {EITHER(rules, path), .flags = SETTING_REQUIRED | SETTING_RELOADABLE,
     .initial = "/etc/packreport/rules",
     .help = "Folder of rule files (*.json), or one such file."},
    {FILE_(rules, waivers), .flags = SETTING_RELOADABLE, .initial = "",
     .help = "JSON file of waivers. Empty: none."},
    {FILE_(rules, attestations), .flags = SETTING_RELOADABLE, .initial = "",
     .help = "JSON file of attestations. Empty: none."},
    {BOOL(rules, strict_vendor), .flags = SETTING_RELOADABLE, .initial = "no",
     .help =
         "Refuses what conditions may hold only here, and not in the language of the cloud that "
         "they come from: a rule that uses it is broken."},

    {FOLDER(credentials, path), .initial = "",
     .help = "Folder of the files that `credential` settings name. Empty: the one that systemd "
             "gives (LoadCredential=)."},

    {CHOICE(store, kind, enum settings_store_kind), .choices = STORE_KINDS, .initial = "file",
     .help = "file: reports are files below path. null: no report is kept; for measuring the "
             "queue only, never in production."},
    {PATH(store, path), .flags = SETTING_REQUIRED, .initial = "/var/lib/packreport/reports",
     .help = "Folder of the finished reports."},
    {CHOICE(store, findings, enum findings_listed), .choices = FINDINGS, .initial = "all",
     .help = "Findings that reports list: all, or failing ones (all but COMPLIANT). Counts and "
             "scores are of all in either case."},
    {CHOICE(store, files, enum report_files), .choices = FILES, .initial = "all",
     .help = "Files of a report: all, or report.json alone, without the manifest that `packreport "
             "download` checks by."},
    {BOOL(store, fsync), .initial = "yes",
     .help = "Whether a report is on the disk for good before its job ends. Without it, a crash of "
             "the machine can leave a COMPLETE report empty or missing: for measuring only."},
    {COUNT(store, keep_count), RANGE(0, 1000000), .none = "all", .initial = "30",
     .help = "Finished reports kept of each pack of an account."},
    {TIME(store, keep_age), RANGE(0, 3650 * DAY), .none = "for ever", .initial = "0",
     .help = "How long finished reports are kept. The newest of a pack stays."},

    {TEXT(api, listen), .initial = "",
     .help = "Where the HTTP front door listens: 127.0.0.1:8080, [::1]:8080, *:8080 or the path of "
             "a Unix socket. Empty: there is none."},
    {NAME(api, keys), .flags = SETTING_SECRET, .initial = "",
     .help = "Name of the file in the credentials folder that holds the access keys. Empty: "
             "requests need no signature, and the door opens on loopback or a Unix socket only. "
             "SIGHUP reads the file again."},
    {TEXT(api, account), .initial = "", .help = "AccountId of unsigned requests that name none."},
    {TEXT(api, public_url), .initial = "",
     .help = "What links to reports begin with, such as https://reports.example.com. Empty: as the "
             "caller reached the door."},
    {NAME(api, link_credential), .flags = SETTING_SECRET, .initial = "",
     .help = "Name of the file in the credentials folder that holds the key which links are signed "
             "with; the same for all daemons. Empty: one of this daemon's own, until it ends."},
    {TIME(api, link_lifetime), RANGE(SECOND, 7 * DAY), .initial = "1h",
     .help = "How long a link to a report is good."},
    {FILE_(api, tls_certificate), .initial = "",
     .help = "PEM file of the certificate, and those that lead to the authority. Empty: no TLS."},
    {NAME(api, tls_credential), .flags = SETTING_SECRET, .initial = "",
     .help = "Name of the file in the credentials folder that holds the certificate's key (PEM)."},
    {COUNT(api, account_rate), RANGE(0, 600000), .none = "no limit", .initial = "0",
     .help =
         "Requests a minute of one account, if `packreport account` gave it no rate of its own; "
         "a request past them is answered Throttling.User. The same for all daemons."},
    {COUNT(api, account_burst), RANGE(1, 10000), .initial = "20",
     .help = "Requests of one account that may come at once; after that they come by account_rate. "
             "The same for all daemons."},
    {COUNT(api, connections_max), RANGE(1, 100000), .initial = "1000",
     .help = "Connections at once; further ones wait until one ends."},
    {COUNT(api, connections_per_ip), RANGE(0, 100000), .none = "no limit", .initial = "0",
     .help = "Connections at once from one address; further ones are closed."},
    {SIZE(api, header_limit), RANGE(KIB, 64 * KIB), .initial = "16k",
     .help = "Largest request line and headers."},
    {SIZE(api, body_limit), RANGE(KIB, MIB), .initial = "64k", .help = "Largest request body."},
    {TIME(api, request_timeout), RANGE(SECOND, 5 * MINUTE), .initial = "10s",
     .help = "From a request's first line until all of it is there."},
    {TIME(api, idle_timeout), RANGE(SECOND, HOUR), .initial = "1min",
     .help = "How long a connection may be without a request."},
    {SIZE(api, kept_memory), RANGE(0, 4 * GIB), .none = "none is kept", .initial = "64M",
     .help = "Memory for connections that are kept open after an answer; past it an answer ends "
             "its connection."},

    {TEXT(monitor, listen), .initial = "",
     .help = "Where /healthz, /readyz and /metrics are served, as in [api] listen, without a "
             "signature: for operators' networks. Empty: nowhere."},

    {CHOICE(log, level, enum log_level), .flags = SETTING_RELOADABLE, .choices = LOG_LEVELS,
     .initial = "info", .help = "The least important lines that are written."},
    {CHOICE(log, format, enum settings_log_format), .choices = LOG_FORMATS, .initial = "auto",
     .help = "auto: text on a terminal, journal under systemd, json otherwise."},

    {WORD(drill, step), .choices = DRILL_STEPS, .initial = "",
     .help = "For failure drills: the step of a job in which it is held. Empty: none. Never in "
             "production."},
    {TIME(drill, stall), RANGE(0, HOUR), .none = "not at all", .initial = "0",
     .help = "For failure drills: how long it is held there."},
};

static const struct setting_section SECTIONS[] = {
    {"redis", "The Redis that holds the queue: version 7.0 or newer, or Valkey."},
    {"queue", "The queue itself. All daemons of one queue need the same values here."},
    {"worker", "The jobs that this daemon runs."},
    {"source", "Where accounts, packs and inventories come from."},
    {"rules", "What an inventory is judged by. SIGHUP reads these files again."},
    {"credentials", "Where secrets lie. No secret is ever a setting: settings name files."},
    {"store", "Where finished reports go."},
    {"api", "The HTTP front door: the vendor's operations, and the links to reports."},
    {"monitor", "Health, readiness and metrics over HTTP."},
    {"log", "What the daemon says on standard error."},
    {"drill", "Failure drills: holds every job in one step, so that a crash there can be tried."},
};

const struct setting_section *settings_sections(size_t *count_out)
{
    *count_out = ARRAY_LEN(SECTIONS);
    return SECTIONS;
}

const struct setting *settings_table(size_t *count_out)
{
    *count_out = ARRAY_LEN(ROWS);
    return ROWS;
}

const struct setting *settings_table_find(const char *section, const char *key)
{
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
        if (strcmp(ROWS[i].section, section) == 0 && strcmp(ROWS[i].key, key) == 0) {
            return &ROWS[i];
        }
    }
    return NULL;
}

bool settings_table_has_section(const char *section)
{
    for (size_t i = 0; i < ARRAY_LEN(SECTIONS); i++) {
        if (strcmp(SECTIONS[i].name, section) == 0) {
            return true;
        }
    }
    return false;
}

void *setting_member(const struct setting *row, struct settings *settings)
{
    return (char *)settings + row->offset;
}

const void *setting_member_const(const struct setting *row, const struct settings *settings)
{
    return (const char *)settings + row->offset;
}

struct setting_origin *setting_origin(const struct setting *row, const struct settings *settings)
{
    return &settings->origins[row - ROWS];
}

bool setting_is_text(const struct setting *row)
{
    switch (row->type) {
    case SETTING_TEXT:
    case SETTING_NAME:
    case SETTING_PATH:
    case SETTING_FILE:
    case SETTING_FOLDER:
    case SETTING_FILE_OR_FOLDER:
    case SETTING_WORD:
        return true;
    case SETTING_COUNT:
    case SETTING_DURATION:
    case SETTING_SIZE:
    case SETTING_BOOL:
    case SETTING_CHOICE:
        return false;
    }
    return false;
}
