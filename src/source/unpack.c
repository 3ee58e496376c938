// SPDX-License-Identifier: MIT
#include "unpack.h"

#include "base/mem.h"

#include <string.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

enum {
    GZIP_ONLY = 16, // added to the window's logarithm: a gzip header and no other (zlib.h)
    SKIPPABLE_KINDS_MASK = 0xf0, // the first byte of a skippable frame is 0x50 to 0x5f
};

struct unpacker {
    enum packing packing;
    bool may_end;
    z_stream gzip;
    ZSTD_DCtx *zstd;
};

enum packing packing_of(const char *bytes, size_t len)
{
    static const unsigned char gzip[] = {0x1f, 0x8b};
    static const unsigned char zstd[] = {0x28, 0xb5, 0x2f, 0xfd};
    static const unsigned char skippable[] = {0x2a, 0x4d, 0x18};
    if (len >= sizeof(gzip) && memcmp(bytes, gzip, sizeof(gzip)) == 0) {
        return PACKING_GZIP;
    }
    if (len < UNPACK_MAGIC_BYTES) {
        return PACKING_NONE;
    }
    bool is_skippable = ((unsigned char)bytes[0] & SKIPPABLE_KINDS_MASK) == 0x50 &&
                        memcmp(bytes + 1, skippable, sizeof(skippable)) == 0;
    bool is_zstd = is_skippable || memcmp(bytes, zstd, sizeof(zstd)) == 0;
    return is_zstd ? PACKING_ZSTD : PACKING_NONE;
}

const char *packing_text(enum packing packing)
{
    switch (packing) {
    case PACKING_GZIP:
        return "gzip";
    case PACKING_ZSTD:
        return "zstd";
    case PACKING_NONE:
        break;
    }
    return "plain";
}

struct unpacker *unpacker_create(enum packing packing)
{
    REQUIRE(packing != PACKING_NONE);
    struct unpacker *unpacker = mem_alloc(1, sizeof(*unpacker));
    unpacker->packing = packing;
    unpacker->may_end = true;
    if (packing == PACKING_GZIP) {
        ENSURE(inflateInit2(&unpacker->gzip, MAX_WBITS + GZIP_ONLY) == Z_OK);
    } else {
        unpacker->zstd = ZSTD_createDCtx();
        ENSURE(unpacker->zstd != NULL);
        size_t set =
            ZSTD_DCtx_setParameter(unpacker->zstd, ZSTD_d_windowLogMax, UNPACK_ZSTD_WINDOW_LOG);
        ENSURE(ZSTD_isError(set) == 0);
    }
    return unpacker;
}

void unpacker_destroy(struct unpacker **unpacker)
{
    if (*unpacker == NULL) {
        return;
    }
    if ((*unpacker)->packing == PACKING_GZIP) {
        (void)inflateEnd(&(*unpacker)->gzip);
    }
    (void)ZSTD_freeDCtx((*unpacker)->zstd);
    mem_free(unpacker);
}

static enum err_kind run_gzip(struct unpacker *unpacker, struct unpack_step *step, struct err *err)
{
    z_stream *gzip = &unpacker->gzip;
    if (unpacker->may_end) {
        ENSURE(inflateReset(gzip) == Z_OK);
    }
    // zlib promises not to write through next_in; its type is older than const.
    gzip->next_in = (z_const Bytef *)step->in;
    gzip->avail_in = (uInt)step->in_len;
    gzip->next_out = (Bytef *)step->out;
    gzip->avail_out = (uInt)step->out_len;
    int result = inflate(gzip, Z_NO_FLUSH);
    step->taken = step->in_len - gzip->avail_in;
    step->made = step->out_len - gzip->avail_out;
    unpacker->may_end = result == Z_STREAM_END;
    if (result == Z_OK || result == Z_STREAM_END || result == Z_BUF_ERROR) {
        return ERR_OK;
    }
    ENSURE(result != Z_MEM_ERROR && result != Z_STREAM_ERROR);
    return err_set(err, ERR_INVALID, "%s", gzip->msg != NULL ? gzip->msg : "damaged");
}

static enum err_kind run_zstd(struct unpacker *unpacker, struct unpack_step *step, struct err *err)
{
    ZSTD_inBuffer in = {.src = step->in, .size = step->in_len};
    ZSTD_outBuffer out = {.dst = step->out, .size = step->out_len};
    size_t result = ZSTD_decompressStream(unpacker->zstd, &out, &in);
    step->taken = in.pos;
    step->made = out.pos;
    unpacker->may_end = result == 0;
    if (ZSTD_isError(result) == 0) {
        return ERR_OK;
    }
    ZSTD_ErrorCode code = ZSTD_getErrorCode(result);
    ENSURE(code != ZSTD_error_memory_allocation);
    if (code == ZSTD_error_frameParameter_windowTooLarge) {
        return err_set(err, ERR_LIMIT,
                       "it needs a window of more than %d MiB; pack it without --ultra and --long",
                       UNPACK_ZSTD_WINDOW_BYTES / (1024 * 1024));
    }
    return err_set(err, ERR_INVALID, "%s", ZSTD_getErrorString(code));
}

enum err_kind unpacker_run(struct unpacker *unpacker, struct unpack_step *step, struct err *err)
{
    REQUIRE(step->out_len > 0);
    return unpacker->packing == PACKING_GZIP ? run_gzip(unpacker, step, err)
                                             : run_zstd(unpacker, step, err);
}

bool unpacker_may_end(const struct unpacker *unpacker)
{
    return unpacker->may_end;
}
