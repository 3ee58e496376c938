// SPDX-License-Identifier: MIT
//
// A finished report is copied file by file as its manifest names them; each copy is checked against
// the manifest's length and SHA-256 while it is written. The copy is put in place by one rename, so
// a folder that is there is whole. It comes from the store, where that can be reached, or over
// HTTP.
#include "ask_link.h"
#include "base/buf.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/mem.h"
#include "cli.h"
#include "domain/report.h"
#include "fetch_report.h"
#include "manifest.h"
#include "new_folder.h"
#include "pack_options.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
    KEY_OUT = 'o',
    KEY_URL = 'u',
    KEY_ENDPOINT = 'e',
    KEY_ACCESS_KEY = 'k',
    KEY_CA = 2000,
    KEY_REPORT_ID,
    LINK_BYTES_MAX = 8 * 1024,
    PIECE_BYTES = 1024 * 1024,
    COPY_MODE = 0640
};

struct download {
    struct pack_options pack;
    const char *out;
    const char *report_id; // NULL: the last complete one
    const char *url;       // "-": standard input
    const char *endpoint;
    const char *access_key_file;
    const char *ca_file;
};

static const struct argp_option OPTIONS[] = {
    {"out", KEY_OUT, "FOLDER", 0, "Where the report's files go: a folder that does not exist yet",
     0},
    {"report-id", KEY_REPORT_ID, "ID", 0,
     "This report of the account, not the last one of a pack: as long as its history is kept", 0},
    {"url", KEY_URL, "LINK", 0,
     "Over HTTP, by a link as ReportUrl has it; -: it is read from standard input, where no list "
     "of "
     "processes shows it",
     0},
    {"endpoint", KEY_ENDPOINT, "URL", 0,
     "Over HTTP, from a front door that is asked for the link: https://host:port", 0},
    {"access-key-file", KEY_ACCESS_KEY, "FILE", 0,
     "With --endpoint: JSON with AccessKeyId, AccessKeySecret and, of a temporary key, "
     "SecurityToken; nobody else may read it. Without it: an open door",
     0},
    {"ca-file", KEY_CA, "FILE", 0,
     "Over HTTP: PEM file of the authorities that may sign the server's certificate (default: the "
     "system's)",
     0},
    {0},
};

static bool is_web(const struct download *download)
{
    return download->url != NULL || download->endpoint != NULL;
}

static void check_web(const struct download *download, const struct argp_state *state)
{
    const struct pack_options *pack = &download->pack;
    if (download->report_id != NULL) {
        argp_error(state, "--report-id is for a download from the store, without --url, --endpoint "
                          "and --access-key-file");
    } else if (download->url != NULL && (download->endpoint != NULL || pack->pack_id != NULL)) {
        argp_error(state, "--url says which report it is; no --endpoint, --account or --pack is "
                          "right beside it");
    } else if (download->endpoint != NULL && !ask_link_is_endpoint(download->endpoint)) {
        argp_error(state, "--endpoint takes https://host or https://host:port, not \"%.80s\"",
                   download->endpoint);
    } else if (download->endpoint != NULL && pack->pack_id == NULL) {
        argp_error(state, "--pack is required");
    } else if (download->access_key_file != NULL && download->endpoint == NULL) {
        argp_error(state, "--access-key-file goes with --endpoint");
    } else if (download->endpoint != NULL &&
               (download->access_key_file == NULL) != (pack->account != NULL)) {
        argp_error(state, pack->account != NULL
                              ? "the account is that of the access key; leave --account out"
                              : "--access-key-file or, for an open door, --account is required");
    }
}

static void check_report_id(const struct download *download, const struct argp_state *state)
{
    const struct pack_options *pack = &download->pack;
    cli_check_id("report-id", download->report_id, state);
    if (pack->account == NULL || pack->pack_id != NULL || pack->aggregator_id != NULL) {
        argp_error(state, "--report-id needs --account, and no --pack or --aggregator");
    }
}

