// SPDX-License-Identifier: MIT
#include "run_file.h"

#include "base/file.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

enum { RUN_FILE_MODE = 0600 };

struct run_reader {
    struct sighting_run left; // not read yet
    struct sighting *buffer;
    size_t at;
    size_t filled;
};

// Where no folder is: in memory.
static enum err_kind open_in_memory(struct run_file *file, struct err *err)
{
    int fd = memfd_create("sightings", MFD_CLOEXEC);
    if (fd < 0) {
        return err_set_errno(err, ERR_IO, errno, "memfd_create");
    }
    *file = (struct run_file){.fd = fd, .path = mem_text("sightings in memory")};
    return ERR_OK;
}

enum err_kind run_file_open(struct run_file *file, const char *folder, struct err *err)
{
    if (folder == NULL) {
        return open_in_memory(file, err);
    }
    char *path = file_join(folder, "sightings.tmp");
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, RUN_FILE_MODE);
    if (fd < 0 || unlink(path) != 0) {
        (void)err_set_errno(err, ERR_IO, errno, "create %s", path);
        if (fd >= 0) {
            (void)close(fd);
        }
        mem_free(&path);
        return err->kind;
    }
    *file = (struct run_file){.fd = fd, .path = path};
    return ERR_OK;
}

void run_file_close(struct run_file *file)
{
    if (file->fd >= 0) {
        (void)close(file->fd);
    }
    mem_free(&file->path);
    *file = RUN_FILE_INIT;
}

static off_t offset_of(uint64_t sightings)
{
    return (off_t)(sightings * sizeof(struct sighting));
}

enum err_kind run_file_append(struct run_file *file, const struct sighting *sightings, size_t count,
                              struct err *err)
{
    const char *bytes = (const char *)sightings;
    size_t len = count * sizeof(*sightings);
    for (size_t done = 0; done < len;) {
        ssize_t wrote =
            pwrite(file->fd, bytes + done, len - done, offset_of(file->end) + (off_t)done);
        if (wrote < 0 && errno != EINTR) {
            return err_set_errno(err, ERR_IO, errno, "write %s", file->path);
        }
        done += wrote > 0 ? (size_t)wrote : 0;
    }
    file->end += count;
    return ERR_OK;
}

static enum err_kind read_part(const struct run_file *file, const struct sighting_run *run,
                               struct sighting *sightings, struct err *err)
{
    char *bytes = (char *)sightings;
    size_t len = run->count * sizeof(*sightings);
    for (size_t done = 0; done < len;) {
        ssize_t got =
            pread(file->fd, bytes + done, len - done, offset_of(run->begin) + (off_t)done);
        if (got < 0 && errno != EINTR) {
            return err_set_errno(err, ERR_IO, errno, "read %s", file->path);
        }
        if (got == 0) {
            return err_set(err, ERR_IO, "read %s: it has become shorter", file->path);
        }
        done += got > 0 ? (size_t)got : 0;
    }
    return ERR_OK;
}

void run_file_forget(struct run_file *file, const struct sighting_run *run)
{
    (void)fallocate(file->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset_of(run->begin),
                    offset_of(run->count));
}

int sighting_compare(const void *a, const void *b)
{
    const struct sighting *left = a;
    const struct sighting *right = b;
    for (size_t i = 0; i < 2; i++) {
        if (left->identity[i] != right->identity[i]) {
            return left->identity[i] < right->identity[i] ? -1 : 1;
        }
    }
    if (left->at.offset != right->at.offset) {
        return left->at.offset < right->at.offset ? -1 : 1;
    }
    return 0;
}

static enum err_kind refill(struct run_merge *merge, struct run_reader *reader, struct err *err)
{
    if (atomic_load(merge->input.stop)) {
        return err_set(err, ERR_CANCELLED, "evaluation stopped");
    }
    size_t room = merge->input.capacity / merge->input.run_count;
    struct sighting_run part = reader->left;
    part.count = part.count < room ? part.count : room;
    if (read_part(merge->input.file, &part, reader->buffer, err) != ERR_OK) {
        return err->kind;
    }
    reader->at = 0;
    reader->filled = (size_t)part.count;
    reader->left.begin += part.count;
    reader->left.count -= part.count;
    return ERR_OK;
}

static bool is_before(const struct run_reader *a, const struct run_reader *b)
{
    return sighting_compare(&a->buffer[a->at], &b->buffer[b->at]) < 0;
}

static void sift_down(struct run_merge *merge, size_t at)
{
    struct run_reader **heap = merge->heap;
    for (;;) {
        size_t least = at;
        for (size_t child = 2 * at + 1; child <= 2 * at + 2; child++) {
            if (child < merge->heap_count && is_before(heap[child], heap[least])) {
                least = child;
            }
        }
        if (least == at) {
            return;
        }
        struct run_reader *moved = heap[at];
        heap[at] = heap[least];
        heap[least] = moved;
        at = least;
    }
}

enum err_kind run_merge_begin(struct run_merge *merge, const struct run_merge_input *input,
                              struct err *err)
{
    REQUIRE(input->run_count > 0 && input->capacity >= input->run_count);
    *merge = (struct run_merge){.input = *input};
    merge->readers = mem_alloc(input->run_count, sizeof(*merge->readers));
    merge->heap = mem_alloc(input->run_count, sizeof(struct run_reader *));
    for (size_t i = 0; i < input->run_count; i++) {
        struct run_reader *reader = &merge->readers[i];
        REQUIRE(input->runs[i].count > 0);
        reader->left = input->runs[i];
        reader->buffer = input->memory + i * (input->capacity / input->run_count);
        if (refill(merge, reader, err) != ERR_OK) {
            return err->kind;
        }
        merge->heap[merge->heap_count++] = reader;
    }
    for (size_t at = merge->heap_count / 2; at > 0; at--) {
        sift_down(merge, at - 1);
    }
    return ERR_OK;
}

enum err_kind run_merge_next(struct run_merge *merge, struct sighting *sighting_out,
                             bool *found_out, struct err *err)
{
    if (merge->heap_count == 0) {
        *found_out = false;
        return ERR_OK;
    }
    struct run_reader *reader = merge->heap[0];
    struct sighting least = reader->buffer[reader->at++];
    if (reader->at == reader->filled && reader->left.count > 0 &&
        refill(merge, reader, err) != ERR_OK) {
        return err->kind;
    }
    if (reader->at == reader->filled) {
        merge->heap[0] = merge->heap[--merge->heap_count];
    }
    sift_down(merge, 0);
    *sighting_out = least;
    *found_out = true;
    return ERR_OK;
}

void run_merge_end(struct run_merge *merge)
{
    mem_free(&merge->readers);
    mem_free(&merge->heap);
}
