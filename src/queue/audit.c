// SPDX-License-Identifier: MIT
#include "queue/audit.h"

#include "call.h"
#include "recount.h"

#include "base/mem.h"
#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>

enum { SIZES = 6 }; // jobs, ready, running, delayed, dead, held

// What is looked at, in this order; then the counts.
static const char *const LOOKS[] = {"sizes", "jobs", "ready",    "running", "delayed",
                                    "dead",  "held", "creating", "fair",    "unfinished"};

struct audit {
    struct queue *queue;
    queue_audit_cb callback;
    void *context;
    size_t look; // of LOOKS
    char cursor[QUEUE_CURSOR_BYTES];
    struct queue_audit found;
};

struct audit_call {
    struct queue_call call;
    struct audit *audit;
};

static void look(struct audit *audit);

static void end(struct audit *audit, const struct err *err)
{
    audit->callback(audit->context, err == NULL ? &audit->found : NULL, err);
    mem_free(&audit);
}

// ---- one look

void queue_look_send(struct queue_call *take_call, const char *what, const char *cursor)
{
    struct queue *queue = take_call->queue;
    struct script_input input;
    script_input_init(&input, queue);
    arguments_add(&input.args, what);
    arguments_add(&input.args, cursor);
    queue_call_script(take_call, &queue->audit, &input);
}

struct queue_look queue_look_read(const struct redis_reply *reply, char cursor[QUEUE_CURSOR_BYTES])
{
    return (struct queue_look){.is_last = queue_cursor_read(redis_reply_at(reply, 0), cursor),
                               .entries = (uint64_t)redis_reply_number(redis_reply_at(reply, 1), 0),
                               .sentences = redis_reply_at(reply, 2),
                               .numbers = redis_reply_at(reply, 3)};
}

// ---- what is found

// A sentence may hold a name that anybody chose.
static void find(struct queue_audit *found, struct span sentence)
{
    size_t at = found->violation_count++;
    if (at < ARRAY_LEN(found->violations)) {
        struct buf shown;
        size_t room = sizeof(found->violations[at]);
        buf_init(&shown, 4 * room); // each byte as \xNN
        text_show(&shown, sentence.bytes, sentence.len < room ? sentence.len : room - 1);
        (void)text_copy(found->violations[at], room, buf_text(&shown));
        buf_deinit(&shown);
    }
}

static void take_sizes(struct queue_audit *found, const struct redis_reply *numbers)
{
    uint64_t sizes[SIZES];
    for (size_t i = 0; i < SIZES; i++) {
        sizes[i] = (uint64_t)redis_reply_number(redis_reply_at(numbers, i), 0);
    }
    found->jobs = sizes[0];
    found->ready = sizes[1];
    found->running = sizes[2];
    found->delayed = sizes[3];
    found->dead = sizes[4];
    found->held = sizes[5];
    found->is_spoiled = redis_reply_count(numbers) == 0;
}

static void find_wrong_count(struct queue_audit *found, const struct recount_wrong *wrong)
{
    char text[sizeof(found->violations[0])];
    int len =
        wrong->jobs > 0
            ? snprintf(text, sizeof(text),
                       "account %s has %" PRId64 " unfinished jobs, and %" PRId64 " are counted",
                       wrong->account, wrong->jobs, wrong->counted)
            : snprintf(text, sizeof(text),
                       "account %s has no unfinished jobs, and %" PRId64 " are counted",
                       wrong->account, wrong->counted);
    ENSURE(len > 0);
    find(found, span_of(text));
}

static void note_most(struct queue_audit *found, uint64_t entries)
{
    found->most_at_once = entries > found->most_at_once ? entries : found->most_at_once;
}

static void on_recounted(void *context, const struct recount_result *result, const struct err *err)
{
    struct audit *audit = context;
    if (err != NULL) {
        end(audit, err);
        return;
    }
    for (size_t i = 0; i < result->count; i++) {
        find_wrong_count(&audit->found, &result->wrong[i]);
    }
    note_most(&audit->found, result->most_at_once);
    end(audit, NULL);
}

static void on_looked(struct queue_call *call, const struct redis_reply *reply,
                      const struct err *err)
{
    struct audit *audit = container_of(call, struct audit_call, call)->audit;
    if (err != NULL) {
        end(audit, err);
        return;
    }
    struct queue_look seen = queue_look_read(reply, audit->cursor);
    note_most(&audit->found, seen.entries);
    for (size_t i = 0; i < redis_reply_count(seen.sentences); i++) {
        struct span sentence;
        sentence.bytes = redis_reply_text(redis_reply_at(seen.sentences, i), &sentence.len);
        find(&audit->found, sentence);
    }
    if (audit->look == 0) {
        take_sizes(&audit->found, seen.numbers);
    }
    audit->look += seen.is_last ? 1 : 0;
    if (audit->found.is_spoiled) {
        end(audit, NULL);
    } else if (audit->look == ARRAY_LEN(LOOKS)) {
        recount_run(audit->queue, on_recounted, audit);
    } else {
        look(audit);
    }
}

static void look(struct audit *audit)
{
    struct audit_call *call = mem_alloc(1, sizeof(*call));
    *call =
        (struct audit_call){.call = {.queue = audit->queue, .on_reply = on_looked}, .audit = audit};
    queue_look_send(&call->call, LOOKS[audit->look], audit->cursor);
}

void queue_audit_run(struct queue *queue, queue_audit_cb callback, void *context)
{
    struct audit *audit = mem_alloc(1, sizeof(*audit));
    *audit =
        (struct audit){.queue = queue, .callback = callback, .context = context, .cursor = "0"};
    look(audit);
}
