// SPDX-License-Identifier: MIT
#include "settings/print.h"

#include "base/mem.h"
#include "table.h"
#include "value.h"

#include <inttypes.h>
#include <string.h>

enum {
    HELP_COLUMNS = 77,    // argp breaks longer lines itself, without the indentation
    HELP_INDENT = 22,     // where the texts of --help begin
    COMMENT_COLUMN = 44,  // where the comments of --print-config begin
    CONFIG_COLUMNS = 100, // a longer line has its comment above it
};

// ---- --print-config

static void append_origin(const struct setting *row, const struct settings *settings,
                          struct buf *out)
{
    const struct setting_origin *origin = setting_origin(row, settings);
    switch (origin->kind) {
    case SETTING_FROM_DEFAULT:
        (void)buf_append_text(out, "default");
        return;
    case SETTING_FROM_PRESET:
        (void)buf_append_text(out, origin->giver);
        return;
    case SETTING_FROM_FILE:
        (void)buf_append_format(out, "%s:%u", settings->file, origin->line);
        return;
    case SETTING_FROM_COMMAND_LINE:
        (void)buf_append_text(out, "--set");
        return;
    }
}

static void append_value_line(const struct setting *row, const struct settings *settings,
                              struct buf *out)
{
    struct buf line;
    struct buf origin;
    buf_init(&line, SETTING_VALUE_MAX + 64);
    buf_init(&origin, 8192);
    (void)buf_append_format(&line, "%s = ", row->key);
    setting_format(row, settings, &line);
    append_origin(row, settings, &origin);
    size_t column = line.len > COMMENT_COLUMN ? line.len : COMMENT_COLUMN;
    if (column + strlen(" ; ") + origin.len <= CONFIG_COLUMNS) {
        (void)buf_append_format(out, "%-*s ; %s\n", COMMENT_COLUMN, buf_text(&line),
                                buf_text(&origin));
    } else {
        (void)buf_append_format(out, "; %s\n%s\n", buf_text(&origin), buf_text(&line));
    }
    buf_deinit(&line);
    buf_deinit(&origin);
}

static void append_secret_line(const struct setting *row, const struct settings *settings,
                               struct buf *out)
{
    const char *value = *(char *const *)setting_member_const(row, settings);
    (void)buf_append_format(out, "; %s is %s ; ", row->key,
                            value[0] == '\0' ? "not set" : "set, and not shown");
    append_origin(row, settings, out);
    (void)buf_append_char(out, '\n');
}

void settings_print_config(const struct settings *settings, struct buf *out)
{
    size_t count;
    const struct setting *rows = settings_table(&count);
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || strcmp(rows[i].section, rows[i - 1].section) != 0) {
            (void)buf_append_format(out, "%s[%s]\n", i == 0 ? "" : "\n", rows[i].section);
        }
        if ((rows[i].flags & SETTING_SECRET) != 0) {
            append_secret_line(&rows[i], settings, out);
        } else {
            append_value_line(&rows[i], settings, out);
        }
    }
}

// ---- docs/settings.md

static void append_number_range(const struct setting *row, struct buf *out)
{
    setting_format_number(row, row->minimum, out);
    (void)buf_append_text(out, " to ");
    setting_format_number(row, row->maximum, out);
    if (row->none != NULL) {
        (void)buf_append_format(out, "; 0: %s", row->none);
    }
}

static void append_choices(const struct setting *row, struct buf *out)
{
    for (size_t i = 0; row->choices[i] != NULL; i++) {
        (void)buf_append_format(out, "%s%s", i == 0 ? "" : ", ", row->choices[i]);
    }
}

// What values a row takes, in a few words.
static void append_form(const struct setting *row, struct buf *out)
{
    switch (row->type) {
    case SETTING_TEXT:
        (void)buf_append_text(out, "text");
        return;
    case SETTING_NAME:
        (void)buf_append_text(out, "name");
        return;
    case SETTING_PATH:
        (void)buf_append_text(out, "path");
        return;
    case SETTING_FILE:
        (void)buf_append_text(out, "file");
        return;
    case SETTING_FOLDER:
        (void)buf_append_text(out, "folder");
        return;
    case SETTING_FILE_OR_FOLDER:
        (void)buf_append_text(out, "folder or file");
        return;
    case SETTING_BOOL:
        (void)buf_append_text(out, "yes, no");
        return;
    case SETTING_WORD:
    case SETTING_CHOICE:
        append_choices(row, out);
        return;
    case SETTING_COUNT:
    case SETTING_DURATION:
    case SETTING_SIZE:
        append_number_range(row, out);
        return;
    }
}

