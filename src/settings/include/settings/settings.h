// SPDX-License-Identifier: MIT
//
// The settings of packreportd as plain data, read once and passed in parts to the rooms.
//
// Four layers, each over the one before: the defaults of the table (src/settings/table.h), presets
// of the program (--dev, the credentials folder of systemd), the INI file, --set on the command
// line. Texts are never NULL; "" means not set. Durations are in milliseconds, sizes in bytes. A
// secret is never a setting: `credential` is the name of a file in the credentials folder. Thread:
// loaded on any, read-only afterwards but for settings_reload on the loop's.
#pragma once

#include "base/err.h"
#include "settings/parts.h"

#include <stddef.h>

struct setting_origin;

struct settings {
    struct settings_redis redis;
    struct settings_queue queue;
    struct settings_worker worker;
    struct settings_source source;
    struct settings_rules rules;
    struct settings_credentials credentials;
    struct settings_store store;
    struct settings_api api;
    struct settings_monitor monitor;
    struct settings_log log;
    struct settings_drill drill;

    char *file;                     // the INI file, NULL when none was read
    struct setting_origin *origins; // one per row of the table: where its value comes from
};

// One value given by its name: "--dev", "redis.address", "unix:/run/…".
struct settings_override {
    const char *giver; // what the origin and error messages call it
    const char *name;  // section.key
    const char *value;
};

// Who wants to hear of each fault and not only of the first.
struct settings_faults {
    void (*on_fault)(void *context, const struct err *err); // ERR_CONFIG
    void *context;
};

// What to read, all borrowed.
struct settings_inputs {
    const char *file; // NULL: none
    const struct settings_override *presets;
    size_t preset_count;
    const char *const *assignments; // "section.key=value", from --set
    size_t assignment_count;
    const struct settings_faults *faults; // NULL: the first fault will do
};

// Reads all layers and checks each value and what they demand of each other. ERR_CONFIG with one
// line: place, name, what is wrong, what would be right. A value that cannot be read is the only fault;
// of what values demand of each other `inputs->faults` is told of each one, of the first as well.
enum err_kind settings_load(const struct settings_inputs *inputs, struct settings *settings_out,
                            struct err *err);
void settings_deinit(struct settings *settings);

// Whether the files and folders that the settings name exist. Apart from settings_load, so that
// --print-config works on another machine. ERR_CONFIG: the first fault; `faults`, unless it is NULL, is told
// of each one.
enum err_kind settings_check_files(const struct settings *settings,
                                   const struct settings_faults *faults, struct err *err);

// Takes the reloadable values (src/settings/table.h) over from `fresh`. For each other value that
// differs `on_ignored` is told its name: it counts only after a restart.
typedef void (*settings_ignored_cb)(void *context, const char *section, const char *key);
void settings_reload(struct settings *settings, const struct settings *fresh,
                     settings_ignored_cb on_ignored, void *context);

// ---- --dev

// In the state folder: the file that a daemon locks (flock) for as long as it uses the folder.
#define SETTINGS_DEV_LOCK "packreportd.lock"

// Where `packreportd --dev` keeps its state when it is not told, so that `packreport` finds it:
// $XDG_STATE_HOME/packreport, or ~/.local/state/packreport. For main programs only: it reads the
// environment. mem_free.
char *settings_dev_state_dir(void);
// The same folder as an absolute path; nothing is made. mem_free.
char *settings_dev_absolute(const char *state_dir);
// The address of the private Redis in a state folder. ERR_CONFIG when the socket's path would be
// longer than the system allows. mem_free.
enum err_kind settings_dev_redis_address(const char *state_dir, char **address_out,
                                         struct err *err);
