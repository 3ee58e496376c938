// SPDX-License-Identifier: MIT
//
// What systemd is told (sd_notify(3)): ready, reloading, stopping, status, watchdog. Without
// $NOTIFY_SOCKET nothing is sent, and nothing else changes.
//
// The watchdog is fed at half of WatchdogSec, and only while the owner says that the daemon is
// healthy, which means more than that its loop turns: a daemon that could consume and does not is
// restarted. The order of calls: create -> ready -> any of reloading/ready,
// status -> draining -> close. Thread: the loop's.
#pragma once

#include "base/check.h"
#include "base/log.h"
#include "base/loop.h"

#include <stdbool.h>
#include <stdint.h>

struct notify;

// The service manager waits this much longer after each message of a drain; a message comes at half
// of it.
enum { NOTIFY_EXTEND_MS = 10000 };

struct notify_config {
    // Whether a restart would not help: it consumes, or what keeps it from that lies elsewhere. Asked at
    // half of WatchdogSec.
    bool (*is_healthy)(void *owner);
    void *owner;
    struct log *log; // borrowed; "watchdog.withheld", "watchdog.fed", "notify.failed"
};

struct notify *notify_create(uv_loop_t *loop, const struct notify_config *config);
// Stops the timers; on_closed(owner) in a later turn, and the object is gone.
void notify_close(struct notify *notify, loop_closed_cb on_closed, void *owner);

// READY=1: requests can be consumed, or a reload is over. The first one starts the watchdog.
void notify_ready(struct notify *notify);
// RELOADING=1 with MONOTONIC_USEC, which Type=notify-reload wants; notify_ready ends it.
void notify_reloading(struct notify *notify);
// STOPPING=1, and EXTEND_TIMEOUT_USEC from now on until `drain_ms` have passed.
void notify_draining(struct notify *notify, int64_t drain_ms);

// One line for `systemctl status`.
void notify_status(struct notify *notify, const char *format, ...) PRINTF_LIKE(2, 3);
