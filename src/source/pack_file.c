// SPDX-License-Identifier: MIT
//
// Packs from a folder: <folder>/<CompliancePackId>.json, for all accounts.
#include "pack_fetch.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"

#include <string.h>

struct file_source {
    struct pack_source source;
    uv_loop_t *loop;
    char *folder;
    struct loop_closing closing; // one up for the source itself and for each fetch
    struct loop_timer ending;    // never fires; its close makes on_closed come in a later turn
    loop_closed_cb on_closed;
    void *owner;
};

struct file_fetch {
    struct pack_fetch fetch;
    const char *folder; // the source's, which outlives the fetch
};

// An id has no dot and no slash, so the path stays in the folder.
static char *path_of(const struct file_source *files, const char *pack_id, struct err *err)
{
    if (text_is_id(pack_id, strlen(pack_id))) {
        return mem_format("%s/%s.json", files->folder, pack_id);
    }
    (void)err_set(err, ERR_INVALID, "pack id: 1 to %d letters, digits, '-' and '_' are expected",
                  TEXT_ID_MAX);
    return NULL;
}

static enum err_kind read_file(const char *folder, const char *path, struct buf *body,
                               struct err *err)
{
    enum err_kind kind = file_read(path, body, err);
    if (kind == ERR_NOT_FOUND && !file_is_folder(folder)) {
        // A folder that is gone, perhaps a file system that is not mounted, says nothing about the
        // pack; it must not end the job as "no such pack".
        return err_set(err, ERR_UNAVAILABLE, "pack folder %s: is not there", folder);
    }
    return kind;
}

static void read_pack(struct pack_fetch *fetch)
{
    const struct file_fetch *of_file = container_of(fetch, struct file_fetch, fetch);
    (void)read_file(of_file->folder, fetch->origin, &fetch->body, &fetch->err);
}

static enum err_kind file_source_read(struct pack_source *source, const char *pack_id,
                                      struct buf *body, char **origin_out, struct err *err)
{
    const struct file_source *files = container_of(source, struct file_source, source);
    char *path = path_of(files, pack_id, err);
    enum err_kind kind = path == NULL ? err->kind : read_file(files->folder, path, body, err);
    if (kind == ERR_OK) {
        *origin_out = path;
    } else {
        mem_free(&path);
    }
    return kind;
}

static struct pack_fetch *file_fetch(struct pack_source *source, const struct pack_request *request,
                                     pack_fetch_cb callback, void *context)
{
    struct file_source *files = container_of(source, struct file_source, source);
    struct file_fetch *of_file = mem_alloc(1, sizeof(*of_file));
    struct pack_fetch *fetch = &of_file->fetch;
    pack_fetch_init(fetch, source, &files->closing, callback, context);
    of_file->folder = files->folder;
    char *path = path_of(files, request->pack_id, &fetch->err);
    if (path != NULL) {
        mem_free(&fetch->origin);
        fetch->origin = path;
    }
    pack_fetch_work(fetch, files->loop, read_pack);
    return fetch;
}

static enum err_kind file_reload(struct pack_source *source, struct err *err)
{
    (void)source; // no credentials, and each fetch reads its file anew
    (void)err;
    return ERR_OK;
}

static void on_source_closed(void *owner)
{
    struct file_source *files = owner;
    loop_closed_cb on_closed = files->on_closed;
    void *users_owner = files->owner;
    mem_free(&files->folder);
    mem_free(&files);
    if (on_closed != NULL) {
        on_closed(users_owner);
    }
}

static void on_ending_closed(void *owner)
{
    struct file_source *files = owner;
    loop_closing_down(&files->closing);
}

static void file_close(struct pack_source *source, loop_closed_cb on_closed, void *owner)
{
    struct file_source *files = container_of(source, struct file_source, source);
    files->on_closed = on_closed;
    files->owner = owner;
    loop_timer_close(&files->ending, on_ending_closed);
}

static const struct pack_source_methods FILE_METHODS = {
    .fetch = file_fetch,
    .read = file_source_read,
    .cancel = pack_fetch_cancel_work,
    .reload = file_reload,
    .close = file_close,
};

enum err_kind pack_source_file_create(uv_loop_t *loop, const char *folder,
                                      struct pack_source **source_out, struct err *err)
{
    if (!file_is_folder(folder)) {
        return err_set(err, ERR_CONFIG, "pack folder %s: is not a folder", folder);
    }
    struct file_source *files = mem_alloc(1, sizeof(*files));
    files->source.methods = &FILE_METHODS;
    files->loop = loop;
    files->folder = mem_text(folder);
    files->closing = (struct loop_closing){.on_closed = on_source_closed, .owner = files};
    loop_closing_up(&files->closing);
    loop_timer_init(&files->ending, loop, NULL, files);
    *source_out = &files->source;
    return ERR_OK;
}
