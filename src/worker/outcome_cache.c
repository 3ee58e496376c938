// SPDX-License-Identifier: MIT
#include "outcome_cache.h"

#include "base/mem.h"
#include "outcome_cache_layout.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum err_kind refuse(struct err *err, const char *why)
{
    return err_set(err, ERR_INVALID, "%s", why);
}

// Reads up to `len` bytes, fewer at the end only.
static enum err_kind read_bytes(int fd, void *bytes, size_t len, size_t *got_out, struct err *err)
{
    size_t done = 0;
    while (done < len) {
        ssize_t got = read(fd, (char *)bytes + done, len - done);
        if (got == 0) {
            break;
        }
        if (got < 0 && errno != EINTR) {
            return err_set_errno(err, ERR_IO, errno, "it cannot be read");
        }
        done += got > 0 ? (size_t)got : 0;
    }
    *got_out = done;
    return ERR_OK;
}

// Whether it is a cache of ours at all: only then may another take its place.
static enum err_kind check_file(const struct stat *status,
                                const struct outcome_cache_file_head *head, size_t got,
                                struct err *err)
{
    size_t seen = got < OUTCOME_CACHE_MAGIC_BYTES ? got : OUTCOME_CACHE_MAGIC_BYTES;
    if (memcmp(head->magic, OUTCOME_CACHE_MAGIC, seen) != 0) {
        return err_set(err, ERR_CONFLICT,
                       "it is not the cache of a count; it is left as it is, and nothing is kept");
    }
    if (status->st_uid != geteuid()) {
        return refuse(err, "it belongs to another user, who could have written anything");
    }
    if ((status->st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        return err_set(err, ERR_INVALID,
                       "others may read or write it: its mode is %04o and has to be 0600",
                       (unsigned)(status->st_mode & ALLPERMS));
    }
    return ERR_OK;
}

static bool is_same(const char *a, const char *b)
{
    return memcmp(a, b, OUTCOME_CACHE_HEX) == 0;
}

static enum err_kind check_basis(const struct outcome_cache_basis *found,
                                 const struct outcome_cache_basis *wanted, struct err *err)
{
    if (!is_same(found->engine, wanted->engine)) {
        return refuse(err, "it is of another version of packreport");
    }
    if (!is_same(found->rules, wanted->rules) || found->is_strict != wanted->is_strict ||
        found->rule_count != wanted->rule_count) {
        return refuse(err, "it was made with other rules");
    }
    if (!is_same(found->waivers, wanted->waivers)) {
        return refuse(err, "it was made with other waivers, or when others were in force");
    }
    if (found->as_of_ms != wanted->as_of_ms) {
        return refuse(err, "it was made as of another instant, and a rule asks for an age");
    }
    return ERR_OK;
}

static enum err_kind check_head(const struct outcome_cache_file_head *head, size_t got,
                                const struct stat *status, const struct outcome_cache_basis *basis,
                                struct err *err)
{
    if (got < sizeof(*head)) {
        return refuse(err, "it is cut");
    }
    if (head->version != OUTCOME_CACHE_VERSION || head->byte_order != OUTCOME_CACHE_BYTE_ORDER) {
        return refuse(err, "it is of another version of packreport, or of another machine");
    }
    if (head->basis.rule_count > LIMIT_RULES || !outcome_cache_counts_fit(head) ||
        outcome_cache_layout_of(head).len > OUTCOME_CACHE_BYTES_MAX ||
        outcome_cache_layout_of(head).len != (uint64_t)status->st_size) {
        return refuse(err, "it is cut or damaged");
    }
    return check_basis(&head->basis, basis, err);
}

// What is read of a file, and its checksum.
struct reading {
    const struct outcome_cache_file_head *head;
    const struct outcome_cache_visitor *visitor;
    struct outcome_cache_checksum *checksum;
    struct outcome_cache *cache;
};

static enum err_kind read_all(int fd, char *bytes, size_t len, struct err *err)
{
    size_t got = 0;
    if (read_bytes(fd, bytes, len, &got, err) != ERR_OK) {
        return err->kind;
    }
    return got == len ? ERR_OK : refuse(err, "it is cut");
}

// All up to the rows; of that the head is read already.
static enum err_kind read_index(const struct reading *reading, struct err *err)
{
    const struct outcome_cache_file_head *head = reading->head;
    const struct outcome_cache_layout layout = outcome_cache_layout_of(head);
    struct outcome_cache *cache = reading->cache;
    char *bytes = mem_large(layout.rows_at);
    cache->bytes = bytes;
    memcpy(bytes, head, sizeof(*head));
    if (read_all(cache->fd, bytes + sizeof(*head), layout.rows_at - sizeof(*head), err) != ERR_OK) {
        return err->kind;
    }
    for (size_t at = 0; at < layout.rows_at; at += OUTCOME_CACHE_CHUNK_BYTES) {
        size_t left = layout.rows_at - at;
        outcome_cache_checksum_add(reading->checksum, bytes + at,
                                   left < OUTCOME_CACHE_CHUNK_BYTES ? left
                                                                    : OUTCOME_CACHE_CHUNK_BYTES);
    }
    cache->record_count = head->record_count;
    cache->rows_len = head->rows_len;
    cache->rows_at = layout.rows_at;
    cache->sums = (const struct outcome_counts *)(const void *)(bytes + sizeof(*head));
    cache->digests = (const struct keyed_digest *)(const void *)(bytes + layout.digests_at);
    cache->lens = (const uint32_t *)(const void *)(bytes + layout.lens_at);
    return ERR_OK;
}

// Shows the rows that are whole; returns how many bytes they are.
static size_t show_rows(const struct reading *reading, size_t begin, struct span rows, size_t *left)
{
    const struct outcome_cache_visitor *visitor = reading->visitor;
    size_t at = 0;
    while (*left > 0) {
        size_t len = visitor->on_row(visitor->context, begin + at, rows.bytes + at, rows.len - at);
        if (len == 0) {
            break;
        }
        at += len;
        (*left)--;
    }
    return at;
}

// A chunk at a time, behind what was left over of the one before, which is less than a row.
static enum err_kind read_rows(const struct reading *reading, char *buffer, struct err *err)
{
    size_t kept = 0;
    size_t rows_left = reading->cache->record_count;
    const size_t len = reading->cache->rows_len;
    for (size_t at = 0; at < len;) {
        size_t chunk = len - at < OUTCOME_CACHE_CHUNK_BYTES ? len - at : OUTCOME_CACHE_CHUNK_BYTES;
        if (read_all(reading->cache->fd, buffer + kept, chunk, err) != ERR_OK) {
            return err->kind;
        }
        outcome_cache_checksum_add(reading->checksum, buffer + kept, chunk);
        const struct span rows = {buffer, kept + chunk};
        size_t shown = show_rows(reading, at - kept, rows, &rows_left);
        at += chunk;
        kept = rows.len - shown;
        if (kept >= OUTCOME_CACHE_ROW_BYTES_MAX) {
            return refuse(err, "it is damaged");
        }
        memmove(buffer, buffer + shown, kept);
    }
    return rows_left == 0 && kept == 0 ? ERR_OK : refuse(err, "it is damaged");
}

static enum err_kind check_sum(const struct reading *reading, struct err *err)
{
    const struct keyed_digest wanted = outcome_cache_checksum_finish(reading->checksum);
    struct keyed_digest found;
    if (read_all(reading->cache->fd, (char *)&found, sizeof(found), err) != ERR_OK) {
        return err->kind;
    }
    return keyed_digest_equals(&found, &wanted) ? ERR_OK : refuse(err, "it is cut or damaged");
}

// All behind the head.
static enum err_kind read_body(const struct reading *reading, struct err *err)
{
    char *buffer = mem_resize(NULL, OUTCOME_CACHE_CHUNK_BYTES + OUTCOME_CACHE_ROW_BYTES_MAX, 1);
    keyed_digest_key_init(&reading->checksum->key, reading->head->secret);
    if (read_index(reading, err) == ERR_OK && read_rows(reading, buffer, err) == ERR_OK) {
        (void)check_sum(reading, err);
    }
    mem_free(&buffer);
    return err->kind;
}

static enum err_kind read_head(int fd, const struct outcome_cache_basis *basis,
                               struct outcome_cache_file_head *head, struct err *err)
{
    struct stat status;
    size_t got = 0;
    if (fstat(fd, &status) != 0) {
        return err_set_errno(err, ERR_IO, errno, "it cannot be read");
    }
    if (!S_ISREG(status.st_mode)) {
        return err_set(err, ERR_CONFLICT,
                       "it is no file; it is left as it is, and nothing is kept");
    }
    if (status.st_size == 0) {
        return err_set(err, ERR_NOT_FOUND, "it is empty");
    }
    if (read_bytes(fd, head, sizeof(*head), &got, err) != ERR_OK ||
        check_file(&status, head, got, err) != ERR_OK) {
        return err->kind;
    }
    return check_head(head, got, &status, basis, err);
}

enum err_kind outcome_cache_read(const char *path, const struct outcome_cache_basis *basis,
                                 const struct outcome_cache_visitor *visitor,
                                 struct outcome_cache *cache_out, struct err *err)
{
    struct outcome_cache_file_head head = {0};
    // Who opens a pipe without O_NONBLOCK waits for somebody to write.
    struct outcome_cache cache = {.fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
    if (cache.fd < 0) {
        enum err_kind kind = errno == ENOENT ? ERR_NOT_FOUND : ERR_CONFLICT;
        return err_set_errno(err, kind, errno, "it cannot be read");
    }
    enum err_kind kind = read_head(cache.fd, basis, &head, err);
    if (kind == ERR_OK) {
        struct outcome_cache_checksum *checksum = mem_alloc(1, sizeof(*checksum));
        const struct reading reading = {&head, visitor, checksum, &cache};
        memcpy(cache.secret, head.secret, sizeof(cache.secret));
        kind = read_body(&reading, err);
        mem_wipe(checksum, sizeof(*checksum)); // the key
        mem_free(&checksum);
    }
    if (kind != ERR_OK) {
        (void)close(cache.fd);
        mem_free(&cache.bytes);
        return kind;
    }
    *cache_out = cache;
    return ERR_OK;
}

void outcome_cache_deinit(struct outcome_cache *cache)
{
    if (cache->bytes != NULL) {
        (void)close(cache->fd);
        mem_free(&cache->bytes);
    }
    *cache = (struct outcome_cache){0};
}

// ---- rows

static bool read_at(const struct outcome_cache *cache, char *bytes, size_t len, size_t at)
{
    for (size_t done = 0; done < len;) {
        ssize_t got =
            pread(cache->fd, bytes + done, len - done, (off_t)(cache->rows_at + at + done));
        if (got == 0 || (got < 0 && errno != EINTR)) {
            return false;
        }
        done += got > 0 ? (size_t)got : 0;
    }
    return true;
}

const char *outcome_cache_look(const struct outcome_cache *cache,
                               struct outcome_cache_window *window, size_t at, size_t len)
{
    REQUIRE(at <= cache->rows_len && len <= cache->rows_len - at);
    bool is_there = at >= window->at && at - window->at <= window->len &&
                    len <= window->len - (at - window->at);
    if (is_there && window->bytes != NULL) {
        return window->bytes + (at - window->at);
    }
    if (window->bytes == NULL || len > window->capacity) {
        window->capacity = len > window->capacity ? len : window->capacity;
        window->bytes = mem_resize(window->bytes, window->capacity, 1);
    }
    size_t left = cache->rows_len - at;
    window->at = at;
    window->len = left < window->capacity ? left : window->capacity;
    if (!read_at(cache, window->bytes, window->len, at)) {
        window->len = 0;
        return NULL;
    }
    return window->bytes;
}

void outcome_cache_window_deinit(struct outcome_cache_window *window)
{
    mem_free(&window->bytes);
    window->len = 0;
}
