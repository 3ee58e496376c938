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
    for (size_t i = 0; ending != NULL && i < ARRAY_LEN(TYPES); i++) {
        if (strcmp(TYPES[i].ending, ending) == 0) {
            return TYPES[i].type;
        }
    }
    return "application/octet-stream";
}

// ---- conditions

// RFC 9110, 8.8.3: the tag at the beginning of the list, which loses it; false when none is there.
static bool take_tag(struct span *list, bool *is_weak_out, struct span *tag_out)
{
    while (list->len > 0 && strchr(", \t", list->bytes[0]) != NULL) {
        *list = (struct span){list->bytes + 1, list->len - 1};
    }
    *is_weak_out = list->len >= 2 && memcmp(list->bytes, "W/", 2) == 0;
    if (*is_weak_out) {
        *list = (struct span){list->bytes + 2, list->len - 2};
    }
    if (list->len < 2 || list->bytes[0] != '"') {
        return false;
    }
    const char *end = memchr(list->bytes + 1, '"', list->len - 1);
    if (end == NULL) {
        return false;
    }
    *tag_out = (struct span){list->bytes, (size_t)(end - list->bytes) + 1};
    *list = (struct span){end + 1, list->len - tag_out->len};
    return true;
}

static bool lists_tag(struct span list, const char *etag, bool takes_weak)
{
    bool is_weak;
    struct span tag;
    if (span_equals_text(list, "*")) {
        return true;
    }
    while (take_tag(&list, &is_weak, &tag)) {
        if (span_equals_text(tag, etag) && (takes_weak || !is_weak)) {
            return true;
        }
    }
    return false;
}

// If-Match compares strongly, If-None-Match weakly (RFC 9110, 13.1.1 and 13.1.2). How many such fields
// there are, and whether one of them has the tag.
static size_t look_for_tag(const struct http_incoming *incoming, const char *field,
                           const char *etag, bool takes_weak, bool *is_listed_out)
{
    size_t count = 0;
    *is_listed_out = false;
    for (size_t i = 0; i < incoming->field_count; i++) {
        if (span_equals_ignore_case(incoming->fields[i].name, span_of(field))) {
            count++;
            *is_listed_out =
                *is_listed_out || lists_tag(incoming->fields[i].value, etag, takes_weak);
        }
    }
    return count;
}

static struct range wanted_range(const struct http_incoming *incoming, const char *etag,
                                 uint64_t size)
{
    struct span value = {0};
    struct span condition = {0};
    // Of other methods a range means nothing (RFC 9110, 14.2).
    if (!span_equals_text(incoming->method, "GET") ||
        http_incoming_field(incoming, "range", &value) != 1 ||
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

// The status, and of a part where it lies and its Content-Range (RFC 9110, 13.2.2 and 14.2).
static void choose_part(const struct http_incoming *incoming, const char *etag, uint64_t size,
                        struct http_answer *answer, char content_range[HEADER_BYTES])
{
    bool is_known;
    const struct range range = wanted_range(incoming, etag, size);
    (void)look_for_tag(incoming, "if-none-match", etag, true, &is_known);
    if (is_known) {
        answer->status = 304;
    } else if (range.kind == RANGE_IMPOSSIBLE) {
        answer->status = 416;
        (void)snprintf(content_range, HEADER_BYTES, "bytes */%" PRIu64, size);
    } else if (range.kind == RANGE_PART) {
        answer->status = 206;
        answer->file_offset = range.begin;
        answer->file_len = range.len;
        (void)snprintf(content_range, HEADER_BYTES, "bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64,
                       range.begin, range.begin + range.len - 1, size);
    }
}

static int send_file(const struct download_config *config, struct http_call *call,
                     const struct report_link *link, int fd, uint64_t size)
{
    const struct http_incoming *incoming = http_call_incoming(call);
    char etag[HEADER_BYTES];
    char disposition[HEADER_BYTES];
    char content_range[HEADER_BYTES] = "";
    bool is_same;
    (void)snprintf(etag, sizeof(etag), "\"%s/%s\"", link->folder, link->file);
    if (look_for_tag(incoming, "if-match", etag, false, &is_same) > 0 && !is_same) {
        (void)close(fd);
        return refuse(config, call, 412, "PreconditionFailed",
                      "The file is another one than If-Match names.");
    }
    name_disposition(link, disposition);
    struct http_answer answer = {
        .status = 200, .body_file = fd, .file_len = size, .is_last = config->is_last};
    choose_part(incoming, etag, size, &answer, content_range);
    const struct http_answer_header headers[] = {
        {"Content-Type", type_of(link->file)},
        {"Content-Disposition", disposition},
        {"ETag", etag},
        {"Accept-Ranges", "bytes"},
        {"Cache-Control", "private, no-store"},
        {"X-Content-Type-Options", "nosniff"},
        {"Content-Security-Policy", "sandbox; default-src 'none'; style-src 'unsafe-inline'"},
        {"Content-Range", content_range},
    };
    answer.headers = headers;
    answer.header_count = ARRAY_LEN(headers) - (content_range[0] == '\0' ? 1 : 0);
    if (answer.status == 416) {
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
