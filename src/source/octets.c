// SPDX-License-Identifier: MIT
#include "octets.h"

#include "base/digest.h"
#include "base/mem.h"
#include "unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

// The first holds all of a small inventory. More is wanted only of what has to be unpacked: plain
// bytes go straight to the reader.
enum { FIRST_BYTES = 4096, RAW_BYTES = 128 * 1024 };

struct octets {
    char *name;
    int fd;
    char *raw;
    size_t raw_at; // of `raw`: taken
    size_t raw_len;
    bool is_raw_at_end;
    uint64_t bytes;
    struct unpacker *unpacker; // NULL for plain bytes
    enum packing packing;
    struct digest *digest; // NULL once it is finished, or skipped
    bool is_skipped;
    char hex[DIGEST_HEX_BYTES];
};

static enum err_kind fail(const struct octets *octets, struct err *err)
{
    enum err_kind kind = errno == ENOENT || errno == ENOTDIR ? ERR_NOT_FOUND : ERR_IO;
    return err_set_errno(err, kind, errno, "inventory %s", octets->name);
}

static enum err_kind read_raw(struct octets *octets, char *out, size_t len, size_t *got_out,
                              struct err *err)
{
    ssize_t got;
    do {
        got = read(octets->fd, out, len);
    } while (got < 0 && errno == EINTR);
    if (got < 0) {
        return fail(octets, err);
    }
    if (octets->digest != NULL) {
        digest_update(octets->digest, out, (size_t)got);
    }
    octets->bytes += (uint64_t)got;
    octets->is_raw_at_end = got == 0;
    *got_out = (size_t)got;
    return ERR_OK;
}

// Reads as far as the first bytes that tell how the stream is packed.
static enum err_kind read_magic(struct octets *octets, struct err *err)
{
    while (octets->raw_len < UNPACK_MAGIC_BYTES && !octets->is_raw_at_end) {
        size_t got = 0;
        enum err_kind kind = read_raw(octets, octets->raw + octets->raw_len,
                                      FIRST_BYTES - octets->raw_len, &got, err);
        if (kind != ERR_OK) {
            return kind;
        }
        octets->raw_len += got;
    }
    octets->packing = packing_of(octets->raw, octets->raw_len);
    if (octets->packing != PACKING_NONE) {
        octets->unpacker = unpacker_create(octets->packing);
        octets->raw = mem_resize(octets->raw, RAW_BYTES, 1);
    }
    return ERR_OK;
}

enum err_kind octets_open(const char *path, struct octets **octets_out, struct err *err)
{
    bool is_standard_input = strcmp(path, "-") == 0;
    struct octets *octets = mem_alloc(1, sizeof(*octets));
    octets->name = mem_text(is_standard_input ? "standard input" : path);
    octets->fd = is_standard_input ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    octets->raw = mem_resize(NULL, FIRST_BYTES, 1);
    octets->digest = digest_create();
    enum err_kind kind = octets->fd < 0 ? fail(octets, err) : read_magic(octets, err);
    if (kind != ERR_OK) {
        octets_close(&octets);
        return kind;
    }
    *octets_out = octets;
    return ERR_OK;
}

void octets_close(struct octets **octets)
{
    if (*octets == NULL) {
        return;
    }
    if ((*octets)->fd > STDIN_FILENO) {
        (void)close((*octets)->fd);
    }
    unpacker_destroy(&(*octets)->unpacker);
    digest_destroy(&(*octets)->digest);
    mem_free(&(*octets)->raw);
    mem_free(&(*octets)->name);
    mem_free(octets);
}

static size_t take_raw(struct octets *octets, char *out, size_t len)
{
    size_t left = octets->raw_len - octets->raw_at;
    size_t taken = left < len ? left : len;
    memcpy(out, octets->raw + octets->raw_at, taken);
    octets->raw_at += taken;
    return taken;
}

static enum err_kind blame(const struct octets *octets, struct err *err)
{
    uint64_t at = octets->bytes - (octets->raw_len - octets->raw_at);
    return err_prefix(err, "inventory %s: %s, byte %llu of the file", octets->name,
                      packing_text(octets->packing), (unsigned long long)at);
}

static enum err_kind unpack(struct octets *octets, struct unpack_step *step, struct err *err)
{
    while (step->made == 0) {
        if (octets->raw_at == octets->raw_len && !octets->is_raw_at_end) {
            octets->raw_at = 0;
            octets->raw_len = 0;
            enum err_kind kind = read_raw(octets, octets->raw, RAW_BYTES, &octets->raw_len, err);
            if (kind != ERR_OK) {
                return kind;
            }
        }
        step->in = octets->raw + octets->raw_at;
        step->in_len = octets->raw_len - octets->raw_at;
        if (step->in_len == 0 && unpacker_may_end(octets->unpacker)) {
            break;
        }
        enum err_kind kind = unpacker_run(octets->unpacker, step, err);
        octets->raw_at += step->taken;
        if (kind != ERR_OK) {
            return blame(octets, err);
        }
        if (step->made == 0 && step->in_len == 0) {
            (void)err_set(err, ERR_INVALID, "the stream is cut: it ends in the middle");
            return blame(octets, err);
        }
    }
    return ERR_OK;
}

enum err_kind octets_read(struct octets *octets, char *out, size_t len, size_t *got_out,
                          struct err *err)
{
    REQUIRE(len > 0);
    if (octets->unpacker != NULL) {
        struct unpack_step step = {.out = out, .out_len = len};
        enum err_kind kind = unpack(octets, &step, err);
        *got_out = step.made;
        return kind;
    }
    if (octets->raw_at < octets->raw_len) {
        *got_out = take_raw(octets, out, len);
        return ERR_OK;
    }
    return read_raw(octets, out, len, got_out, err);
}

const char *octets_name(const struct octets *octets)
{
    return octets->name;
}

uint64_t octets_bytes(const struct octets *octets)
{
    return octets->bytes;
}

void octets_skip_digest(struct octets *octets)
{
    digest_destroy(&octets->digest);
    octets->is_skipped = true;
}

const char *octets_digest(struct octets *octets)
{
    REQUIRE(octets->is_raw_at_end && !octets->is_skipped);
    if (octets->digest != NULL) {
        digest_finish(octets->digest, octets->hex);
        digest_destroy(&octets->digest);
    }
    return octets->hex;
}
