// SPDX-License-Identifier: MIT
#include "record_reader.h"

#include "base/mem.h"

static const char *const MEMBERS[RECORD_SLOTS] = {
    [RECORD_RESOURCE_ID] = "resourceId",
    [RECORD_RESOURCE_TYPE] = "resourceType",
    [RECORD_RESOURCE_NAME] = "resourceName",
    [RECORD_REGION_ID] = "regionId",
    [RECORD_ACCOUNT_ID] = "accountId",
    [RECORD_RESOURCE_GROUP_ID] = "resourceGroupId",
    [RECORD_TAGS] = "tags",
    [RECORD_CONFIGURATION] = "configuration",
};

static struct pick_step step_to(enum record_slot slot)
{
    return (struct pick_step){.name = MEMBERS[slot], .len = strlen(MEMBERS[slot])};
}

struct pick_plan *record_plan_create(void)
{
    struct pick_plan *plan = pick_plan_create();
    for (enum record_slot slot = 0; slot < RECORD_SLOTS; slot++) {
        struct pick_step step = step_to(slot);
        ENSURE(pick_plan_add(plan, &step, 1) == slot);
    }
    return plan;
}

void record_reader_init(struct record_reader *reader, const struct pick_plan *plan,
                        const struct scan_kernel *kernel)
{
    struct pick_step step = step_to(RECORD_CONFIGURATION);
    *reader = (struct record_reader){.root = pick_plan_place(plan, NULL, 0),
                                     .configuration = pick_plan_place(plan, &step, 1),
                                     .kernel = kernel,
                                     .slots = pick_plan_slots(plan)};
    tape_pool_init(&reader->pool, kernel);
    reader->picks = mem_alloc(reader->slots, sizeof(*reader->picks));
}

void record_reader_deinit(struct record_reader *reader)
{
    scanner_destroy(&reader->line);
    scanner_destroy(&reader->text);
    tape_pool_deinit(&reader->pool);
    mem_free(&reader->picks);
}

static bool is_absent(struct tape *tape, uint32_t node)
{
    return node == TAPE_NONE || tape_kind(tape, node) == TAPE_NULL;
}

static bool read_text(struct tape *tape, uint32_t node, struct span *text_out)
{
    if (is_absent(tape, node)) {
        *text_out = span_of("");
        return true;
    }
    *text_out = tape_text(tape, node);
    return tape_kind(tape, node) == TAPE_TEXT;
}

static bool read_texts(struct tape *tape, const uint32_t *picks, struct record *record)
{
    return read_text(tape, picks[RECORD_RESOURCE_ID], &record->resource_id) &&
           record->resource_id.len > 0 &&
           read_text(tape, picks[RECORD_RESOURCE_TYPE], &record->resource_type) &&
           record->resource_type.len > 0 &&
           read_text(tape, picks[RECORD_RESOURCE_NAME], &record->resource_name) &&
           read_text(tape, picks[RECORD_REGION_ID], &record->region_id) &&
           read_text(tape, picks[RECORD_ACCOUNT_ID], &record->account_id) &&
           read_text(tape, picks[RECORD_RESOURCE_GROUP_ID], &record->resource_group_id);
}

static bool read_tags(struct tape *tape, uint32_t tags, struct record *record)
{
    if (is_absent(tape, tags)) {
        return true;
    }
    record->tags = value_of_node(tape, tags);
    if (tape_kind(tape, tags) != TAPE_OBJECT) {
        return false;
    }
    // A text has no nodes below it, so that names and values take turns.
    for (uint32_t at = tags + 2; at < tape->nodes[tags].next; at += 2) {
        if (tape_kind(tape, at) != TAPE_TEXT) {
            return false;
        }
    }
    return true;
}

static struct tape *scan(const struct record_reader *reader, struct scanner **scanner,
                         const struct scan_input *input)
{
    if (*scanner == NULL) {
        *scanner = scanner_create(reader->kernel);
    }
    return scanner_run(*scanner, input);
}

static bool read_configuration(struct record_reader *reader, struct tape *tape,
                               struct record *record)
{
    uint32_t node = reader->picks[RECORD_CONFIGURATION];
    if (is_absent(tape, node)) {
        return true;
    }
    if (tape_kind(tape, node) == TAPE_TEXT) {
        struct span text = tape_text(tape, node);
        const struct scan_input input = {.bytes = text.bytes,
                                         .len = text.len,
                                         .place = reader->configuration,
                                         .picks = reader->picks};
        tape = scan(reader, &reader->text, &input);
        node = 0;
        if (tape == NULL) {
            return false;
        }
    }
    record->configuration = value_of_node(tape, node);
    return tape_kind(tape, node) == TAPE_OBJECT;
}

bool record_reader_read(struct record_reader *reader, struct span line, struct record *record_out)
{
    const struct scan_input input = {
        .bytes = line.bytes, .len = line.len, .place = reader->root, .picks = reader->picks};
    memset(reader->picks, 0xff, reader->slots * sizeof(*reader->picks));
    tape_pool_reset(&reader->pool);
    struct tape *tape = scan(reader, &reader->line, &input);
    if (tape == NULL || tape_kind(tape, 0) != TAPE_OBJECT) {
        return false;
    }
    *record_out = (struct record){.root = value_of_node(tape, 0), .tapes = &reader->pool};
    return read_texts(tape, reader->picks, record_out) &&
           read_tags(tape, reader->picks[RECORD_TAGS], record_out) &&
           read_configuration(reader, tape, record_out);
}
