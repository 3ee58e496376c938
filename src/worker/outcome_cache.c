// SPDX-License-Identifier: MIT
#include "outcome_cache.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/random.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    MAGIC_BYTES = 16,
    VERSION = 1,
    BYTE_ORDER_WORD = 0x01020304,
    FILE_MODE = 0600,
    CHUNK_BYTES = 256 * 1024, // of which each has a digest, and the checksum is theirs
    CHUNKS_MAX = OUTCOME_CACHE_BYTES_MAX / CHUNK_BYTES + 1,
};
static const char MAGIC[MAGIC_BYTES + 1] = "packreport count";

struct head {
    char magic[MAGIC_BYTES];
    uint32_t version;
    uint32_t byte_order;
    unsigned char secret[KEYED_DIGEST_SECRET_BYTES];
    struct outcome_cache_basis basis;
    uint64_t record_count;
    uint64_t rows_len;
};
_Static_assert(sizeof(struct head) == 16 + 8 + 32 + 3 * 64 + 16 + 2 * 8, "nothing is padded");

// The digests of chunks.
struct checksum {
    struct keyed_digest_key key;
    size_t count;
    struct keyed_digest chunks[CHUNKS_MAX];
};

struct outcome_cache_writer {
    char *path;
    char *new_path; // NULL when the file could not be made
    int fd;
    int failed; // an errno, 0: nothing has
    uint64_t left;
    size_t filled;
    char chunk[CHUNK_BYTES];
    struct checksum checksum;
};

static void add_chunk(struct checksum *checksum, const char *bytes, size_t len)
{
    INVARIANT(checksum->count < CHUNKS_MAX);
    checksum->chunks[checksum->count++] = keyed_digest_of(&checksum->key, bytes, len);
}

static struct keyed_digest finish(const struct checksum *checksum)
{
    return keyed_digest_of(&checksum->key, checksum->chunks,
                           checksum->count * sizeof(checksum->chunks[0]));
}

// ---- reading

static uint64_t sums_bytes(const struct head *head)
{
    return head->basis.rule_count * sizeof(struct outcome_counts);
}

