// SPDX-License-Identifier: MIT
//
// Any bytes as the cache of a count: it ends, and as long as the checksum is not made to fit, the
// numbers are those of a count without. An input that begins with an odd byte is put behind a head
// that is right, with a checksum that fits, so that what lies behind these is reached: 1 byte, the
// count of records, sums, digests, lengths, rows.
#include "base/buf.h"
#include "base/file.h"
#include "base/keyed_digest.h"
#include "base/mem.h"
#include "outcome_cache.h"
#include "source/inventory.h"
#include "worker/counting.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    FILE_BYTES = 1024 * 1024,
    INPUT_BYTES_MAX = 64 * 1024, // less than a chunk of the checksum
    PATH_BYTES = 64,
    // Places in the file, see outcome_cache.c.
    HEAD_BYTES = 280,
    SECRET_AT = 24,
    RECORD_COUNT_AT = 264,
    ROWS_LEN_AT = 272,
};

static const char RULES[] =
    "[{\"id\":\"r\",\"checkItems\":[{\"name\":\"x\"}],\"resourceTypes\":[\"t\",\"u\"],"
    "\"condition\":{\"featureSource\":\"CONFIGURATION\",\"featurePath\":\"$.v\","
    "\"operator\":\"StringEquals\",\"desired\":\"a\"}},"
    "{\"id\":\"s\",\"checkItems\":[{\"name\":\"x\"}],\"resourceTypes\":[\"t\"],"
    "\"condition\":{\"featureSource\":\"CONFIGURATION\",\"featurePath\":\"$.w\","
    "\"operator\":\"Greater\",\"desired\":3}}]";
static const char INVENTORY[] =
    "{\"resourceId\":\"1\",\"resourceType\":\"t\",\"configuration\":{\"v\":\"a\",\"w\":4}}\n"
    "{\"resourceId\":\"2\",\"resourceType\":\"u\",\"configuration\":{\"v\":\"b\"}}\n"
    "bad\n\n"
    "{\"resourceId\":\"3\",\"resourceType\":\"none\"}\n"
    "{\"resourceId\":\"1\",\"resourceType\":\"t\",\"configuration\":{\"v\":\"a\",\"w\":4}}\n";

static struct rulebook *rulebook;
static char rules_path[PATH_BYTES];
static char inventory_path[PATH_BYTES];
static struct counting wanted;
static char head[HEAD_BYTES]; // of a cache that is right
static size_t sums_bytes;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// A file in memory, that is ours alone; returns its descriptor.
static int make_file(const void *bytes, size_t len, char path[PATH_BYTES])
{
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    ENSURE(fd >= 0 && fchmod(fd, S_IRUSR | S_IWUSR) == 0);
    ENSURE(len == 0 || write(fd, bytes, len) == (ssize_t)len);
    (void)snprintf(path, PATH_BYTES, "/proc/self/fd/%d", fd);
    return fd;
}

static struct counting count(const char *cache_path)
{
    const struct counting_input input = {.rulebook = rulebook,
                                         .inventory_path = inventory_path,
                                         .cache_path = cache_path,
                                         .as_of_ms = 1,
                                         .threads = 1,
                                         .block_bytes = INVENTORY_BLOCK_BYTES};
    struct err err = ERR_INIT;
    struct counting counting;
    ENSURE(counting_run(&input, &counting, &err) == ERR_OK);
    return counting;
}

static void take_head(void)
{
    char folder[] = "/tmp/packreport-fuzz-XXXXXX";
    ENSURE(mkdtemp(folder) != NULL);
    char *path = file_join(folder, "cache");
    struct counting counting = count(path);
    struct err err = ERR_INIT;
    struct buf bytes;
    counting_deinit(&counting);
    buf_init(&bytes, FILE_BYTES);
    ENSURE(file_read(path, &bytes, &err) == ERR_OK && bytes.len > HEAD_BYTES);
    memcpy(head, bytes.data, HEAD_BYTES);
    sums_bytes = eval_rules_set(rulebook->rules)->count * sizeof(struct outcome_counts);
    buf_deinit(&bytes);
    mem_free(&path);
    ENSURE(file_remove_tree(folder, &err) == ERR_OK);
}

