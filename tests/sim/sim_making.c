// SPDX-License-Identifier: MIT
//
// worker/making.h without the making, in the place of src/worker/making.c: the report is a text that
// says for which attempt it was made.
#include "worker/making.h"

#include "base/mem.h"
#include "sim_outside.h"

#include <inttypes.h>
#include <string.h>

struct making {
    char *text; // "<account> <report> <fence>"
    char *folder;
    bool is_stopped;
};

struct making *making_create(const struct making_input *input)
{
    struct making *making = mem_alloc(1, sizeof(*making));
    making->text = mem_format("%s %s %" PRIu64, input->account_id, input->report_id, input->fence);
    return making;
}

void making_empty(struct making *making)
{
    mem_free(&making->text);
    mem_free(&making->folder);
}

void making_destroy(struct making **making)
{
    if (*making != NULL) {
        making_empty(*making);
    }
    mem_free(making);
}

enum err_kind making_bind(struct making *making, const char *pack_json, size_t len,
                          const char *origin, struct err *err)
{
    (void)making;
    (void)origin;
    return len == 4 && memcmp(pack_json, "pack", 4) == 0
               ? ERR_OK
               : err_set(err, ERR_INVALID, "this is no pack");
}

static enum err_kind write_text(const struct making *making, const char *text, struct err *err)
{
    if (making->is_stopped) {
        return err_set(err, ERR_CANCELLED, "told to stop");
    }
    return sim_store_write(making->folder, text)
               ? ERR_OK
               : err_set(err, ERR_IO, "%s: No such file or directory", making->folder);
}

enum err_kind making_evaluate(struct making *making, const char *folder, struct err *err)
{
    making->folder = mem_text(folder);
    return write_text(making, "half", err);
}

enum err_kind making_render(struct making *making, struct err *err)
{
    return write_text(making, making->text, err);
}

const struct report *making_report(const struct making *making, size_t pack)
{
    static const struct report nothing;
    (void)making;
    (void)pack;
    return &nothing;
}

char *making_summary(const struct making *making, size_t pack)
{
    (void)making;
    (void)pack;
    return mem_text("{}");
}

bool making_is_without_record(const struct making *making)
{
    (void)making;
    return false;
}

void making_progress(const struct making *making, uint64_t *done_out, uint64_t *total_out)
{
    (void)making;
    *done_out = 1;
    *total_out = 2;
}

void making_stop(struct making *making)
{
    making->is_stopped = true;
}
