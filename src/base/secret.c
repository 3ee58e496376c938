// SPDX-License-Identifier: MIT
#include "base/secret.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct secret {
    size_t len;
    size_t mapped; // bytes of the mapping behind `text`
    char *text;
};

struct secret *secret_create(const char *text, size_t len)
{
    REQUIRE(len <= SECRET_MAX);
    struct secret *secret = mem_alloc(1, sizeof(*secret));
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    secret->mapped = (len + 1 + page - 1) / page * page;
    // Pages of its own, because MADV_DONTDUMP (madvise(2)) works on whole pages.
    void *pages =
        mmap(NULL, secret->mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ENSURE(pages != MAP_FAILED);
    (void)madvise(pages, secret->mapped, MADV_DONTDUMP);
    secret->text = pages;
    secret->len = len;
    if (len > 0) {
        memcpy(secret->text, text, len);
    }
    return secret;
}

void secret_destroy(struct secret **secret)
{
    if (*secret == NULL) {
        return;
    }
    mem_wipe((*secret)->text, (*secret)->mapped);
    (void)munmap((*secret)->text, (*secret)->mapped);
    mem_free(secret);
}

struct secret *secret_dup(const struct secret *secret)
{
    return secret == NULL ? NULL : secret_create(secret->text, secret->len);
}

const char *secret_reveal(const struct secret *secret)
{
    return secret->text;
}

size_t secret_len(const struct secret *secret)
{
    return secret->len;
}

static enum err_kind check_content(const char *path, const struct buf *content, struct err *err)
{
    if (content->len == 0) {
        return err_set(err, ERR_CONFIG, "credential file %s is empty", path);
    }
    if (memchr(content->data, '\0', content->len) != NULL) {
        return err_set(err, ERR_CONFIG, "credential file %s holds a NUL byte; text is expected",
                       path);
    }
    return ERR_OK;
}

enum err_kind secret_read_file(const char *path, struct secret **secret_out, struct err *err)
{
    struct buf content;
    buf_init(&content, SECRET_MAX);
    enum err_kind kind = file_read(path, &content, err);
    if (kind != ERR_OK) {
        err->kind = ERR_CONFIG;
        kind = err_prefix(err, "credential file");
    } else {
        if (content.len > 0 && content.data[content.len - 1] == '\n') {
            content.len--;
            if (content.len > 0 && content.data[content.len - 1] == '\r') {
                content.len--;
            }
        }
        kind = check_content(path, &content, err);
    }
    if (kind == ERR_OK) {
        *secret_out = secret_create(content.data, content.len);
    }
    mem_wipe(content.data, content.capacity);
    buf_deinit(&content);
    return kind;
}