static void append_number(struct buf *out, size_t at, uint64_t number)
{
    memcpy(out->data + at, &number, sizeof(number));
}

// Sums, digests and rows from the input, zeros where it ends.
static void append_body(struct buf *out, const uint8_t *data, size_t size)
{
    uint64_t records = size > 1 ? data[1] : 0;
    size_t fixed = sums_bytes + records * (sizeof(struct keyed_digest) + sizeof(uint32_t));
    (void)buf_append(out, head, sizeof(head));
    append_number(out, RECORD_COUNT_AT, records);
    size_t begins = size < 2 ? size : 2;
    (void)buf_append(out, data + begins, size - begins);
    while (out->len < sizeof(head) + fixed) {
        (void)buf_append_char(out, '\0');
    }
    const size_t rows_at = sizeof(head) + fixed;
    const size_t rows_len = out->len - rows_at;
    append_number(out, ROWS_LEN_AT, rows_len);
    struct keyed_digest_key key;
    keyed_digest_key_init(&key, (const unsigned char *)out->data + SECRET_AT);
    const struct keyed_digest chunks[] = {keyed_digest_of(&key, out->data, rows_at),
                                          keyed_digest_of(&key, out->data + rows_at, rows_len)};
    size_t chunk_count = rows_len > 0 ? 2 : 1;
    const struct keyed_digest checksum =
        keyed_digest_of(&key, chunks, chunk_count * sizeof(chunks[0]));
    (void)buf_append(out, &checksum, sizeof(checksum));
    ENSURE(!out->overflow);
}

// That files are put together as the reader wants them: with no record, one is used, and only cannot
// be written anew.
static void check_body(void)
{
    static const uint8_t NO_RECORDS[] = {1, 0};
    struct buf file;
    char path[PATH_BYTES];
    buf_init(&file, FILE_BYTES);
    append_body(&file, NO_RECORDS, sizeof(NO_RECORDS));
    int fd = make_file(file.data, file.len, path);
    struct counting counting = count(path);
    ENSURE(counting.cache_problems.count == 1 &&
           strcmp(counting.cache_problems.items[0].code, "cache.not-kept") == 0);
    counting_deinit(&counting);
    (void)close(fd);
    buf_deinit(&file);
}

static void begin(void)
{
    struct err err = ERR_INIT;
    const struct rulebook_paths paths = {.rules = rules_path};
    (void)make_file(RULES, strlen(RULES), rules_path);
    (void)make_file(INVENTORY, strlen(INVENTORY), inventory_path);
    ENSURE(rulebook_load(&paths, &rulebook, &err) == ERR_OK);
    wanted = count(NULL);
    take_head();
    check_body();
}

static bool says_the_same(const struct counting *found)
{
    return found->counts.records == wanted.counts.records &&
           found->problems.errors == wanted.problems.errors &&
           memcmp(found->counts.rules, wanted.counts.rules, sums_bytes) == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (rulebook == NULL) {
        begin();
    }
    if (size > INPUT_BYTES_MAX) {
        return 0;
    }
    bool is_fitted = size > 0 && data[0] % 2 == 1;
    struct buf file;
    buf_init(&file, FILE_BYTES);
    if (is_fitted) {
        append_body(&file, data, size);
    } else {
        (void)buf_append(&file, data, size);
    }
    char path[PATH_BYTES];
    int fd = make_file(buf_text(&file), file.len, path);
    struct counting counting = count(path);
    INVARIANT(is_fitted || says_the_same(&counting));
    counting_deinit(&counting);
    (void)close(fd);
    buf_deinit(&file);
    return 0;
}
