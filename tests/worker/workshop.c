// SPDX-License-Identifier: MIT
#include "workshop.h"

#include "base/file.h"
#include "base/mem.h"
#include "sandbox.h"

#include <string.h>

enum { TEXT_BYTES = 64 * 1024 * 1024, RULES = 5, SIZES = 60, PATHS_MAX = 16 };

const char WORKSHOP_PACK[] =
    "{\"uuid\":\"pack-1\",\"name\":\"Workshop\",\"state\":1,\"type\":1,\"check_items_num\":10,"
    "\"spec_catalog_vo_list\":[{\"uuid\":\"c-1\",\"serial_number\":1,\"level_number\":0,\"root\":"
    "\"pack-1\","
    "\"parent\":\"pack-1\",\"is_leaf\":true,\"check_items\":["
    "{\"uuid\":\"item-0\",\"name\":\"A\"},{\"uuid\":\"item-1\",\"name\":\"B\"},"
    "{\"uuid\":\"item-2\",\"name\":\"C\"},{\"uuid\":\"item-3\",\"name\":\"D\"},"
    "{\"uuid\":\"item-4\",\"name\":\"E\"},{\"uuid\":\"item-5\",\"name\":\"F\"},"
    "{\"uuid\":\"item-6\",\"name\":\"G\"},{\"uuid\":\"item-7\",\"name\":\"H\"},"
    "{\"uuid\":\"item-8\",\"name\":\"I\"},{\"uuid\":\"item-9\",\"name\":\"J\"}]}]}";

static char *kept[PATHS_MAX];
static size_t kept_count;

static const char *keep(char *path)
{
    REQUIRE(kept_count < PATHS_MAX);
    kept[kept_count++] = path;
    return path;
}

struct rulebook *workshop_open(void)
{
    struct buf text;
    buf_init(&text, TEXT_BYTES);
    (void)sandbox_make();
    (void)buf_append_char(&text, '[');
    for (int n = 0; n < RULES; n++) {
        (void)buf_append_format(
            &text,
            "%s{\"id\":\"rule-%d\",\"checkItems\":[{\"uuid\":\"item-%d\"}],\"resourceTypes\":["
            "\"evs.volumes\"],"
            "\"condition\":{\"featureSource\":\"CONFIGURATION\",\"featurePath\":\"$.Size\","
            "\"operator\":\"Greater\",\"desired\":\"%d\"}}",
            n > 0 ? "," : "", n, n, n * 10);
    }
    (void)buf_append_char(&text, ']');
    const char *path = keep(sandbox_write("rules.json", text.data, text.len));
    buf_deinit(&text);

    const struct rulebook_paths paths = {.rules = path};
    struct rulebook *rulebook = NULL;
    struct err err = ERR_INIT;
    enum err_kind kind = rulebook_load(&paths, &rulebook, &err);
    ENSURE(kind == ERR_OK);
    return rulebook;
}

void workshop_close(struct rulebook **rulebook)
{
    rulebook_unref(rulebook);
    while (kept_count > 0) {
        mem_free(&kept[--kept_count]);
    }
    sandbox_remove();
}

const char *workshop_inventory(const char *name, size_t resources, size_t bad_every)
{
    struct buf text;
    buf_init(&text, TEXT_BYTES);
    for (size_t n = 0; n < resources; n++) {
        if (bad_every > 0 && n % bad_every == bad_every - 1) {
            (void)buf_append_text(&text, "{\"resourceId\":\n");
        }
        (void)buf_append_format(&text,
                                "{\"resourceId\":\"vol-%zu\",\"resourceType\":\"evs.volumes\","
                                "\"configuration\":{\"Size\":%zu}}\n",
                                n, n % SIZES);
    }
    const char *path = keep(sandbox_write(name, buf_text(&text), text.len));
    buf_deinit(&text);
    return path;
}

char *workshop_folder(const char *name)
{
    char *marker_name = mem_format("%s.marker", name);
    char *marker = sandbox_write(marker_name, "", 0);
    marker[strlen(marker) - strlen(".marker")] = '\0';
    struct err err = ERR_INIT;
    enum err_kind kind = file_make_folders(marker, 0750, &err);
    ENSURE(kind == ERR_OK);
    mem_free(&marker_name);
    return marker;
}

struct buf workshop_read(const char *folder, const char *name)
{
    struct buf content;
    buf_init(&content, TEXT_BYTES);
    char *path = file_join(folder, name);
    struct err err = ERR_INIT;
    enum err_kind kind = file_read(path, &content, &err);
    ENSURE(kind == ERR_OK);
    mem_free(&path);
    return content;
}
