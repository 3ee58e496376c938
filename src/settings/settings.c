// SPDX-License-Identifier: MIT
#include "settings/settings.h"

#include "base/mem.h"
#include "check.h"
#include "domain/suggest.h"
#include "ini_file.h"
#include "value.h"

#include <string.h>

enum {
    NAMES_MAX = 32, // sections, or keys of one section
    NAME_LIST_BYTES = 512,
};

// ---- names that are not in the table

// What would be right in place of a name that is not in the table: the nearest, else all there are.
static enum err_kind unknown_name(const char *what, const char *name, const char *const *names,
                                  size_t count, struct err *err)
{
    const char *near = suggest_nearest(name, names, count);
    if (near != NULL) {
        return err_set(err, ERR_CONFIG, "unknown %s; did you mean \"%s\"?", what, near);
    }
    struct buf list;
    buf_init(&list, NAME_LIST_BYTES);
    for (size_t i = 0; i < count; i++) {
        (void)buf_append_format(&list, "%s%s", i == 0 ? "" : ", ", names[i]);
    }
    enum err_kind kind =
        err_set(err, ERR_CONFIG, "unknown %s; one of %s is right", what, buf_text(&list));
    buf_deinit(&list);
    return kind;
}

static enum err_kind unknown_section(const char *section, struct err *err)
{
    size_t count;
    const struct setting_section *sections = settings_sections(&count);
    const char *names[NAMES_MAX];
    REQUIRE(count <= NAMES_MAX);
    for (size_t i = 0; i < count; i++) {
        names[i] = sections[i].name;
    }
    return unknown_name("section", section, names, count, err);
}

static enum err_kind unknown_key(const char *section, const char *key, struct err *err)
{
    size_t count;
    const struct setting *rows = settings_table(&count);
    const char *names[NAMES_MAX];
    size_t name_count = 0;
    const char *elsewhere = NULL;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(rows[i].section, section) == 0) {
            REQUIRE(name_count < NAMES_MAX);
            names[name_count++] = rows[i].key;
        } else if (strcmp(rows[i].key, key) == 0) {
            elsewhere = rows[i].section;
        }
    }
    if (elsewhere != NULL && suggest_nearest(key, names, name_count) == NULL) {
        return err_set(err, ERR_CONFIG, "unknown key; it belongs to [%s]", elsewhere);
    }
    return unknown_name("key", key, names, name_count, err);
}

// ---- the file

static enum err_kind on_section(void *context, const char *section, struct err *err)
{
    (void)context;
    if (settings_table_has_section(section)) {
        return ERR_OK;
    }
    (void)unknown_section(section, err);
    return err_prefix(err, "[%.64s]", section);
}

static enum err_kind set_from_file(struct settings *settings, const struct setting *row,
                                   const char *value, unsigned line, struct err *err)
{
    struct setting_origin *origin = setting_origin(row, settings);
    if (origin->kind == SETTING_FROM_FILE) {
        return err_set(err, ERR_CONFIG, "set twice; the first time on line %u", origin->line);
    }
    if (setting_parse(row, value, settings, err) == ERR_OK) {
        *origin = (struct setting_origin){.kind = SETTING_FROM_FILE, .line = line};
        return ERR_OK;
    }
    return err->kind;
}

static enum err_kind on_value(void *context, const char *section, const char *key,
                              const char *value, unsigned line, struct err *err)
{
    struct settings *settings = context;
    if (section[0] == '\0') {
        (void)err_set(err, ERR_CONFIG, "stands before the first [section]");
        return err_prefix(err, "%s", key);
    }
    const struct setting *row = settings_table_find(section, key);
    enum err_kind kind = row == NULL ? unknown_key(section, key, err)
                                     : set_from_file(settings, row, value, line, err);
    return kind == ERR_OK ? kind : err_prefix(err, "[%s] %s", section, key);
}

static enum err_kind read_file(struct settings *settings, const char *file, struct err *err)
{
    if (file == NULL) {
        return ERR_OK;
    }
    settings->file = mem_text(file);
    const struct ini_file_handlers handlers = {
        .context = settings, .on_section = on_section, .on_value = on_value};
    return ini_file_read(file, &handlers, err);
}

// ---- presets and --set

