// SPDX-License-Identifier: MIT
#include "credentials.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"

#include <string.h>

struct credential {
    char *name;
    struct secret *secret; // NULL: `problem` says why
    struct err problem;
};

struct credentials {
    char *folder;
    struct credential *items; // sorted by name
    size_t count;
};

static void free_items(struct credential *items, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        mem_free(&items[i].name);
        secret_destroy(&items[i].secret);
    }
    mem_free(&items);
}

static struct credential *find_item(const struct credentials *credentials, const char *name)
{
    size_t low = 0;
    size_t high = credentials->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(credentials->items[middle].name, name);
        if (order == 0) {
            return &credentials->items[middle];
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

// A token goes into a header, so it must be one line of printable ASCII.
static enum err_kind read_token(const char *path, struct secret **secret_out, struct err *err)
{
    struct secret *secret = NULL;
    enum err_kind kind = secret_read_file(path, &secret, err);
    if (kind != ERR_OK) {
        return kind;
    }
    if (!text_is_printable_ascii(secret_reveal(secret), secret_len(secret))) {
        secret_destroy(&secret);
        return err_set(err, ERR_CONFIG,
                       "credential file %s: one line of printable ASCII is expected", path);
    }
    *secret_out = secret;
    return ERR_OK;
}

static struct credential read_item(const char *folder, const char *name)
{
    struct credential item = {.name = mem_text(name)};
    char *path = file_join(folder, name);
    (void)read_token(path, &item.secret, &item.problem);
    mem_free(&path);
    return item;
}

static enum err_kind read_folder(const char *folder, struct credential **items_out,
                                 size_t *count_out, struct err *err)
{
    struct file_names names = {0};
    if (file_list(folder, CREDENTIALS_MAX, &names, err) != ERR_OK) {
        err->kind = ERR_CONFIG;
        return err_prefix(err, "credentials folder");
    }
    struct credential *items = mem_alloc(names.count, sizeof(*items));
    size_t count = 0;
    for (size_t i = 0; i < names.count; i++) {
        char *path = file_join(folder, names.names[i]);
        if (!file_is_folder(path)) {
            items[count++] = read_item(folder, names.names[i]);
        }
        mem_free(&path);
    }
    file_names_deinit(&names);
    *items_out = items;
    *count_out = count;
    return ERR_OK;
}

enum err_kind credentials_create(const char *folder, struct credentials **credentials_out,
                                 struct err *err)
{
    struct credential *items = NULL;
    size_t count = 0;
    enum err_kind kind = read_folder(folder, &items, &count, err);
    if (kind != ERR_OK) {
        return kind;
    }
    struct credentials *credentials = mem_alloc(1, sizeof(*credentials));
    *credentials = (struct credentials){mem_text(folder), items, count};
    *credentials_out = credentials;
    return ERR_OK;
}

void credentials_destroy(struct credentials **credentials)
{
    if (*credentials == NULL) {
        return;
    }
    free_items((*credentials)->items, (*credentials)->count);
    mem_free(&(*credentials)->folder);
    mem_free(credentials);
}

enum err_kind credentials_reload(struct credentials *credentials, struct err *err)
{
    struct credential *items = NULL;
    size_t count = 0;
    enum err_kind kind = read_folder(credentials->folder, &items, &count, err);
    if (kind != ERR_OK) {
        return kind;
    }
    for (size_t i = 0; i < count; i++) {
        struct credential *old = find_item(credentials, items[i].name);
        if (items[i].secret == NULL && old != NULL && old->secret != NULL) {
            items[i].secret = old->secret;
            old->secret = NULL;
            *err = items[i].problem;
            kind = err->kind;
        }
    }
    free_items(credentials->items, credentials->count);
    credentials->items = items;
    credentials->count = count;
    return kind;
}

const struct secret *credentials_find(const struct credentials *credentials, const char *name,
                                      struct err *err)
{
    const struct credential *item = find_item(credentials, name);
    if (item == NULL) {
        (void)err_set(err, ERR_DENIED, "credential file %s/%s: is not there", credentials->folder,
                      name);
        return NULL;
    }
    if (item->secret == NULL) {
        (void)err_set(err, ERR_DENIED, "%s", item->problem.message);
    }
    return item->secret;
}
