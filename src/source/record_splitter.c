// SPDX-License-Identifier: MIT
//
//   DOCUMENT --[--> LIST_BEGIN -> IN_RECORD -> RECORD_END --,--> RECORD … --]--> DOCUMENT
//   DOCUMENT --{--> MEMBERS_BEGIN -> IN_KEY -> COLON -> VALUE -> IN_VALUE -> MEMBER_END … --}-->
//   DOCUMENT
//   VALUE --[ of the list--> LIST_BEGIN … --]--> MEMBER_END
#include "record_splitter.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "record_mapping.h"
#include "value_scan.h"

#include <string.h>

// What may come next; the texts are for messages.
#define PLACES(X)                                                                                  \
    X(DOCUMENT, "a document, as the first one")                                                    \
    X(LIST_BEGIN, "a record or ]")                                                                 \
    X(RECORD, "a record")                                                                          \
    X(RECORD_END, "a comma or ]")                                                                  \
    X(MEMBERS_BEGIN, "a member or }")                                                              \
    X(KEY, "a member")                                                                             \
    X(COLON, "a colon")                                                                            \
    X(VALUE, "a value")                                                                            \
    X(MEMBER_END, "a comma or }")                                                                  \
    X(IN_RECORD, "a bracket that fits the one it closes")                                          \
    X(IN_KEY, "the rest of a name")                                                                \
    X(IN_VALUE, "a bracket that fits the one it closes")

enum place {
#define X(name, text) PLACE_##name,
    PLACES(X)
#undef X
};

static const char *const PLACE_TEXTS[] = {
#define X(name, text) text,
    PLACES(X)
#undef X
};

enum { KEY_BYTES = 64, MAPPED_BYTES = 256 };

enum left_out { LEFT_OUT_NOTHING, LEFT_OUT_RECORD, LEFT_OUT_DOCUMENT };

struct record_splitter {
    enum inventory_format format;
    size_t block_bytes;
    enum place place;
    struct record_origin at;       // the next byte
    struct record_origin document; // where the current one begins
    bool has_list;                 // the current document had its list
    struct value_scan scan;        // of the record, key or value that is being read
    char key[KEY_BYTES];
    size_t key_len; // of the name met, which may be longer than what is kept
    struct buf record;
    struct record_origin record_at;
    struct buf lines;
    struct record_origin *origins;
    size_t origin_count;
    size_t origin_capacity;
    enum left_out left_out; // not said yet
    uint64_t left_out_line;
};

struct record_splitter *record_splitter_create(enum inventory_format format, size_t block_bytes,
                                               struct record_origin begin)
{
    REQUIRE(format != INVENTORY_LINES);
    struct record_splitter *splitter = mem_alloc(1, sizeof(*splitter));
    splitter->format = format;
    splitter->block_bytes = block_bytes;
    splitter->at = begin;
    buf_init(&splitter->record, LIMIT_RECORD_BYTES);
    // A block is full when it reaches its size, so that the last record may stand over it; mapped,
    // it may be a little longer than it was.
    buf_init(&splitter->lines, block_bytes + LIMIT_RECORD_BYTES + MAPPED_BYTES);
    return splitter;
}

void record_splitter_destroy(struct record_splitter **splitter)
{
    if (*splitter == NULL) {
        return;
    }
    buf_deinit(&(*splitter)->record);
    buf_deinit(&(*splitter)->lines);
    mem_free(&(*splitter)->origins);
    mem_free(splitter);
}

static enum err_kind refuse(const struct record_splitter *splitter, struct record_origin at,
                            char byte, struct err *err)
{
    return err_set(err, ERR_INVALID, "line %llu, byte %llu: %s cannot stand here; %s has to",
                   (unsigned long long)at.line, (unsigned long long)at.offset,
                   text_quoted_of((struct span){&byte, 1}, 1).text, PLACE_TEXTS[splitter->place]);
}

static void begin_value(struct record_splitter *splitter, enum place place)
{
    value_scan_begin(&splitter->scan);
    splitter->place = place;
}

// What is left out behind records of the block is said with the next block, so that problems come
// in input order whatever the size of the blocks.
static void say_left_out(struct record_splitter *splitter, struct diags *problems)
{
    const struct diag_place place = {.line = (size_t)splitter->left_out_line};
    if (splitter->left_out == LEFT_OUT_NOTHING || splitter->lines.len > 0) {
        return;
    }
    if (splitter->left_out == LEFT_OUT_RECORD) {
        diags_add(problems, DIAG_ERROR, "inventory.record.too-long", place,
                  "the record is longer than %d bytes and is left out", LIMIT_RECORD_BYTES);
    } else {
        diags_add(problems, DIAG_ERROR, "inventory.document", place,
                  "the document has no list %s and is left out",
                  inventory_format_list(splitter->format));
    }
    splitter->left_out = LEFT_OUT_NOTHING;
}

