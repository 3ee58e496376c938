// SPDX-License-Identifier: MIT
#include "base/mem.h"
#include "base/random.h"
#include "outcome_cache_layout.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_MODE = 0600, CHUNK_BYTES = OUTCOME_CACHE_CHUNK_BYTES };

struct outcome_cache_writer {
    char *path;
    char *new_path; // NULL when the file could not be made
    int fd;
    int failed;          // an errno, 0: nothing has
    uint64_t index_left; // bytes up to the rows
    uint64_t left;
    size_t filled;
    char chunk[CHUNK_BYTES];
    struct outcome_cache_checksum checksum;
    struct outcome_cache_window window; // on rows that are copied
};

static struct outcome_cache_file_head head_of(const struct outcome_cache_head *from)
{
    struct outcome_cache_file_head head = {.version = OUTCOME_CACHE_VERSION,
                                           .byte_order = OUTCOME_CACHE_BYTE_ORDER,
                                           .basis = *from->basis,
                                           .record_count = from->record_count,
                                           .rows_len = from->rows_len};
    memcpy(head.magic, OUTCOME_CACHE_MAGIC, sizeof(head.magic));
    memcpy(head.secret, from->secret, sizeof(head.secret));
    return head;
}

uint64_t outcome_cache_size(const struct outcome_cache_head *head)
{
    const struct outcome_cache_file_head written = head_of(head);
    return outcome_cache_counts_fit(&written) ? outcome_cache_layout_of(&written).len : UINT64_MAX;
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
        outcome_cache_checksum_add(&writer->checksum, writer->chunk, writer->filled);
        write_out(writer, writer->chunk, writer->filled);
        writer->filled = 0;
    }
}

// The rows begin with a chunk of their own.
static size_t room_of(const struct outcome_cache_writer *writer)
{
    size_t room = CHUNK_BYTES - writer->filled;
    bool is_in_index = writer->index_left > 0;
    return is_in_index && writer->index_left < room ? (size_t)writer->index_left : room;
}

void outcome_cache_put(struct outcome_cache_writer *writer, const void *bytes, size_t len)
{
    REQUIRE(len <= writer->left);
    writer->left -= len;
    for (const char *at = bytes; len > 0;) {
        size_t room = room_of(writer);
        size_t taken = len < room ? len : room;
        bool ends_index = taken == writer->index_left;
        memcpy(writer->chunk + writer->filled, at, taken);
        writer->filled += taken;
        writer->index_left -= writer->index_left > 0 ? taken : 0;
        at += taken;
        len -= taken;
        if (writer->filled == CHUNK_BYTES || ends_index) {
            flush_chunk(writer);
        }
    }
}

void outcome_cache_copy(struct outcome_cache_writer *writer, const struct outcome_cache *from,
                        size_t at, size_t len)
{
    while (len > 0) {
        size_t piece = len < CHUNK_BYTES ? len : CHUNK_BYTES;
        const char *rows = outcome_cache_look(from, &writer->window, at, piece);
        if (rows == NULL) {
            writer->failed = writer->failed == 0 ? EIO : writer->failed;
            writer->left -= len;
            return;
        }
        outcome_cache_put(writer, rows, piece);
        at += piece;
        len -= piece;
    }
}

struct outcome_cache_writer *outcome_cache_begin(const char *path,
                                                 const struct outcome_cache_head *head)
{
    const struct outcome_cache_file_head written = head_of(head);
    const struct outcome_cache_layout layout = outcome_cache_layout_of(&written);
    REQUIRE(outcome_cache_size(head) <= OUTCOME_CACHE_BYTES_MAX);
    struct outcome_cache_writer *writer = mem_alloc(1, sizeof(*writer));
    char id[RANDOM_ID_LETTERS + 1];
    random_id(id);
    writer->path = mem_text(path);
    writer->new_path = mem_format("%s.%s.new", path, id);
    writer->left = layout.checksum_at;
    writer->index_left = layout.rows_at;
    writer->window.capacity = CHUNK_BYTES;
    keyed_digest_key_init(&writer->checksum.key, head->secret);
    writer->fd = open(writer->new_path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);
    if (writer->fd < 0) {
        writer->failed = errno;
        mem_free(&writer->new_path);
    }
    outcome_cache_put(writer, &written, sizeof(written));
    outcome_cache_put(writer, head->sums, layout.digests_at - sizeof(written));
    return writer;
}

// Puts the file in its place.
static void publish(struct outcome_cache_writer *writer)
{
    flush_chunk(writer);
    const struct keyed_digest checksum = outcome_cache_checksum_finish(&writer->checksum);
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
    outcome_cache_window_deinit(&(*writer)->window);
    mem_wipe(*writer, sizeof(**writer)); // the key
    mem_free(writer);
    if (failed != 0) {
        return err_set_errno(err, ERR_IO, failed, "it cannot be written");
    }
    return ERR_OK;
}
