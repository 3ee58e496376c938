// SPDX-License-Identifier: MIT
//
// A finished report is copied file by file as its manifest names them; each copy is checked against
// the manifest's length and SHA-256 while it is written. The copy is put in place by one rename, so
// a folder that is there is whole.
#include "base/buf.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/mem.h"
#include "cli.h"
#include "domain/report.h"
#include "new_folder.h"
#include "pack_options.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
    KEY_OUT = 'o',
    MANIFEST_BYTES_MAX = 1024 * 1024,
    PIECE_BYTES = 1024 * 1024,
    COPY_MODE = 0640
};

struct download {
    struct pack_options pack;
    const char *out;
};

static const struct argp_option OPTIONS[] = {
    {"out", KEY_OUT, "FOLDER", 0, "Where the report's files go: a folder that does not exist yet",
     0},
    {0},
};

static error_t parse_option(int key, char *value, struct argp_state *state)
{
    struct download *download = state->input;
    switch (key) {
    case KEY_OUT:
        download->out = value;
        return 0;
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &download->pack;
        return 0;
    case ARGP_KEY_END:
        if (download->out == NULL) {
            argp_error(state, "--out is required");
        }
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
    .doc = "Copy the last complete report of a pack and check each file against the manifest.\v"
           "Example:\n"
           "  packreport download --account 100000000000001 --pack PACK --out november\n\n"
           "Exit status 0: copied and checked; 1: there is no complete report, or it was not kept; "
           "76: a file does not "
           "match.",
};

// A name that stays inside the folder, whatever a manifest says.
static bool is_plain_name(const char *name)
{
    return name[0] != '\0' && name[0] != '.' && strchr(name, '/') == NULL;
}

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

static enum err_kind copy_file(const char *from_folder, const char *to_folder, const json_t *entry,
                               struct err *err)
{
    const char *name = json_string_value(json_object_get(entry, "name"));
    const char *wanted = json_string_value(json_object_get(entry, "sha256"));
    if (name == NULL || wanted == NULL || !is_plain_name(name)) {
        return err_set(err, ERR_CORRUPT,
                       "the manifest has an entry without a usable name and sha256");
    }
    char *from = file_join(from_folder, name);
    char *to = file_join(to_folder, name);
    enum err_kind kind = copy_checked(from, to, wanted, err);
    mem_free(&to);
    mem_free(&from);
    return kind;
}

static enum err_kind copy_listed(const char *location, const char *folder, const json_t *manifest,
                                 struct err *err)
{
    const json_t *files = json_object_get(manifest, "files");
    if (json_array_size(files) == 0) {
        return err_set(err, ERR_CORRUPT, "the manifest of %s lists no files", location);
    }
    size_t index;
    json_t *entry;
    json_array_foreach(files, index, entry)
    {
        if (copy_file(location, folder, entry, err) != ERR_OK) {
            return err->kind;
        }
    }
    return ERR_OK;
}

static enum err_kind copy_report(const char *location, const char *folder, json_t **manifest_out,
                                 struct err *err)
{
    char *from = file_join(location, "manifest.json");
    char *to = file_join(folder, "manifest.json");
    struct buf text;
    buf_init(&text, MANIFEST_BYTES_MAX);
    json_t *manifest = NULL;
    enum err_kind kind = file_read(from, &text, err);
    if (kind == ERR_NOT_FOUND && file_is_folder(location)) {
        (void)err_set(err, kind,
                      "%s has no manifest to check by: its worker has [store] files = report.json",
                      location);
    }
    if (kind == ERR_OK) {
        manifest = json_loadb(buf_text(&text), text.len, JSON_REJECT_DUPLICATES, NULL);
        kind = manifest != NULL ? copy_listed(location, folder, manifest, err)
                                : err_set(err, ERR_CORRUPT, "%s is no JSON", from);
    }
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

static int run(void *context, struct session *session)
{
    const struct download *download = context;
    struct err err = ERR_INIT;
    struct queue_report_record record;
    json_t *manifest = NULL;
    if (session_report(session, download->pack.account, download->pack.pack, &record, &err) !=
        ERR_OK) {
        return cli_fail("download", &err);
    }
    if (record.complete_report_id[0] == '\0') {
        (void)fprintf(stderr, "packreport download: pack %s has no complete report (status %s)\n",
                      download->pack.pack, report_status_text(record.status));
        return CLI_NO;
    }
    if (strcmp(record.location, REPORT_LOCATION_NONE) == 0) {
        (void)fprintf(stderr,
                      "packreport download: report %s was not kept: its worker has [store] kind = "
                      "null, which is for measuring\n",
                      record.complete_report_id);
        return CLI_NO;
    }
    if (place_copy(record.location, download->out, &manifest, &err) != ERR_OK) {
        return cli_fail("download", &err);
    }
    if (download->pack.where.json) {
        cli_print_json(json_pack("{s:s,s:s,s:o}", "ReportId", record.complete_report_id, "folder",
                                 download->out, "manifest", manifest));
    } else {
        (void)printf("report %s is in %s, %zu files checked\n", record.complete_report_id,
                     download->out, json_array_size(json_object_get(manifest, "files")));
        json_decref(manifest);
    }
    return CLI_OK;
}

int cli_download(int argc, char **argv)
{
    struct download download = {0};
    cli_parse(&ARGP, argc, argv, &download);
    return session_run(&download.pack.where, "download", run, &download);
}
