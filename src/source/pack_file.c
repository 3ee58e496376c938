// SPDX-License-Identifier: MIT
//
// Packs from a folder: <folder>/<CompliancePackId>.json, for all accounts. The list of them is made
// in the form of SecMaster's.
#include "pack_fetch.h"

#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"

#include <jansson.h>
#include <string.h>

static const char SUFFIX[] = ".json";

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
    uint64_t offset;    // of a list
    unsigned limit;
};

// An id has no dot and no slash, so the path stays in the folder.
static char *path_of(const struct file_source *files, const char *pack_id, struct err *err)
{
    if (text_is_id(pack_id, strlen(pack_id))) {
        return mem_format("%s/%s%s", files->folder, pack_id, SUFFIX);
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

// ---- the list

// The id in the name of a pack's file; false for any other name.
static bool read_name(const char *name, char id_out[TEXT_ID_MAX + 1])
{
    size_t len = strlen(name);
    size_t suffix_len = sizeof(SUFFIX) - 1;
    if (len <= suffix_len || strcmp(name + len - suffix_len, SUFFIX) != 0 ||
        !text_is_id(name, len - suffix_len)) {
        return false;
    }
    memcpy(id_out, name, len - suffix_len);
    id_out[len - suffix_len] = '\0';
    return true;
}

// What the file says of itself, under the id that it can be asked for by. One that cannot be read
// is listed all the same: it is there, and its report says what is wrong.
static json_t *describe(const char *folder, const char *name, const char *id)
{
    static const char *const TEXTS[] = {"name", "description"};
    struct err err = ERR_INIT;
    struct buf content;
    buf_init(&content, LIMIT_PACK_BYTES);
    char *path = file_join(folder, name);
    json_t *pack = file_read(path, &content, &err) == ERR_OK
                       ? json_loadb(buf_text(&content), content.len, 0, NULL)
                       : NULL;
    json_t *summary = json_object();
    (void)json_object_set_new(summary, "uuid", json_string(id));
    for (size_t i = 0; i < ARRAY_LEN(TEXTS); i++) {
        json_t *text = json_object_get(pack, TEXTS[i]);
        if (json_is_string(text)) {
            (void)json_object_set(summary, TEXTS[i], text);
        }
    }
    json_decref(pack);
    mem_free(&path);
    buf_deinit(&content);
    return summary;
}

static json_t *describe_all(const struct file_fetch *list, const struct file_names *names)
{
    json_t *packs = json_array();
    uint64_t total = 0;
    for (size_t i = 0; i < names->count; i++) {
        char id[TEXT_ID_MAX + 1];
        if (!read_name(names->names[i], id)) {
            continue;
        }
        if (total >= list->offset && json_array_size(packs) < list->limit) {
            (void)json_array_append_new(packs, describe(list->folder, names->names[i], id));
        }
        total++;
    }
    return json_pack("{s:I,s:o}", "count", (json_int_t)total, "compliance_packages", packs);
}

static int on_json(const char *bytes, size_t len, void *out)
{
    return buf_append(out, bytes, len) ? 0 : -1;
}

static void list_packs(struct pack_fetch *fetch)
{
    const struct file_fetch *list = container_of(fetch, struct file_fetch, fetch);
    struct file_names names = {0};
    if (file_list(list->folder, LIMIT_PACK_FILES, &names, &fetch->err) != ERR_OK) {
        if (fetch->err.kind == ERR_NOT_FOUND) {
            fetch->err.kind = ERR_UNAVAILABLE; // perhaps a file system that is not mounted
        }
        (void)err_prefix(&fetch->err, "pack folder");
        return;
    }
    json_t *page = describe_all(list, &names);
    if (json_dump_callback(page, on_json, &fetch->body, JSON_COMPACT) != 0) {
        (void)err_set(&fetch->err, ERR_LIMIT, "pack folder %s: the list is longer than %zu bytes",
                      list->folder, fetch->body.limit);
    }
    json_decref(page);
    file_names_deinit(&names);
}

static struct pack_fetch *file_list_packs(struct pack_source *source,
                                          const struct pack_list_request *request,
                                          pack_fetch_cb callback, void *context)
{
    struct file_source *files = container_of(source, struct file_source, source);
    struct file_fetch *list = mem_alloc(1, sizeof(*list));
    pack_fetch_init(&list->fetch, source, &files->closing, callback, context);
    mem_free(&list->fetch.origin);
    list->fetch.origin = mem_text(files->folder);
    list->folder = files->folder;
    list->offset = request->offset;
    list->limit = request->limit;
    pack_fetch_work(&list->fetch, files->loop, list_packs);
    return &list->fetch;
}

// ---- the source's life

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
    .list = file_list_packs,
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
