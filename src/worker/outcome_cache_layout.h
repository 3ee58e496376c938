// SPDX-License-Identifier: MIT
//
// What reading and writing the cache of a count (outcome_cache.h) have to agree on. Private to both.
#pragma once

#include "base/limits.h"
#include "outcome_cache.h"

enum {
    OUTCOME_CACHE_MAGIC_BYTES = 16,
    OUTCOME_CACHE_VERSION = 2,
    OUTCOME_CACHE_BYTE_ORDER = 0x01020304,
    // Of the file up to the rows, and of the rows: each chunk has a digest, and the checksum is
    // theirs.
    OUTCOME_CACHE_CHUNK_BYTES = 256 * 1024,
    OUTCOME_CACHE_CHUNKS_MAX = OUTCOME_CACHE_BYTES_MAX / OUTCOME_CACHE_CHUNK_BYTES + 2,
};
static const char OUTCOME_CACHE_MAGIC[OUTCOME_CACHE_MAGIC_BYTES + 1] = "packreport count";

struct outcome_cache_file_head {
    char magic[OUTCOME_CACHE_MAGIC_BYTES];
    uint32_t version;
    uint32_t byte_order;
    unsigned char secret[KEYED_DIGEST_SECRET_BYTES];
    struct outcome_cache_basis basis;
    uint64_t record_count;
    uint64_t rows_len;
};
_Static_assert(sizeof(struct outcome_cache_file_head) == 16 + 8 + 32 + 3 * 64 + 16 + 2 * 8,
               "nothing is padded");
_Static_assert(OUTCOME_CACHE_ROW_BYTES_MAX > 4 + LIMIT_RULES / 2, "4 bits for each rule");

// Where the parts of a file begin. The sizes do not overflow when the counts are checked
// (outcome_cache_counts_fit).
struct outcome_cache_layout {
    uint64_t digests_at;
    uint64_t lens_at;
    uint64_t rows_at;
    uint64_t checksum_at;
    uint64_t len;
};

static inline bool outcome_cache_counts_fit(const struct outcome_cache_file_head *head)
{
    return head->record_count <= OUTCOME_CACHE_BYTES_MAX &&
           head->rows_len <= OUTCOME_CACHE_BYTES_MAX;
}

static inline struct outcome_cache_layout outcome_cache_layout_of(
    const struct outcome_cache_file_head *head)
{
    struct outcome_cache_layout layout;
    layout.digests_at =
        sizeof(*head) + head->basis.rule_count * (uint64_t)sizeof(struct outcome_counts);
    layout.lens_at = layout.digests_at + head->record_count * sizeof(struct keyed_digest);
    layout.rows_at = layout.lens_at + head->record_count * sizeof(uint32_t);
    layout.checksum_at = layout.rows_at + head->rows_len;
    layout.len = layout.checksum_at + sizeof(struct keyed_digest);
    return layout;
}

// The digests of chunks.
struct outcome_cache_checksum {
    struct keyed_digest_key key;
    size_t count;
    struct keyed_digest chunks[OUTCOME_CACHE_CHUNKS_MAX];
};

static inline void outcome_cache_checksum_add(struct outcome_cache_checksum *checksum,
                                              const char *bytes, size_t len)
{
    INVARIANT(checksum->count < OUTCOME_CACHE_CHUNKS_MAX);
    checksum->chunks[checksum->count++] = keyed_digest_of(&checksum->key, bytes, len);
}

static inline struct keyed_digest outcome_cache_checksum_finish(
    const struct outcome_cache_checksum *checksum)
{
    return keyed_digest_of(&checksum->key, checksum->chunks,
                           checksum->count * sizeof(checksum->chunks[0]));
}
