// SPDX-License-Identifier: MIT
//
// Errors: a closed list of kinds, named by what the caller should do, and a message that grows on
// its way up.
//
// A function that can fail takes `struct err *err` last and returns `enum err_kind`. On ERR_OK it
// leaves `err` alone; otherwise it fills `err` and returns `err->kind`. Outputs are written on
// success only. `err` is never NULL. Each caller may prefix the message with what it was doing,
// outermost first: "job 42: fetch https://…: connect: refused". Rooms below worker do not log; they
// return errors. Thread: any; a `struct err` belongs to whoever declared it.
#pragma once

#include "base/check.h"

#include <stdbool.h>

// kind, text, exit status of a command that ends with it (sysexits.h where one fits)
#define ERR_KINDS(X)                                                                               \
    X(OK, "ok", 0)                                                                                 \
    X(INVALID, "invalid input", 65)    /* the input is wrong; the same again is wrong */           \
    X(NOT_FOUND, "not found", 66)      /* what was named does not exist */                         \
    X(CONFLICT, "conflict", 75)        /* somebody else holds it or changed it */                  \
    X(LIMIT, "limit exceeded", 65)     /* a named limit was reached */                             \
    X(DENIED, "denied", 77)            /* credentials missing, wrong or not enough */              \
    X(UNAVAILABLE, "unavailable", 69)  /* nothing happened; try again later */                     \
    X(TIMEOUT, "timed out", 69)        /* nothing came back in time; try again later */            \
    X(UNCERTAIN, "uncertain", 69)      /* sent, but the answer was not seen */                     \
    X(CANCELLED, "cancelled", 75)      /* we were told to stop */                                  \
    X(CORRUPT, "corrupt", 76)          /* the other side broke its own format */                   \
    X(IO, "input/output error", 74)    /* the operating system refused */                          \
    X(CONFIG, "bad configuration", 78) /* settings or files named by them are wrong */             \
    X(INTERNAL, "internal error", 70)  /* we are wrong */

enum err_kind {
#define X(name, text, status) ERR_##name,
    ERR_KINDS(X)
#undef X
};

enum {
    ERR_CODE_BYTES = 64,     // a foreign error code ("SecMaster.00040006") with its NUL
    ERR_MESSAGE_BYTES = 768, // longer messages are cut at the end, with "…"
};

struct err {
    enum err_kind kind;
    // Milliseconds that the other side asked us to wait (Retry-After), 0 when it said nothing.
    long long retry_after_ms;
    // The other side turned us away because we, or all, ask too much of it; nothing is wrong with
    // what was asked.
    bool is_throttled;
    // The operating system's reason of err_set_errno, 0 when there was none.
    int errno_value;
    // Code and request id that an upstream service gave, "" when none.
    char upstream_code[ERR_CODE_BYTES];
    char upstream_request_id[ERR_CODE_BYTES];
    char message[ERR_MESSAGE_BYTES];
};

// An error that nothing was written to yet.
#define ERR_INIT ((struct err){.kind = ERR_OK})

// Fills `err` (upstream fields cleared) and returns `kind`, which is not ERR_OK.
enum err_kind err_set(struct err *err, enum err_kind kind, const char *format, ...)
    PRINTF_LIKE(3, 4);

// As err_set, with ": <strerror(errno_value)>" at the end.
enum err_kind err_set_errno(struct err *err, enum err_kind kind, int errno_value,
                            const char *format, ...) PRINTF_LIKE(4, 5);

// Puts "<formatted>: " before the message that is there. Returns err->kind.
enum err_kind err_prefix(struct err *err, const char *format, ...) PRINTF_LIKE(2, 3);

// "invalid input", … and the exit status for it.
const char *err_kind_text(enum err_kind kind);
int err_kind_exit_status(enum err_kind kind);

// True where the same operation may succeed later without anybody changing anything.
bool err_kind_is_transient(enum err_kind kind);
