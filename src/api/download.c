// SPDX-License-Identifier: MIT
#include "download.h"

#include "base/text.h"
#include "document.h"
#include "report_link.h"

#include <fcntl.h>
#include <inttypes.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { HEADER_BYTES = 512, PATH_BYTES = REPORT_FOLDER_BYTES + REPORT_FILE_BYTES + 1 };

bool download_is_asked(const struct http_incoming *incoming)
{
    const size_t len = strlen(REPORT_LINK_PATH);
    return incoming->path.len >= len && memcmp(incoming->path.bytes, REPORT_LINK_PATH, len) == 0;
}

// ---- refusals

static int refuse(const struct download_config *config, struct http_call *call, int status,
                  const char *code, const char *message)
{
    struct buf body;
    buf_init(&body, DOCUMENT_BYTES_MAX);
    json_t *tree = json_object();
    (void)json_object_set_new(tree, "Code", json_string(code));
    (void)json_object_set_new(tree, "Message", json_string(message));
    document_write(&body, tree, false, "Error");
    json_decref(tree);
    const struct http_answer_header headers[] = {
        {"Content-Type", document_type(false)},
        {"Cache-Control", "no-store"},
        {"X-Content-Type-Options", "nosniff"},
        {"Allow", "GET, HEAD"},
    };
    const struct http_answer answer = {.status = status,
                                       .headers = headers,
                                       .header_count = status == 405 ? 4 : 3,
                                       .body = {buf_text(&body), body.len},
                                       .body_file = -1,
                                       .is_last = config->is_last};
    http_call_answer(call, &answer);
    buf_deinit(&body);
    return status;
}

// ---- ranges

enum range_kind { RANGE_NONE, RANGE_PART, RANGE_IMPOSSIBLE };

struct range {
    enum range_kind kind;
    uint64_t begin;
    uint64_t len;
};

static bool read_number(struct span *text, uint64_t *number_out)
{
    size_t digits = 0;
    uint64_t number = 0;
    while (digits < text->len && text->bytes[digits] >= '0' && text->bytes[digits] <= '9') {
        if (number > UINT64_MAX / 100) {
            return false;
        }
        number = number * 10 + (uint64_t)(text->bytes[digits++] - '0');
    }
    text->bytes += digits;
    text->len -= digits;
    *number_out = number;
    return digits > 0;
}

// RFC 9110, 14.1.2: one range of bytes. Of several, and of what is not understood, the whole is sent (14.2).
static struct range read_range(struct span text, uint64_t size)
{
    static const char UNIT[] = "bytes=";
    const struct range none = {.kind = RANGE_NONE};
    const struct range impossible = {.kind = RANGE_IMPOSSIBLE};
    const size_t unit = sizeof(UNIT) - 1;
    uint64_t first = 0;
    uint64_t last = 0;
    if (text.len <= unit || !span_equals_ignore_case_of_len(text.bytes, UNIT, unit)) {
        return none;
    }
    text.bytes += unit;
    text.len -= unit;
    bool has_first = read_number(&text, &first);
    if (text.len == 0 || text.bytes[0] != '-') {
        return none;
    }
    text.bytes++;
    text.len--;
    bool has_last = read_number(&text, &last);
    if (text.len > 0 || (!has_first && !has_last) || (has_first && has_last && last < first)) {
        return none;
    }
    if (!has_first) { // the last so many
        first = last >= size ? 0 : size - last;
        if (last == 0 || size == 0) {
            return impossible;
        }
        return (struct range){RANGE_PART, first, size - first};
    }
    if (first >= size) {
        return impossible;
    }
    last = !has_last || last >= size ? size - 1 : last;
    return (struct range){RANGE_PART, first, last - first + 1};
}

// ---- the file

// No link in the path is followed, and none leads out of the root (openat2(2)).
static int open_beneath(const char *root, const char *path)
{
    int folder = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) {
        return -1;
    }
    const struct open_how how = {.flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK,
                                 .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS};
    long fd = syscall(SYS_openat2, folder, path, &how, sizeof(how));
    (void)close(folder);
    return (int)fd;
}