// The row of "section.key", or NULL with what is wrong.
static const struct setting *find_row(const char *name, size_t len, struct err *err)
{
    const char *dot = memchr(name, '.', len);
    if (dot == NULL) {
        (void)err_set(err, ERR_CONFIG, "a setting is named section.key, as in redis.address");
        return NULL;
    }
    char *section = mem_text_n(name, (size_t)(dot - name));
    char *key = mem_text_n(dot + 1, len - (size_t)(dot + 1 - name));
    const struct setting *row = settings_table_find(section, key);
    if (row == NULL && settings_table_has_section(section)) {
        (void)unknown_key(section, key, err);
    } else if (row == NULL) {
        (void)unknown_section(section, err);
    }
    mem_free(&section);
    mem_free(&key);
    return row;
}

static enum err_kind read_preset(struct settings *settings, const struct settings_override *preset,
                                 struct err *err)
{
    const struct setting *row = find_row(preset->name, strlen(preset->name), err);
    if (row == NULL || setting_parse(row, preset->value, settings, err) != ERR_OK) {
        return err_prefix(err, "%s: %s", preset->giver, preset->name);
    }
    *setting_origin(row, settings) =
        (struct setting_origin){.kind = SETTING_FROM_PRESET, .giver = preset->giver};
    return ERR_OK;
}

static enum err_kind assign(struct settings *settings, const char *name, size_t name_len,
                            const char *value, struct err *err)
{
    const struct setting *row = find_row(name, name_len, err);
    if (row == NULL) {
        return err->kind;
    }
    if ((row->flags & SETTING_SECRET) != 0) {
        return err_set(err, ERR_CONFIG,
                       "leads to a secret, and other users can see the command line; set it in "
                       "the file");
    }
    if (setting_parse(row, value, settings, err) != ERR_OK) {
        return err->kind;
    }
    *setting_origin(row, settings) = (struct setting_origin){.kind = SETTING_FROM_COMMAND_LINE};
    return ERR_OK;
}

static enum err_kind read_assignment(struct settings *settings, const char *assignment,
                                     struct err *err)
{
    const char *equals = strchr(assignment, '=');
    if (equals == NULL) {
        return err_set(err, ERR_CONFIG, "--set %.64s: write section.key=value", assignment);
    }
    size_t len = (size_t)(equals - assignment);
    if (assign(settings, assignment, len, equals + 1, err) != ERR_OK) {
        return err_prefix(err, "--set %.*s", (int)(len < 64 ? len : 64), assignment);
    }
    return ERR_OK;
}

// ---- all of it

static void read_defaults(struct settings *settings)
{
    size_t count;
    const struct setting *rows = settings_table(&count);
    *settings = (struct settings){.origins = mem_alloc(count, sizeof(struct setting_origin))};
    for (size_t i = 0; i < count; i++) {
        struct err err = ERR_INIT;
        enum err_kind kind = setting_parse(&rows[i], rows[i].initial, settings, &err);
        INVARIANT(kind == ERR_OK);
    }
}

static enum err_kind read_layers(struct settings *settings, const struct settings_inputs *inputs,
                                 struct err *err)
{
    for (size_t i = 0; i < inputs->preset_count; i++) {
        if (read_preset(settings, &inputs->presets[i], err) != ERR_OK) {
            return err->kind;
        }
    }
    if (read_file(settings, inputs->file, err) != ERR_OK) {
        return err->kind;
    }
    for (size_t i = 0; i < inputs->assignment_count; i++) {
        if (read_assignment(settings, inputs->assignments[i], err) != ERR_OK) {
            return err->kind;
        }
    }
    return settings_check(settings, inputs->faults, err);
}

enum err_kind settings_load(const struct settings_inputs *inputs, struct settings *settings_out,
                            struct err *err)
{
    struct settings settings;
    read_defaults(&settings);
    if (read_layers(&settings, inputs, err) != ERR_OK) {
        settings_deinit(&settings);
        return err->kind;
    }
    *settings_out = settings;
    return ERR_OK;
}

void settings_deinit(struct settings *settings)
{
    size_t count;
    const struct setting *rows = settings_table(&count);
    for (size_t i = 0; i < count; i++) {
        if (setting_is_text(&rows[i])) {
            mem_free((char **)setting_member(&rows[i], settings));
        }
    }
    mem_free(&settings->file);
    mem_free(&settings->origins);
}

void settings_reload(struct settings *settings, const struct settings *fresh,
                     settings_ignored_cb on_ignored, void *context)
{
    size_t count;
    const struct setting *rows = settings_table(&count);
    for (size_t i = 0; i < count; i++) {
        const struct setting *row = &rows[i];
        if (setting_equal(row, settings, fresh)) {
            continue;
        }
        if ((row->flags & SETTING_RELOADABLE) == 0) {
            on_ignored(context, row->section, row->key);
            continue;
        }
        setting_copy(row, settings, fresh);
        *setting_origin(row, settings) = *setting_origin(row, fresh);
    }
}
