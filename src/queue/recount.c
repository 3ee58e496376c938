// SPDX-License-Identifier: MIT
#include "recount.h"

#include "call.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum { PASSES_MAX = 4 };

enum phase { BEFORE, JOBS, BEHIND, PHASES };

static const char *const LOOKS[PHASES] = {"unfinished", "count", "unfinished"};

struct entry {
    char account[RECOUNT_ACCOUNT_BYTES];
    int64_t numbers[PHASES];
};

struct recount {
    struct queue *queue;
    recount_cb callback;
    void *context;
    enum phase phase;
    char cursor[QUEUE_CURSOR_BYTES];
    unsigned passes; // that are over
    struct entry *entries;
    size_t count;
    size_t capacity;
    struct recount_wrong *suspects; // of the last pass, by account
    size_t suspect_count;
    uint64_t most_at_once;
};

struct recount_call {
    struct queue_call call;
    struct recount *recount;
};

static void look(struct recount *recount);

static void end(struct recount *recount, const struct recount_result *result, const struct err *err)
{
    recount->callback(recount->context, result, err);
    mem_free(&recount->suspects);
    mem_free(&recount->entries);
    mem_free(&recount);
}

static int by_account(const void *a, const void *b)
{
    return strcmp(((const struct entry *)a)->account, ((const struct entry *)b)->account);
}

// One entry for each account. A scan may give a field twice: that of a count is the same again, that of a
// job makes a suspect that the next pass does not confirm.
static void fold(struct recount *recount)
{
    struct entry *entries = recount->entries;
    if (recount->count == 0) {
        return;
    }
    qsort(entries, recount->count, sizeof(entries[0]), by_account);
    size_t last = 0;
    for (size_t i = 1; i < recount->count; i++) {
        if (by_account(&entries[last], &entries[i]) != 0) {
            entries[++last] = entries[i];
            continue;
        }
        entries[last].numbers[JOBS] += entries[i].numbers[JOBS];
        for (size_t k = BEFORE; k < PHASES; k += BEHIND - BEFORE) {
            int64_t *number = &entries[last].numbers[k];
            *number = *number > entries[i].numbers[k] ? *number : entries[i].numbers[k];
        }
    }
    recount->count = last + 1;
}

static void add(struct recount *recount, const char *account, int64_t number)
{
    struct entry entry = {.account = ""};
    if (!text_copy(entry.account, sizeof(entry.account), account)) {
        return;
    }
    entry.numbers[recount->phase] = number;
    if (recount->count == recount->capacity) {
        fold(recount); // so the memory is that of the accounts, and not of the jobs
        if (recount->count > recount->capacity / 2 || recount->capacity == 0) {
            recount->entries = mem_grow(recount->entries, &recount->capacity,
                                        2 * recount->capacity + 256, sizeof(recount->entries[0]));
        }
    }
    recount->entries[recount->count++] = entry;
}

static int by_suspect(const void *account, const void *suspect)
{
    return strcmp(account, ((const struct recount_wrong *)suspect)->account);
}

// By halves: where `unfinished` was lost, every account is a suspect.
static bool is_confirmed(const struct recount *recount, const struct recount_wrong *wrong)
{
    const struct recount_wrong *before =
        recount->suspect_count == 0
            ? NULL
            : bsearch(wrong->account, recount->suspects, recount->suspect_count,
                      sizeof(recount->suspects[0]), by_suspect);
    return before != NULL && before->counted == wrong->counted && before->jobs == wrong->jobs;
}

static void end_pass(struct recount *recount)
{
    fold(recount);
    struct recount_wrong *suspects = mem_alloc(recount->count + 1, sizeof(*suspects));
    struct recount_wrong *confirmed = mem_alloc(recount->count + 1, sizeof(*confirmed));
    size_t suspect_count = 0;
    size_t confirmed_count = 0;
    for (size_t i = 0; i < recount->count; i++) {
        const struct entry *entry = &recount->entries[i];
        if (entry->numbers[BEFORE] != entry->numbers[BEHIND] ||
            entry->numbers[BEHIND] == entry->numbers[JOBS]) {
            continue;
        }
        struct recount_wrong found = {.counted = entry->numbers[BEHIND],
                                      .jobs = entry->numbers[JOBS]};
        (void)text_copy(found.account, sizeof(found.account), entry->account);
        suspects[suspect_count++] = found;
        if (is_confirmed(recount, &found)) {
            confirmed[confirmed_count++] = found;
        }
    }
    mem_free(&recount->suspects);
    recount->suspects = suspects;
    recount->suspect_count = suspect_count;
    recount->passes++;
    recount->count = 0;
    recount->phase = BEFORE;
    if (confirmed_count == suspect_count || recount->passes == PASSES_MAX) {
        const struct recount_result result = {
            .wrong = confirmed, .count = confirmed_count, .most_at_once = recount->most_at_once};
        end(recount, &result, NULL);
    } else {
        look(recount);
    }
    mem_free(&confirmed);
}

static void on_looked(struct queue_call *call, const struct redis_reply *reply,
                      const struct err *err)
{
    struct recount *recount = container_of(call, struct recount_call, call)->recount;
    if (err != NULL) {
        end(recount, NULL, err);
        return;
    }
    struct queue_look seen = queue_look_read(reply, recount->cursor);
    recount->most_at_once =
        seen.entries > recount->most_at_once ? seen.entries : recount->most_at_once;
    for (size_t i = 0; i + 1 < redis_reply_count(seen.numbers); i += 2) {
        add(recount, queue_reply_text(redis_reply_at(seen.numbers, i)),
            redis_reply_number(redis_reply_at(seen.numbers, i + 1), 0));
    }
    recount->phase += seen.is_last ? 1 : 0;
    if (recount->phase == PHASES) {
        end_pass(recount);
    } else {
        look(recount);
    }
}

static void look(struct recount *recount)
{
    struct recount_call *call = mem_alloc(1, sizeof(*call));
    *call = (struct recount_call){.call = {.queue = recount->queue, .on_reply = on_looked},
                                  .recount = recount};
    queue_look_send(&call->call, LOOKS[recount->phase], recount->cursor);
}

void recount_run(struct queue *queue, recount_cb callback, void *context)
{
    struct recount *recount = mem_alloc(1, sizeof(*recount));
    *recount =
        (struct recount){.queue = queue, .callback = callback, .context = context, .cursor = "0"};
    look(recount);
}
