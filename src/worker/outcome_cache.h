// SPDX-License-Identifier: MIT
//
// The file in which a count keeps what became of each record, for the next count: length and digest
// of the record's bytes and its row of outcomes (eval/outcome_row.h), in the order of the inventory,
// and the sums.
//
// The file is as good as the rules: who can write it decides what is counted, and who can read it
// knows the secret of its digests and could make a record that is taken for another. So it is made
// with mode 0600, and one that is not ours alone is refused. It is read whole, once, and used only
// when all of it is as it was written: a checksum finds what a disk or an editor did to it. That is
// no seal against those who may write it. Rows, most of the file where rules are many, do not stay
// in memory: few of them are looked at, and those are read again.
//
// Layout, in the machine's byte order: a head (outcome_cache_layout.h) with all that outcomes rest on, the
// sums, digests of 16 bytes, lengths of 4, rows one behind the other, a checksum of 16 bytes. A file
// is written beside its place under a name of its own and then renamed, so that a reader finds the
// old or the new one, also when it reads again, and of two writers the later one wins. It is not
// synced: what a crash leaves of it is refused. Blocking. Thread: its owner's.
#pragma once

#include "base/err.h"
#include "base/keyed_digest.h"
#include "eval/outcome_row.h"

#include <stddef.h>
#include <stdint.h>

enum {
    OUTCOME_CACHE_BYTES_MAX = 1024 * 1024 * 1024, // one file
    OUTCOME_CACHE_HEX = 64,                       // a SHA-256 in hex
};

// What the outcomes rest on, beside the bytes of the record.
struct outcome_cache_basis {
    char engine[OUTCOME_CACHE_HEX]; // eval_engine_digest
    char rules[OUTCOME_CACHE_HEX];
    char waivers[OUTCOME_CACHE_HEX]; // the file, and which of them are in force
    uint32_t is_strict;              // the vendor's language only
    uint32_t rule_count;
    int64_t as_of_ms; // 0 when nothing depends on the instant
};

// One that was read. Borrowed from `bytes`.
struct outcome_cache {
    char *bytes; // NULL: none
    unsigned char secret[KEYED_DIGEST_SECRET_BYTES];
    const struct outcome_counts *sums; // of each rule
    size_t record_count;               // below UINT32_MAX
    const struct keyed_digest *digests;
    const uint32_t *lens; // of the records' bytes
    size_t rows_len;
    // Of the file, which stays open:
    int fd;
    uint64_t rows_at;
};

// Is shown each row in turn: `at` is where it begins among the rows, and `len` bytes of it and of
// those behind it are at `bytes`. Returns its length, 0 when it is no row or not whole.
struct outcome_cache_visitor {
    void *context;
    size_t (*on_row)(void *context, size_t at, const char *bytes, size_t len);
};
enum { OUTCOME_CACHE_ROW_BYTES_MAX = 8 * 1024 }; // twice what 10,000 rules need

// The outputs are for outcome_cache_deinit. ERR_NOT_FOUND: there is none, or an empty file.
// ERR_INVALID: it is damaged, of another basis, or not ours alone; a new one may take its place.
// ERR_CONFLICT: a file of somebody else's is there, which is to stay. ERR_IO. Messages say why, and
// do not name the file.
enum err_kind outcome_cache_read(const char *path, const struct outcome_cache_basis *basis,
                                 const struct outcome_cache_visitor *visitor,
                                 struct outcome_cache *cache_out, struct err *err);
void outcome_cache_deinit(struct outcome_cache *cache);

// Some of the rows, as they are looked at one behind the other: what was read last is kept. Zeroed at
// first but for `capacity`.
struct outcome_cache_window {
    char *bytes;
    size_t capacity; // read at once, or as much as is asked for
    size_t at;
    size_t len;
};
// Rows from `at` on, of which `len` bytes are there; more may be. NULL when the file, which nobody but
// its owner may write, is no longer what it was.
const char *outcome_cache_look(const struct outcome_cache *cache,
                               struct outcome_cache_window *window, size_t at, size_t len);
void outcome_cache_window_deinit(struct outcome_cache_window *window);

// What is to be written; borrowed until outcome_cache_begin has returned.
struct outcome_cache_head {
    const struct outcome_cache_basis *basis;
    const unsigned char *secret; // KEYED_DIGEST_SECRET_BYTES
    const struct outcome_counts *sums;
    size_t record_count;
    size_t rows_len;
};

struct outcome_cache_writer;

// Bytes of the file. UINT64_MAX when that is more than can be.
uint64_t outcome_cache_size(const struct outcome_cache_head *head);

// Begins a file of at most OUTCOME_CACHE_BYTES_MAX. Then come the digests, the lengths and the rows,
// in as many pieces as there are; the end puts it in its place. ERR_IO, from the end, whatever failed
// on the way; then the place is as it was.
struct outcome_cache_writer *outcome_cache_begin(const char *path,
                                                 const struct outcome_cache_head *head);
void outcome_cache_put(struct outcome_cache_writer *writer, const void *bytes, size_t len);
// Rows of a cache that was read.
void outcome_cache_copy(struct outcome_cache_writer *writer, const struct outcome_cache *from,
                        size_t at, size_t len);
enum err_kind outcome_cache_end(struct outcome_cache_writer **writer, struct err *err);
