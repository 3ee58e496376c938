// SPDX-License-Identifier: MIT
#include "base/file.h"
#include "base/mem.h"
#include "base/trouble.h"
#include "folder.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static size_t lines_after(const char *path)
{
    struct buf content;
    struct err err = ERR_INIT;
    buf_init(&content, 1024 * 1024);
    cr_assert_eq(file_read(path, &content, &err), ERR_OK, "%s", err.message);
    size_t lines = 0;
    for (size_t i = 0; i < content.len; i++) {
        lines += content.data[i] == '\n' ? 1 : 0;
    }
    buf_deinit(&content);
    return lines;
}

Test(trouble, is_logged_when_new_and_not_at_each_repetition)
{
    struct test_folder folder;
    test_folder_create(&folder);
    char *path = file_join(folder.path, "log");
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    struct log *log = log_create(fd, LOG_FORMAT_JSON, LOG_INFO);
    struct trouble trouble = {0};
    struct err full = ERR_INIT;
    struct err denied = ERR_INIT;
    (void)err_set(&full, ERR_UNAVAILABLE, "OOM");
    (void)err_set(&denied, ERR_DENIED, "NOPERM");

    cr_expect_eq(trouble_pause_ms(&trouble), 0);
    for (int i = 0; i < 1000; i++) {
        trouble_note(&trouble, log, "queue.failed", &full);
    }
    cr_expect_eq(lines_after(path), 1);
    trouble_note(&trouble, log, "queue.failed", &denied);
    cr_expect_eq(lines_after(path), 2, "another message is new");
    trouble_end(&trouble);
    trouble_note(&trouble, log, "queue.failed", &denied);
    cr_expect_eq(lines_after(path), 3, "the same after it went well is new");

    log_destroy(&log);
    (void)close(fd);
    mem_free(&path);
    test_folder_destroy(&folder);
}

Test(trouble, pauses_grow_to_the_cap)
{
    struct trouble trouble = {.failures = 1};
    for (int i = 0; i < 100; i++) {
        int64_t pause_ms = trouble_pause_ms(&trouble);
        cr_assert(pause_ms >= 1 && pause_ms <= TROUBLE_BACKOFF_BASE_MS + 1);
    }
    trouble.failures = 1000000;
    int64_t longest = 0;
    for (int i = 0; i < 400; i++) {
        int64_t pause_ms = trouble_pause_ms(&trouble);
        cr_assert(pause_ms >= 1 && pause_ms <= TROUBLE_BACKOFF_CAP_MS + 1);
        longest = pause_ms > longest ? pause_ms : longest;
    }
    cr_expect_gt(longest, TROUBLE_BACKOFF_CAP_MS / 2);
}
