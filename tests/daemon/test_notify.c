// SPDX-License-Identifier: MIT
//
// What systemd is told, seen from a socket in its place.
#include "base/buf.h"
#include "base/mem.h"
#include "loop_run.h"
#include "notify.h"
#include "sandbox.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { HEARD_BYTES = 64 * 1024 };

struct manager {
    uv_loop_t loop;
    int fd;
    int log_fd;
    struct log *log;
    struct notify *notify;
    bool is_healthy;
    unsigned asked;  // how often the predicate was
    unsigned wanted; // how often until the test goes on
    const char *awaited;
    char heard[HEARD_BYTES]; // all messages, each followed by '|'
};

static struct manager manager;

static bool is_healthy(void *owner)
{
    struct manager *m = owner;
    m->asked++;
    return m->is_healthy;
}

static void listen_as_manager(const char *folder)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/notify.sock", folder);
    manager.fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    cr_assert_geq(manager.fd, 0);
    cr_assert_eq(bind(manager.fd, (const struct sockaddr *)&address, sizeof(address)), 0);
    cr_assert_eq(setenv("NOTIFY_SOCKET", address.sun_path, 1), 0);
}

static void set_watchdog(int64_t usec)
{
    char text[32];
    (void)snprintf(text, sizeof(text), "%" PRId64, usec);
    cr_assert_eq(setenv("WATCHDOG_USEC", text, 1), 0);
    (void)snprintf(text, sizeof(text), "%ld", (long)getpid());
    cr_assert_eq(setenv("WATCHDOG_PID", text, 1), 0);
}

static void start(void)
{
    char *path = sandbox_write("log", "", 0);
    FILE *file = fopen(path, "r+e");
    cr_assert_not_null(file);
    manager.log_fd = dup(fileno(file));
    (void)fclose(file);
    mem_free(&path);
    manager.log = log_create(manager.log_fd, LOG_FORMAT_JSON, LOG_INFO);
    manager.is_healthy = true;
    cr_assert_eq(uv_loop_init(&manager.loop), 0);
    manager.notify = notify_create(
        &manager.loop,
        &(struct notify_config){.is_healthy = is_healthy, .owner = &manager, .log = manager.log});
}

static void hear(void)
{
    size_t len = strlen(manager.heard);
    ssize_t got;
    while ((got = recv(manager.fd, manager.heard + len, HEARD_BYTES - len - 2, 0)) > 0) {
        len += (size_t)got;
        manager.heard[len++] = '|';
        manager.heard[len] = '\0';
    }
}

static bool has_heard(void *context)
{
    (void)context;
    hear();
    return strstr(manager.heard, manager.awaited) != NULL;
}

static void await(const char *message)
{
    manager.awaited = message;
    cr_assert(loop_run_until(&manager.loop, has_heard, NULL), "\"%s\" was not sent, but: %s",
              message, manager.heard);
}

static bool was_asked(void *context)
{
    (void)context;
    return manager.asked >= manager.wanted;
}

static const char *read_log(char *out, size_t size)
{
    ssize_t got = pread(manager.log_fd, out, size - 1, 0);
    out[got > 0 ? got : 0] = '\0';
    return out;
}

static bool closed;

static void on_closed(void *owner)
{
    *(bool *)owner = true;
}

static void finish(void)
{
    notify_close(manager.notify, on_closed, &closed);
    cr_expect(loop_run_close(&manager.loop));
    cr_expect(closed);
    log_destroy(&manager.log);
    (void)close(manager.log_fd);
    (void)close(manager.fd);
    sandbox_remove();
}

Test(notify, says_ready_status_reloading_and_stopping)
{
    listen_as_manager(sandbox_make());
    start();
    notify_ready(manager.notify);
    notify_status(manager.notify, "%d jobs running\nREADY=0", 3);
    notify_reloading(manager.notify);
    notify_ready(manager.notify);
    hear();
    static const char BEFORE[] = "READY=1|STATUS=3 jobs running|RELOADING=1\nMONOTONIC_USEC=";
    cr_assert(strncmp(manager.heard, BEFORE, strlen(BEFORE)) == 0, "%s", manager.heard);
    char *end;
    cr_expect_gt(strtoll(manager.heard + strlen(BEFORE), &end, 10), 0);
    cr_expect_str_eq(end, "|READY=1|");
    notify_draining(manager.notify, 60000);
    await("STOPPING=1|EXTEND_TIMEOUT_USEC=10000000|");
    cr_expect_null(strstr(manager.heard, "WATCHDOG"), "no watchdog was asked for");
    finish();
}

Test(notify, a_drain_that_is_over_extends_nothing)
{
    listen_as_manager(sandbox_make());
    start();
    notify_draining(manager.notify, 0);
    manager.awaited = "EXTEND";
    cr_expect_not(loop_run_until_in(&manager.loop, has_heard, NULL, 50));
    cr_expect_str_eq(manager.heard, "STOPPING=1|");
    finish();
}

Test(notify, feeds_the_watchdog_while_healthy_only)
{
    listen_as_manager(sandbox_make());
    set_watchdog(10000);
    start();
    manager.wanted = 2;
    cr_expect_not(loop_run_until_in(&manager.loop, was_asked, NULL, 50), "fed before ready");
    notify_ready(manager.notify);
    await("READY=1|WATCHDOG=1|WATCHDOG=1|WATCHDOG=1|");

    manager.is_healthy = false;
    hear();
    manager.heard[0] = '\0';
    manager.wanted = manager.asked + 5;
    cr_assert(loop_run_until(&manager.loop, was_asked, NULL), "the predicate is asked no more");
    hear();
    cr_expect_str_eq(manager.heard, "", "fed while not healthy");

    manager.is_healthy = true;
    await("WATCHDOG=1|");
    char text[1024];
    const char *withheld = strstr(read_log(text, sizeof(text)), "watchdog.withheld");
    cr_assert_not_null(withheld, "%s", text);
    cr_expect_null(strstr(withheld + 1, "watchdog.withheld"), "logged at each turn");
    cr_expect_not_null(strstr(text, "\"watchdog.fed\",\"period_ms\":5"), "%s", text);
    finish();
}

Test(notify, the_watchdog_of_another_process_is_not_fed)
{
    listen_as_manager(sandbox_make());
    set_watchdog(10000);
    cr_assert_eq(setenv("WATCHDOG_PID", "1", 1), 0);
    start();
    notify_ready(manager.notify);
    manager.wanted = 1;
    cr_expect_not(loop_run_until_in(&manager.loop, was_asked, NULL, 50));
    finish();
}

Test(notify, without_a_manager_nothing_happens)
{
    (void)sandbox_make();
    manager.fd = -1;
    cr_assert_eq(unsetenv("NOTIFY_SOCKET"), 0);
    start();
    notify_ready(manager.notify);
    notify_draining(manager.notify, 1000);
    char text[64];
    cr_expect_str_eq(read_log(text, sizeof(text)), "");
    finish();
}

Test(notify, a_manager_that_is_gone_is_logged_once)
{
    (void)sandbox_make();
    manager.fd = -1;
    cr_assert_eq(setenv("NOTIFY_SOCKET", "/nowhere/notify.sock", 1), 0);
    start();
    notify_ready(manager.notify);
    notify_ready(manager.notify);
    char text[1024];
    const char *failed = strstr(read_log(text, sizeof(text)), "notify.failed");
    cr_assert_not_null(failed);
    cr_expect_null(strstr(failed + 1, "notify.failed"));
    finish();
}
