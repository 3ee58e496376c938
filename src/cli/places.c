// SPDX-License-Identifier: MIT
#include "places.h"

#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"

#include <string.h>

struct place_file {
    char *path;
    struct buf text;
    bool is_read;
};

struct places {
    struct place_file *files;
    size_t count;
    size_t capacity;
    size_t last; // asked for last: what comes next is most often of the same file
};

struct places *places_create(void)
{
    return mem_alloc(1, sizeof(struct places));
}

void places_destroy(struct places **places)
{
    for (size_t i = 0; *places != NULL && i < (*places)->count; i++) {
        mem_free(&(*places)->files[i].path);
        buf_deinit(&(*places)->files[i].text);
    }
    if (*places != NULL) {
        mem_free(&(*places)->files);
    }
    mem_free(places);
}

static size_t add_file(struct places *places, const char *path)
{
    places->files =
        mem_grow(places->files, &places->capacity, places->count + 1, sizeof(*places->files));
    struct place_file *file = &places->files[places->count];
    struct err err = ERR_INIT;
    *file = (struct place_file){.path = mem_text(path)};
    buf_init(&file->text, LIMIT_CASE_FILE_BYTES);
    file->is_read = file_read(path, &file->text, &err) == ERR_OK;
    return places->count++;
}

static const struct place_file *open_file(struct places *places, const char *path)
{
    for (size_t i = 0; i < places->count; i++) {
        size_t at = (places->last + i) % places->count;
        if (strcmp(places->files[at].path, path) == 0) {
            places->last = at;
            return &places->files[at];
        }
    }
    places->last = add_file(places, path);
    return &places->files[places->last];
}

struct json_place places_find(struct places *places, const char *path, const char *pointer)
{
    const struct place_file *file = open_file(places, path);
    struct json_place place = {0};
    if (file->is_read) {
        const struct span text = {buf_text(&file->text), file->text.len};
        (void)json_place_find(text, pointer, JSON_PLACE_VALUE, &place);
    }
    return place;
}

void places_locate(struct places *places, struct diags *diags)
{
    for (size_t i = 0; i < diags->count; i++) {
        struct diag *diag = &diags->items[i];
        if (diag->line == 0 && diag->file != NULL && diag->pointer != NULL) {
            struct json_place place = places_find(places, diag->file, diag->pointer);
            diag->line = place.line;
            diag->column = place.column;
        }
    }
}