// Saturates, so that no counts of a damaged head overflow.
static uint64_t size_of(const struct head *head)
{
    if (head->record_count > OUTCOME_CACHE_BYTES_MAX || head->rows_len > OUTCOME_CACHE_BYTES_MAX) {
        return UINT64_MAX;
    }
    return sizeof(*head) + sums_bytes(head) + head->record_count * sizeof(struct keyed_digest) +
           head->rows_len + sizeof(struct keyed_digest);
}

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
static enum err_kind check_file(const struct stat *status, const struct head *head, size_t got,
                                struct err *err)
{
    size_t seen = got < MAGIC_BYTES ? got : MAGIC_BYTES;
    if (memcmp(head->magic, MAGIC, seen) != 0) {
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

static enum err_kind check_head(const struct head *head, size_t got, const struct stat *status,
                                const struct outcome_cache_basis *basis, struct err *err)
{
    if (got < sizeof(*head)) {
        return refuse(err, "it is cut");
    }
    if (head->version != VERSION || head->byte_order != BYTE_ORDER_WORD) {
        return refuse(err, "it is of another version of packreport, or of another machine");
    }
    if (head->basis.rule_count > LIMIT_RULES || size_of(head) > OUTCOME_CACHE_BYTES_MAX ||
        size_of(head) != (uint64_t)status->st_size) {
        return refuse(err, "it is cut or damaged");
    }
    return check_basis(&head->basis, basis, err);
}

static bool checksum_fits(const struct head *head, const char *bytes, size_t len)
{
    struct checksum *checksum = mem_alloc(1, sizeof(*checksum));
    size_t end = len - sizeof(struct keyed_digest);
    keyed_digest_key_init(&checksum->key, head->secret);
    for (size_t at = 0; at < end; at += CHUNK_BYTES) {
        add_chunk(checksum, bytes + at, end - at < CHUNK_BYTES ? end - at : CHUNK_BYTES);
    }
    const struct keyed_digest found = finish(checksum);
    mem_free(&checksum);
    return memcmp(&found, bytes + end, sizeof(found)) == 0;
}

// Takes the bytes.
static struct outcome_cache cache_of(const struct head *head, char *take_bytes)
{
    struct outcome_cache cache = {
        .bytes = take_bytes, .record_count = head->record_count, .rows_len = head->rows_len};
    const char *sums = take_bytes + sizeof(*head);
    const char *digests = sums + sums_bytes(head);
    memcpy(cache.secret, head->secret, sizeof(cache.secret));
    cache.sums = (const struct outcome_counts *)(const void *)sums;
    cache.digests = (const struct keyed_digest *)(const void *)digests;
    cache.rows = digests + cache.record_count * sizeof(cache.digests[0]);
    return cache;
}

static enum err_kind read_open(int fd, const struct outcome_cache_basis *basis,
                               struct outcome_cache *cache_out, struct err *err)
{
    struct stat status;
    struct head head = {0};
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
    if (read_bytes(fd, &head, sizeof(head), &got, err) != ERR_OK ||
        check_file(&status, &head, got, err) != ERR_OK ||
        check_head(&head, got, &status, basis, err) != ERR_OK) {
        return err->kind;
    }
    size_t len = (size_t)status.st_size;
    char *bytes = mem_large(len);
    memcpy(bytes, &head, sizeof(head));
    enum err_kind kind = read_bytes(fd, bytes + sizeof(head), len - sizeof(head), &got, err);
    if (kind == ERR_OK && (got != len - sizeof(head) || !checksum_fits(&head, bytes, len))) {
        kind = refuse(err, "it is cut or damaged");
    }
    if (kind == ERR_OK) {
        *cache_out = cache_of(&head, bytes);
    } else {
        mem_free(&bytes);
    }
    return kind;
}

enum err_kind outcome_cache_read(const char *path, const struct outcome_cache_basis *basis,
                                 struct outcome_cache *cache_out, struct err *err)
{
    // Who opens a pipe without O_NONBLOCK waits for somebody to write.
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        enum err_kind kind = errno == ENOENT ? ERR_NOT_FOUND : ERR_CONFLICT;
        return err_set_errno(err, kind, errno, "it cannot be read");
    }
    enum err_kind kind = read_open(fd, basis, cache_out, err);
    (void)close(fd);
    return kind;
}

void outcome_cache_deinit(struct outcome_cache *cache)
{
    mem_free(&cache->bytes);
    *cache = (struct outcome_cache){0};
}

// ---- writing

static struct head head_of(const struct outcome_cache_head *from)
{
    struct head head = {.version = VERSION,
                        .byte_order = BYTE_ORDER_WORD,
                        .basis = *from->basis,
                        .record_count = from->record_count,
                        .rows_len = from->rows_len};
    memcpy(head.magic, MAGIC, sizeof(head.magic));
    memcpy(head.secret, from->secret, sizeof(head.secret));
    return head;
}

uint64_t outcome_cache_size(const struct outcome_cache_head *head)
{
    const struct head written = head_of(head);
    return size_of(&written);
}

static void write_out(struct outcome_cache_writer *writer, const char *bytes, size_t len)
{
    for (size_t done = 0; writer->failed == 0 && done < len;) {
        ssize_t wrote = write(writer->fd, bytes + done, len - done);
        if (wrote < 0 && errno != EINTR) {
            writer->failed = errno;
        }
        done += wrote > 0 ? (size_t)wrote : 0;
    }
}

static void flush_chunk(struct outcome_cache_writer *writer)
{
    if (writer->filled > 0) {
        add_chunk(&writer->checksum, writer->chunk, writer->filled);
        write_out(writer, writer->chunk, writer->filled);
        writer->filled = 0;
    }
}

void outcome_cache_put(struct outcome_cache_writer *writer, const void *bytes, size_t len)
{
    REQUIRE(len <= writer->left);
    writer->left -= len;
    for (const char *at = bytes; len > 0;) {
        size_t room = CHUNK_BYTES - writer->filled;
        size_t taken = len < room ? len : room;
        memcpy(writer->chunk + writer->filled, at, taken);
        writer->filled += taken;
        at += taken;
        len -= taken;
        if (writer->filled == CHUNK_BYTES) {
            flush_chunk(writer);
        }
    }
}

struct outcome_cache_writer *outcome_cache_begin(const char *path,
                                                 const struct outcome_cache_head *head)
{
    const struct head written = head_of(head);
    REQUIRE(size_of(&written) <= OUTCOME_CACHE_BYTES_MAX);
    struct outcome_cache_writer *writer = mem_alloc(1, sizeof(*writer));
    char id[RANDOM_ID_LETTERS + 1];
    random_id(id);
    writer->path = mem_text(path);
    writer->new_path = mem_format("%s.%s.new", path, id);
    writer->left = size_of(&written) - sizeof(struct keyed_digest);
    keyed_digest_key_init(&writer->checksum.key, head->secret);
    writer->fd = open(writer->new_path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);
    if (writer->fd < 0) {
        writer->failed = errno;
        mem_free(&writer->new_path);
    }
    outcome_cache_put(writer, &written, sizeof(written));
    outcome_cache_put(writer, head->sums, sums_bytes(&written));
    return writer;
}

// Puts the file in its place.
static void publish(struct outcome_cache_writer *writer)
{
    flush_chunk(writer);
    const struct keyed_digest checksum = finish(&writer->checksum);
    write_out(writer, (const char *)&checksum, sizeof(checksum));
    if (writer->fd >= 0 && close(writer->fd) != 0 && writer->failed == 0) {
        writer->failed = errno;
    }
    if (writer->failed == 0 && rename(writer->new_path, writer->path) != 0) {
        writer->failed = errno;
    }
    if (writer->failed != 0 && writer->new_path != NULL) {
        (void)unlink(writer->new_path);
    }
}

enum err_kind outcome_cache_end(struct outcome_cache_writer **writer, struct err *err)
{
    REQUIRE((*writer)->left == 0);
    publish(*writer);
    int failed = (*writer)->failed;
    mem_free(&(*writer)->path);
    mem_free(&(*writer)->new_path);
    mem_wipe(*writer, sizeof(**writer)); // the key
    mem_free(writer);
    if (failed != 0) {
        return err_set_errno(err, ERR_IO, failed, "it cannot be written");
    }
    return ERR_OK;
}