// "<" would begin an HTML tag in Markdown.
static void append_markdown(const char *text, struct buf *out)
{
    for (; *text != '\0'; text++) {
        if (*text == '<' || *text == '>' || *text == '|' || *text == '*') {
            (void)buf_append_char(out, '\\');
        }
        (void)buf_append_char(out, *text);
    }
}

static void append_doc_row(const struct setting *row, struct buf *out)
{
    (void)buf_append_format(out, "| `%s` | ", row->key);
    append_form(row, out);
    const char *tick = row->initial[0] == '\0' ? "" : "`";
    (void)buf_append_format(out, " | %s%s%s | ", tick, row->initial, tick);
    append_markdown(row->help, out);
    if ((row->flags & SETTING_REQUIRED) != 0) {
        (void)buf_append_text(out, " May not be empty.");
    }
    if ((row->flags & SETTING_SECRET) != 0) {
        (void)buf_append_text(out, " Not shown by `--print-config`, not taken from `--set`.");
    }
    (void)buf_append_text(out, (row->flags & SETTING_RELOADABLE) != 0 ? " | SIGHUP |\n"
                                                                      : " | restart |\n");
}

static const char DOC_HEAD[] =
    "# Settings of packreportd\n"
    "\n"
    "Made from the table in `src/settings/table.c` by `packreportd --print-settings-doc`; "
    "change it there.\n"
    "\n"
    "The file is `/etc/packreport/packreportd.ini`, or what `--config FILE` names. "
    "`packreportd --check-config` checks it,\n"
    "`packreportd --print-config` shows what counts and where each value comes from, and "
    "`--set section.key=value` goes over\n"
    "the file. A mistake is one line with file and line number, and exit status 78.\n"
    "\n"
    "- **duration**: a whole number with `ms`, `s`, `min`, `h` or `d` behind it: `10s`.\n"
    "- **size**: bytes, or a whole number with `k`, `M` or `G` behind it, 1024 times each other: "
    "`16M`.\n"
    "- **name**: 1 to 64 of `A-Z a-z 0-9 - _ .`, without a dot in front.\n"
    "- **path**, **file**, **folder**: absolute. Files and folders must exist.\n"
    "- A comment begins with `;` or `#`, behind a value with a blank and `;`. A value has at most "
    "176 bytes.\n"
    "- **SIGHUP** in the last column: a new value counts after a reload; **restart**: only after a "
    "restart.\n";

void settings_print_doc(struct buf *out)
{
    _Static_assert(SETTING_VALUE_MAX == 176, "DOC_HEAD names the number");
    size_t section_count;
    size_t count;
    const struct setting_section *sections = settings_sections(&section_count);
    const struct setting *rows = settings_table(&count);
    (void)buf_append_text(out, DOC_HEAD);
    for (size_t i = 0; i < section_count; i++) {
        (void)buf_append_format(out,
                                "\n## [%s]\n\n%s\n\n"
                                "| key | value | default | meaning | change by |\n"
                                "|---|---|---|---|---|\n",
                                sections[i].name, sections[i].help);
        for (size_t j = 0; j < count; j++) {
            if (strcmp(rows[j].section, sections[i].name) == 0) {
                append_doc_row(&rows[j], out);
            }
        }
    }
}

// ---- --help

// Appends words, broken at HELP_COLUMNS; `column` is where the first one goes.
static void append_wrapped(const char *text, size_t column, struct buf *out)
{
    for (;;) {
        size_t word = strcspn(text, " ");
        if (column > HELP_INDENT && column + 1 + word > HELP_COLUMNS) {
            (void)buf_append_format(out, "\n%*s", HELP_INDENT, "");
            column = HELP_INDENT;
        } else if (column > HELP_INDENT) {
            (void)buf_append_char(out, ' ');
            column++;
        }
        (void)buf_append(out, text, word);
        column += word;
        if (text[word] == '\0') {
            break;
        }
        text += word + 1;
    }
    (void)buf_append_char(out, '\n');
}

static void append_help_row(const struct setting *row, struct buf *out)
{
    struct buf text;
    buf_init(&text, 4096);
    (void)buf_append_format(&text, "%s (", row->help);
    append_form(row, &text);
    (void)buf_append_format(&text, "%s%s)", row->initial[0] == '\0' ? "" : "; default ",
                            row->initial);
    (void)buf_append_format(out, "  %-*s", HELP_INDENT - 2, row->key);
    append_wrapped(buf_text(&text), HELP_INDENT, out);
    buf_deinit(&text);
}

void settings_print_help(struct buf *out)
{
    size_t count;
    const struct setting *rows = settings_table(&count);
    (void)buf_append_text(out, "Settings, in the file or as --set section.key=VALUE:\n");
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || strcmp(rows[i].section, rows[i - 1].section) != 0) {
            (void)buf_append_format(out, "\n [%s]\n", rows[i].section);
        }
        append_help_row(&rows[i], out);
    }
}
