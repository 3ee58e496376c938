// SPDX-License-Identifier: MIT
//
// The table of settings: one row each, and everything that knows settings comes from it: parsing,
// validation, --help, --print-config and docs/settings.md. A new setting is a member of
// `struct settings` and a row. The macros of the table tie key, type and C type of the member
// together: a row that does not fit its member does not compile. Thread: any; constant.
#pragma once

#include "settings/settings.h"

enum setting_type {
    SETTING_TEXT,   // UTF-8 without control characters, at most SETTING_VALUE_MAX bytes
    SETTING_NAME,   // A-Z a-z 0-9 . _ - , at most 64: goes into keys, file names, host names
    SETTING_PATH,   // absolute; made when it is not there
    SETTING_FILE,   // absolute; an existing file
    SETTING_FOLDER, // absolute; an existing folder
    SETTING_FILE_OR_FOLDER, // absolute; existing
    SETTING_COUNT,          // unsigned
    SETTING_DURATION,       // int64_t, milliseconds
    SETTING_SIZE,           // size_t, bytes
    SETTING_BOOL,
    SETTING_WORD,   // text, one of `choices`
    SETTING_CHOICE, // an enum, by the names in `choices`
};

enum setting_flags {
    SETTING_REQUIRED = 1,   // may not be empty
    SETTING_SECRET = 2,     // leads to a secret: not printed, not taken from the command line
    SETTING_RELOADABLE = 4, // SIGHUP takes a new value over
};

// With key and " = " a value of this length fits into a line of the parser (ini_file.h).
enum { SETTING_VALUE_MAX = 176 };

struct setting {
    const char *section;
    const char *key;
    enum setting_type type;
    unsigned flags;
    size_t offset;              // of the member in struct settings
    int64_t minimum;            // numbers: in the member's unit
    int64_t maximum;            // the same
    const char *none;           // what 0 stands for, NULL when it is a value like others
    const char *const *choices; // names, NULL at the end; SETTING_CHOICE: indexed by the enum
    const char *initial;        // the default, as it would stand in the file
    const char *help;           // one or two sentences
};

struct setting_section {
    const char *name;
    const char *help; // what its settings are about
};

enum setting_origin_kind {
    SETTING_FROM_DEFAULT,
    SETTING_FROM_PRESET,
    SETTING_FROM_FILE,
    SETTING_FROM_COMMAND_LINE,
};

struct setting_origin {
    enum setting_origin_kind kind;
    unsigned line;     // SETTING_FROM_FILE
    const char *giver; // SETTING_FROM_PRESET; static storage
};

// Rows in the order of the sections; rows of one section stand together.
const struct setting *settings_table(size_t *count_out);
// Sections in the order of the table.
const struct setting_section *settings_sections(size_t *count_out);
// NULL when there is none.
const struct setting *settings_table_find(const char *section, const char *key);
bool settings_table_has_section(const char *section);

// The member of a row, whose C type follows from `type`.
void *setting_member(const struct setting *row, struct settings *settings);
const void *setting_member_const(const struct setting *row, const struct settings *settings);
struct setting_origin *setting_origin(const struct setting *row, const struct settings *settings);

// Text, name, word and the path types: the member is a `char *`.
bool setting_is_text(const struct setting *row);