static const char *type_of(const char *file)
{
    static const struct {
        const char *ending;
        const char *type;
    } TYPES[] = {{".json", "application/json"},
                 {".ndjson", "application/x-ndjson"},
                 {".csv", "text/csv; charset=utf-8"},
                 {".html", "text/html; charset=utf-8"},
                 {".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
                 {".txt", "text/plain; charset=utf-8"}};
    const char *ending = strrchr(file, '.');
    for (size_t i = 0; ending != NULL && i < sizeof(TYPES) / sizeof(TYPES[0]); i++) {
        if (strcmp(TYPES[i].ending, ending) == 0) {
            return TYPES[i].type;
        }
    }
    return "application/octet-stream";
}

static bool is_named(const struct http_incoming *incoming, const char *field, const char *etag)
{
    struct span value = {0};
    return http_incoming_field(incoming, field, &value) == 1 &&
           (span_equals_text(value, etag) || span_equals_text(value, "*"));
}

static struct range wanted_range(const struct http_incoming *incoming, const char *etag,
                                 uint64_t size)
{
    struct span value = {0};
    struct span condition = {0};
    if (http_incoming_field(incoming, "range", &value) != 1 ||
        (http_incoming_field(incoming, "if-range", &condition) > 0 &&
         !span_equals_text(condition, etag))) {
        return (struct range){.kind = RANGE_NONE};
    }
    return read_range(value, size);
}

// "<AccountId>-<CompliancePackId>-<ReportId>-<file>", of names that need no quoting.
static void name_disposition(const struct report_link *link, char out[HEADER_BYTES])
{
    char folder[REPORT_FOLDER_BYTES];
    (void)text_copy(folder, sizeof(folder), link->folder);
    *strrchr(folder, '/') = '\0'; // the fence tells a reader nothing
    for (char *at = folder; *at != '\0'; at++) {
        *at = *at == '/' ? '-' : *at;
    }
    (void)snprintf(out, HEADER_BYTES, "attachment; filename=\"%s-%s\"", folder, link->file);
}

static int send_file(const struct download_config *config, struct http_call *call,
                     const struct report_link *link, int fd, uint64_t size)
{
    const struct http_incoming *incoming = http_call_incoming(call);
    char etag[HEADER_BYTES];
    char disposition[HEADER_BYTES];
    char content_range[HEADER_BYTES];
    (void)snprintf(etag, sizeof(etag), "\"%s/%s\"", link->folder, link->file);
    name_disposition(link, disposition);
    const struct range range = wanted_range(incoming, etag, size);
    struct http_answer_header headers[] = {
        {"Content-Type", type_of(link->file)},
        {"Content-Disposition", disposition},
        {"ETag", etag},
        {"Accept-Ranges", "bytes"},
        {"Cache-Control", "private, no-store"},
        {"X-Content-Type-Options", "nosniff"},
        {"Content-Security-Policy", "sandbox; default-src 'none'; style-src 'unsafe-inline'"},
        {"Content-Range", content_range},
    };
    struct http_answer answer = {.status = 200,
                                 .headers = headers,
                                 .header_count = sizeof(headers) / sizeof(headers[0]) - 1,
                                 .body_file = fd,
                                 .file_len = size,
                                 .is_last = config->is_last};
    if (is_named(incoming, "if-none-match", etag)) {
        answer.status = 304;
    } else if (range.kind == RANGE_IMPOSSIBLE) {
        answer.status = 416;
        answer.header_count++;
        (void)snprintf(content_range, sizeof(content_range), "bytes */%" PRIu64, size);
    } else if (range.kind == RANGE_PART) {
        answer.status = 206;
        answer.header_count++;
        answer.file_offset = range.begin;
        answer.file_len = range.len;
        (void)snprintf(content_range, sizeof(content_range),
                       "bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64, range.begin,
                       range.begin + range.len - 1, size);
    }
    if (answer.status == 304 || answer.status == 416) {
        (void)close(fd);
        answer.body_file = -1;
    }
    http_call_answer(call, &answer);
    return answer.status;
}

int download_answer(const struct download_config *config, struct http_call *call, int64_t now_ms)
{
    const struct http_incoming *incoming = http_call_incoming(call);
    struct report_link link;
    if (!span_equals_text(incoming->method, "GET") && !span_equals_text(incoming->method, "HEAD")) {
        return refuse(config, call, 405, "UnsupportedHTTPMethod", "GET or HEAD is right.");
    }
    switch (report_link_read(incoming->path, incoming->query, config->key, now_ms, &link)) {
    case REPORT_LINK_MALFORMED:
        return refuse(config, call, 400, "InvalidObjectName", "The path names no report's file.");
    case REPORT_LINK_FORGED:
        return refuse(config, call, 403, "SignatureDoesNotMatch",
                      "The link is not one that was given out.");
    case REPORT_LINK_EXPIRED:
        return refuse(config, call, 403, "AccessDenied",
                      "The link has expired; GetCompliancePackReport gives a new one.");
    case REPORT_LINK_GOOD:
        break;
    }
    char path[PATH_BYTES];
    struct stat status;
    (void)snprintf(path, sizeof(path), "%s/%s", link.folder, link.file);
    int fd = open_beneath(config->root, path);
    if (fd < 0 || fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
        if (fd >= 0) {
            (void)close(fd);
        }
        return refuse(config, call, 404, "NoSuchKey",
                      "The report's file is not there, or not any more.");
    }
    return send_file(config, call, &link, fd, (uint64_t)status.st_size);
}