static void leave_out(struct record_splitter *splitter, enum left_out what, uint64_t line,
                      struct diags *problems)
{
    splitter->left_out = what;
    splitter->left_out_line = line;
    say_left_out(splitter, problems);
}

static void end_document(struct record_splitter *splitter, struct diags *problems)
{
    splitter->place = PLACE_DOCUMENT;
    if (!splitter->has_list) {
        leave_out(splitter, LEFT_OUT_DOCUMENT, splitter->document.line, problems);
    }
}

static bool is_list(const struct record_splitter *splitter, char byte)
{
    const char *list = inventory_format_list(splitter->format);
    return byte == '[' && list != NULL && splitter->key_len == strlen(list) &&
           memcmp(splitter->key, list, splitter->key_len) == 0;
}

static bool begins_value(char byte)
{
    return byte != ',' && byte != ':' && byte != ']' && byte != '}';
}

// Behind '[' or a comma of the list. The first byte of a record, key or value is not taken here.
static bool step_to_record(struct record_splitter *splitter, char byte)
{
    if (!begins_value(byte)) {
        return false;
    }
    splitter->record_at = splitter->at;
    buf_reset(&splitter->record);
    splitter->record.overflow = false;
    begin_value(splitter, PLACE_IN_RECORD);
    return true;
}

static bool step_to_key(struct record_splitter *splitter, char byte)
{
    if (byte != '"') {
        return false;
    }
    splitter->key_len = 0;
    begin_value(splitter, PLACE_IN_KEY);
    return true;
}

static void end_list(struct record_splitter *splitter)
{
    splitter->place = splitter->format == INVENTORY_ARRAY ? PLACE_DOCUMENT : PLACE_MEMBER_END;
}

static bool step_document(struct record_splitter *splitter, char byte, size_t *taken_out)
{
    bool is_array = splitter->format == INVENTORY_ARRAY;
    if (byte != (is_array ? '[' : '{')) {
        return false;
    }
    splitter->document = splitter->at;
    splitter->has_list = is_array;
    splitter->place = is_array ? PLACE_LIST_BEGIN : PLACE_MEMBERS_BEGIN;
    *taken_out = 1;
    return true;
}

static bool step_value(struct record_splitter *splitter, char byte, size_t *taken_out)
{
    if (is_list(splitter, byte)) {
        splitter->has_list = true;
        splitter->place = PLACE_LIST_BEGIN;
        *taken_out = 1;
        return true;
    }
    if (begins_value(byte)) {
        begin_value(splitter, PLACE_IN_VALUE);
        return true;
    }
    return false;
}

// Takes a byte that has to be one of two, and says where it leads.
static bool step_either(struct record_splitter *splitter, char byte, char comma, enum place next,
                        size_t *taken_out)
{
    if (byte != comma) {
        return false;
    }
    splitter->place = next;
    *taken_out = 1;
    return true;
}

// One byte between values. False when it cannot stand there.
static bool step(struct record_splitter *splitter, char byte, size_t *taken_out,
                 struct diags *problems)
{
    bool ends_list =
        byte == ']' && (splitter->place == PLACE_LIST_BEGIN || splitter->place == PLACE_RECORD_END);
    bool ends_members = byte == '}' && (splitter->place == PLACE_MEMBERS_BEGIN ||
                                        splitter->place == PLACE_MEMBER_END);
    *taken_out = ends_list || ends_members ? 1 : 0;
    if (ends_list) {
        end_list(splitter);
        return true;
    }
    if (ends_members) {
        end_document(splitter, problems);
        return true;
    }
    switch (splitter->place) {
    case PLACE_DOCUMENT:
        return step_document(splitter, byte, taken_out);
    case PLACE_LIST_BEGIN:
    case PLACE_RECORD:
        return step_to_record(splitter, byte);
    case PLACE_RECORD_END:
        return step_either(splitter, byte, ',', PLACE_RECORD, taken_out);
    case PLACE_MEMBERS_BEGIN:
    case PLACE_KEY:
        return step_to_key(splitter, byte);
    case PLACE_COLON:
        return step_either(splitter, byte, ':', PLACE_VALUE, taken_out);
    case PLACE_VALUE:
        return step_value(splitter, byte, taken_out);
    case PLACE_MEMBER_END:
        return step_either(splitter, byte, ',', PLACE_KEY, taken_out);
    case PLACE_IN_RECORD:
    case PLACE_IN_KEY:
    case PLACE_IN_VALUE:
        break;
    }
    return false;
}