static void check(const struct download *download, const struct argp_state *state)
{
    if (download->out == NULL) {
        argp_error(state, "--out is required");
    } else if (is_web(download) || download->access_key_file != NULL) {
        check_web(download, state);
    } else if (download->ca_file != NULL) {
        argp_error(state, "--ca-file goes with --url or --endpoint");
    } else if (download->report_id != NULL) {
        check_report_id(download, state);
    } else {
        pack_options_require(&download->pack, state);
    }
}

static error_t parse_option(int key, char *value, struct argp_state *state)
{
    struct download *download = state->input;
    switch (key) {
    case KEY_OUT:
        download->out = value;
        return 0;
    case KEY_URL:
        download->url = value;
        return 0;
    case KEY_ENDPOINT:
        download->endpoint = value;
        return 0;
    case KEY_ACCESS_KEY:
        download->access_key_file = value;
        return 0;
    case KEY_REPORT_ID:
        download->report_id = value;
        return 0;
    case KEY_CA:
        download->ca_file = value;
        return 0;
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &download->pack;
        download->pack.is_checked_later = true;
        return 0;
    case ARGP_KEY_END:
        check(download, state);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_child CHILDREN[] = {{&pack_options_argp, 0, 0, 0}, {0}};
static const struct argp ARGP = {
    .options = OPTIONS,
    .parser = parse_option,
    .children = CHILDREN,
    .doc =
        "Copy the last complete report of a pack and check each file against the manifest. It "
        "comes from the store, or over HTTP with --url or --endpoint; what came over HTTP before "
        "the connection or the link ended stays in FOLDER.part, and the same command goes on "
        "with it.\v"
        "Examples:\n"
        "  packreport download --account 100000000000001 --pack PACK --out november\n"
        "  packreport download --account 100000000000001 --out october \\\n"
        "      --report-id rp-REPORT\n"
        "  packreport download --endpoint https://reports.example.com \\\n"
        "      --access-key-file key.json --pack PACK --out november\n"
        "  packreport download --url - --out november <link.txt\n\n"
        "Exit status 0: copied and checked; 1: there is no complete report, or it was not kept; "
        "76: a file does not "
        "match.",
};

// Copies in pieces, whatever the length, and writes the SHA-256 of what passed.
static enum err_kind copy_bytes(FILE *from, FILE *to, const char *from_path,
                                char digest_out[DIGEST_HEX_BYTES], struct err *err)
{
    struct digest *digest = digest_create();
    char *piece = mem_alloc(PIECE_BYTES, 1);
    enum err_kind kind = ERR_OK;
    size_t got = PIECE_BYTES;
    while (kind == ERR_OK && got == PIECE_BYTES) { // a shorter one is the last
        got = fread(piece, 1, PIECE_BYTES, from);
        digest_update(digest, piece, got);
        if (fwrite(piece, 1, got, to) != got) {
            kind = err_set_errno(err, ERR_IO, errno, "cannot write the copy of %s", from_path);
        }
    }
    if (kind == ERR_OK && ferror(from) != 0) {
        kind = err_set_errno(err, ERR_IO, errno, "cannot read %s", from_path);
    }
    digest_finish(digest, digest_out);
    digest_destroy(&digest);
    mem_free(&piece);
    return kind;
}

static enum err_kind copy_checked(const char *from_path, const char *to_path, const char *wanted,
                                  struct err *err)
{
    FILE *from = fopen(from_path, "rbe");
    if (from == NULL) {
        return err_set_errno(err, ERR_NOT_FOUND, errno, "%s", from_path);
    }
    FILE *to = fopen(to_path, "wbxe");
    if (to == NULL) {
        (void)fclose(from);
        return err_set_errno(err, ERR_IO, errno, "%s", to_path);
    }
    char found[DIGEST_HEX_BYTES];
    enum err_kind kind = copy_bytes(from, to, from_path, found, err);
    (void)fclose(from);
    if (fclose(to) != 0 && kind == ERR_OK) {
        kind = err_set_errno(err, ERR_IO, errno, "%s", to_path);
    }
    if (kind == ERR_OK && strcmp(found, wanted) != 0) {
        kind = err_set(err, ERR_CORRUPT, "%s does not match the manifest: SHA-256 %s, not %s",
                       from_path, found, wanted);
    }
    return kind;
}

static enum err_kind copy_file(const char *from_folder, const char *to_folder,
                               const struct manifest_file *file, struct err *err)
{
    char *from = file_join(from_folder, file->name);
    char *to = file_join(to_folder, file->name);
    enum err_kind kind = copy_checked(from, to, file->sha256, err);
    mem_free(&to);
    mem_free(&from);
    return kind;
}

static enum err_kind copy_listed(const char *location, const char *folder, const json_t *manifest,
                                 struct err *err)
{
    const size_t count = manifest_count(manifest);
    for (size_t i = 0; i < count; i++) {
        struct manifest_file file;
        if (manifest_file(manifest, i, &file, err) != ERR_OK ||
            copy_file(location, folder, &file, err) != ERR_OK) {
            return err->kind;
        }
    }
    return ERR_OK;
}

static enum err_kind copy_report(const char *location, const char *folder, json_t **manifest_out,
                                 struct err *err)
{
    char *from = file_join(location, MANIFEST_FILE);
    char *to = file_join(folder, MANIFEST_FILE);
    struct buf text;
    buf_init(&text, MANIFEST_BYTES_MAX);
    json_t *manifest = NULL;
    enum err_kind kind = file_read(from, &text, err);
    if (kind == ERR_NOT_FOUND && file_is_folder(location)) {
        (void)err_set(err, kind,
                      "%s has no manifest to check by: its worker has [store] files = report.json",
                      location);
    }
    kind = kind == ERR_OK ? manifest_parse(&text, from, &manifest, err) : kind;
    kind = kind == ERR_OK ? copy_listed(location, folder, manifest, err) : kind;
    if (kind == ERR_OK) {
        kind = file_write(to, buf_text(&text), text.len, COPY_MODE, err);
    }
    buf_deinit(&text);
    mem_free(&to);
    mem_free(&from);
    if (kind != ERR_OK) {
        json_decref(manifest);
        return kind;
    }
    *manifest_out = manifest;
    return ERR_OK;
}

static enum err_kind place_copy(const char *location, const char *out, json_t **manifest_out,
                                struct err *err)
{
    struct new_folder folder;
    json_t *manifest = NULL;
    if (new_folder_begin(out, &folder, err) != ERR_OK) {
        return err->kind;
    }
    enum err_kind kind = copy_report(location, folder.work, &manifest, err);
    kind = new_folder_end(&folder, kind, err);
    if (kind != ERR_OK) {
        json_decref(manifest);
        return kind;
    }
    *manifest_out = manifest;
    return ERR_OK;
}

static int tell(const struct download *download, const char *report_id, json_t *take_manifest)
{
    if (download->pack.where.json) {
        cli_print_json(json_pack("{s:s,s:s,s:o}", "ReportId", report_id, "folder", download->out,
                                 "manifest", take_manifest));
    } else {
        (void)printf("report %s is in %s, %zu files checked\n", report_id, download->out,
                     manifest_count(take_manifest));
        json_decref(take_manifest);
    }
    return CLI_OK;
}

static int copy_from(const struct download *download, const char *report_id, const char *location)
{
    struct err err = ERR_INIT;
    json_t *manifest = NULL;
    if (strcmp(location, REPORT_LOCATION_NONE) == 0) {
        (void)fprintf(stderr,
                      "packreport download: report %s was not kept: its worker has [store] kind = "
                      "null, which is for measuring\n",
                      report_id);
        return CLI_NO;
    }
    if (place_copy(location, download->out, &manifest, &err) != ERR_OK) {
        return cli_fail("download", &err);
    }
    return tell(download, report_id, manifest);
}

// A report that need not be the last one of its pack.
static int run_old(const struct download *download, struct session *session)
{
    struct err err = ERR_INIT;
    json_t *history = NULL;
    if (session_history(session, download->pack.account, download->report_id, &history, &err) !=
        ERR_OK) {
        return cli_fail("download", &err);
    }
    const char *location = json_string_value(json_object_get(history, "location"));
    int status = CLI_NO;
    if (location != NULL && location[0] != '\0') {
        status = copy_from(download, download->report_id, location);
    } else {
        bool is_known = json_object_size(history) > 0;
        (void)fprintf(stderr, "packreport download: report %s of account %s %s\n",
                      download->report_id, download->pack.account,
                      is_known ? "is not complete"
                               : "is not known, or its history is no longer kept");
    }
    json_decref(history);
    return status;
}

static int run(void *context, struct session *session)
{
    const struct download *download = context;
    struct err err = ERR_INIT;
    struct queue_report_record record;
    if (download->report_id != NULL) {
        return run_old(download, session);
    }
    if (session_report(session, download->pack.account, download->pack.pack, &record, &err) !=
        ERR_OK) {
        return cli_fail("download", &err);
    }
    if (record.complete_report_id[0] == '\0') {
        (void)fprintf(stderr, "packreport download: pack %s has no complete report (status %s)\n",
                      download->pack.pack, report_status_text(record.status));
        return CLI_NO;
    }
    return copy_from(download, record.complete_report_id, record.location);
}

// ---- over HTTP

static enum err_kind read_standard_input(char **link_out, struct err *err)
{
    struct buf text;
    buf_init(&text, LINK_BYTES_MAX);
    enum err_kind kind = file_read("-", &text, err);
    if (kind == ERR_OK) {
        *link_out = mem_text_n(buf_text(&text), strcspn(buf_text(&text), "\r\n"));
    }
    buf_deinit(&text);
    return kind;
}

static enum err_kind find_link(const struct download *download, struct web *web, char **link_out,
                               struct err *err)
{
    if (download->url != NULL && strcmp(download->url, "-") == 0) {
        return read_standard_input(link_out, err);
    }
    if (download->url != NULL) {
        *link_out = mem_text(download->url);
        return ERR_OK;
    }
    const struct ask_link question = {.endpoint = download->endpoint,
                                      .access_key_file = download->access_key_file,
                                      .account = download->pack.account,
                                      .aggregator = download->pack.aggregator_id,
                                      .pack = download->pack.pack_id};
    return ask_link(web, &question, link_out, err);
}

static int run_web(const struct download *download)
{
    struct err err = ERR_INIT;
    struct web *web = NULL;
    char *link = NULL;
    json_t *manifest = NULL;
    enum err_kind kind = web_open(download->ca_file, &web, &err);
    kind = kind == ERR_OK ? find_link(download, web, &link, &err) : kind;
    kind = kind == ERR_OK ? fetch_report(web, link, download->out, &manifest, &err) : kind;
    mem_free(&link);
    web_close(&web);
    if (kind == ERR_NOT_FOUND) {
        (void)cli_fail("download", &err);
        return CLI_NO;
    }
    if (kind != ERR_OK) {
        return cli_fail("download", &err);
    }
    const char *report_id = json_string_value(json_object_get(manifest, "reportId"));
    return tell(download, report_id == NULL ? "" : report_id, manifest);
}

int cli_download(int argc, char **argv)
{
    struct download download = {0};
    cli_parse(&ARGP, argc, argv, &download);
    if (is_web(&download)) {
        return run_web(&download);
    }
    return session_run(&download.pack.where, "download", run, &download);
}