static void end_record(struct record_splitter *splitter, struct diags *problems)
{
    splitter->place = PLACE_RECORD_END;
    if (splitter->record.overflow) {
        leave_out(splitter, LEFT_OUT_RECORD, splitter->record_at.line, problems);
        buf_deinit(&splitter->record);
        return;
    }
    record_map(splitter->format, splitter->record.data, splitter->record.len, &splitter->lines);
    ENSURE(!splitter->lines.overflow);
    splitter->origins = mem_grow(splitter->origins, &splitter->origin_capacity,
                                 splitter->origin_count + 1, sizeof(splitter->origins[0]));
    splitter->origins[splitter->origin_count++] = splitter->record_at;
}

static void keep_key(struct record_splitter *splitter, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++, splitter->key_len++) {
        if (splitter->key_len < KEY_BYTES) {
            splitter->key[splitter->key_len] = bytes[i];
        }
    }
}

static void end_value(struct record_splitter *splitter, struct diags *problems)
{
    if (splitter->place == PLACE_IN_RECORD) {
        end_record(splitter, problems);
    } else {
        splitter->place = splitter->place == PLACE_IN_KEY ? PLACE_COLON : PLACE_MEMBER_END;
    }
}

// A piece of the record, key or value that is being read.
static enum err_kind run_value(struct record_splitter *splitter, struct record_piece *piece,
                               struct diags *problems, struct err *err)
{
    char *bytes = piece->bytes + piece->taken;
    size_t taken = 0;
    enum value_end end = value_scan_run(&splitter->scan, bytes, piece->len - piece->taken, &taken);
    if (splitter->place == PLACE_IN_RECORD) {
        (void)buf_append(&splitter->record, bytes, taken);
    } else if (splitter->place == PLACE_IN_KEY) {
        keep_key(splitter, bytes, taken);
    }
    piece->taken += taken;
    splitter->at.offset += taken;
    splitter->at.line += splitter->scan.lines;
    splitter->scan.lines = 0;
    if (end == VALUE_BRACKETS_DIFFER) {
        const struct record_origin last = {splitter->at.line, splitter->at.offset - 1};
        return refuse(splitter, last, bytes[taken - 1], err);
    }
    if (end == VALUE_ENDS) {
        end_value(splitter, problems);
    }
    return ERR_OK;
}

static enum err_kind run_between(struct record_splitter *splitter, struct record_piece *piece,
                                 struct diags *problems, struct err *err)
{
    char byte = piece->bytes[piece->taken];
    size_t taken = 1;
    if (!value_is_blank(byte) && !step(splitter, byte, &taken, problems)) {
        return refuse(splitter, splitter->at, byte, err);
    }
    piece->taken += taken;
    splitter->at.offset += taken;
    splitter->at.line += byte == '\n' ? 1 : 0;
    return ERR_OK;
}

enum err_kind record_splitter_run(struct record_splitter *splitter, struct record_piece *piece,
                                  struct diags *problems, struct err *err)
{
    enum err_kind kind = ERR_OK;
    say_left_out(splitter, problems);
    while (kind == ERR_OK && piece->taken < piece->len && !record_splitter_is_full(splitter)) {
        kind = splitter->place >= PLACE_IN_RECORD ? run_value(splitter, piece, problems, err)
                                                  : run_between(splitter, piece, problems, err);
    }
    return kind;
}

bool record_splitter_is_full(const struct record_splitter *splitter)
{
    return splitter->lines.len >= splitter->block_bytes ||
           (splitter->lines.len > 0 && splitter->left_out != LEFT_OUT_NOTHING);
}

enum err_kind record_splitter_end(struct record_splitter *splitter, struct diags *problems,
                                  struct err *err)
{
    say_left_out(splitter, problems);
    if (splitter->place == PLACE_DOCUMENT) {
        return ERR_OK;
    }
    return err_set(err, ERR_INVALID,
                   "it ends in the middle, at byte %llu: the document that begins in line %llu is "
                   "not closed; %s has to follow",
                   (unsigned long long)splitter->at.offset,
                   (unsigned long long)splitter->document.line, PLACE_TEXTS[splitter->place]);
}

struct record_lines record_splitter_take(struct record_splitter *splitter)
{
    struct record_lines lines = {0};
    if (splitter->lines.len > 0) {
        lines = (struct record_lines){.len = splitter->lines.len, .origins = splitter->origins};
        lines.bytes = buf_take(&splitter->lines);
        splitter->origins = NULL;
        splitter->origin_count = 0;
        splitter->origin_capacity = 0;
    }
    return lines;
}
