// SPDX-License-Identifier: MIT
//
// The private redis-server of --dev, a real one.
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "dev_redis.h"
#include "loop_run.h"
#include "sandbox.h"
#include "state_lock.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LIMIT_MS = 20000 };

static struct dev_redis *start_in(const char *folder)
{
    struct dev_redis *redis = NULL;
    struct err err = ERR_INIT;
    cr_assert_eq(dev_redis_start("redis-server", folder, &redis, &err), ERR_OK, "%s", err.message);
    return redis;
}

// Sends one command and returns the first part of the reply.
static void ask(const char *socket_path, const char *command, char *reply, size_t size)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", socket_path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(connect(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
    cr_assert_eq(send(fd, command, strlen(command), MSG_NOSIGNAL), (ssize_t)strlen(command));
    ssize_t got = recv(fd, reply, size - 1, 0);
    reply[got > 0 ? got : 0] = '\0';
    (void)close(fd);
}

static bool is_gone_within(int pid_fd, int limit_ms)
{
    struct pollfd ended = {.fd = pid_fd, .events = POLLIN};
    return poll(&ended, 1, limit_ms) == 1;
}

Test(dev_redis, answers_keeps_its_data_and_is_private)
{
    char *folder = file_join(sandbox_make(), "state with blanks");
    char reply[256];
    struct dev_redis *redis = start_in(folder);
    ask(dev_redis_socket(redis), "SET kept 1\r\n", reply, sizeof(reply));
    cr_expect_str_eq(reply, "+OK\r\n");
    ask(dev_redis_socket(redis), "CONFIG GET port\r\n", reply, sizeof(reply));
    cr_expect_str_eq(reply, "*2\r\n$4\r\nport\r\n$1\r\n0\r\n");
    ask(dev_redis_socket(redis), "CONFIG GET maxmemory-policy\r\n", reply, sizeof(reply));
    cr_expect_not_null(strstr(reply, "noeviction"));
    struct stat status;
    cr_assert_eq(stat(dev_redis_socket(redis), &status), 0);
    cr_expect_eq(status.st_mode & 077, 0, "others may connect");
    pid_t pid = dev_redis_pid(redis);
    cr_expect_eq(getsid(pid), pid, "the terminal's Ctrl-C reaches it");
    dev_redis_stop(&redis);
    cr_expect_null(redis);
    cr_expect_eq(kill(pid, 0), -1);
    cr_expect_eq(errno, ESRCH);

    redis = start_in(folder);
    ask(dev_redis_socket(redis), "GET kept\r\n", reply, sizeof(reply));
    cr_expect_str_eq(reply, "$1\r\n1\r\n");
    dev_redis_stop(&redis);
    mem_free(&folder);
    sandbox_remove();
}

// A process that starts the server, says its number, and waits to be killed.
_Noreturn static void run_daemon(const char *folder, int out_fd)
{
    struct dev_redis *redis = NULL;
    struct err err = ERR_INIT;
    pid_t pid =
        dev_redis_start("redis-server", folder, &redis, &err) == ERR_OK ? dev_redis_pid(redis) : 0;
    ssize_t wrote = write(out_fd, &pid, sizeof(pid));
    (void)wrote;
    for (;;) {
        (void)pause();
    }
}

Test(dev_redis, dies_with_a_daemon_that_is_killed)
{
    const char *folder = sandbox_make();
    int fds[2];
    cr_assert_eq(pipe(fds), 0);
    pid_t daemon = fork();
    if (daemon == 0) {
        run_daemon(folder, fds[1]);
    }
    pid_t server = 0;
    cr_assert_eq(read(fds[0], &server, sizeof(server)), (ssize_t)sizeof(server));
    cr_assert_gt(server, 0);
    int server_fd = pidfd_open(server, 0);
    cr_assert_geq(server_fd, 0);
    cr_assert_eq(kill(daemon, SIGKILL), 0);
    cr_expect(is_gone_within(server_fd, LIMIT_MS), "redis-server outlived its daemon");
    cr_expect_eq(waitpid(daemon, NULL, 0), daemon);

    // The next daemon finds the folder free at once.
    struct dev_redis *redis = start_in(folder);
    dev_redis_stop(&redis);
    (void)close(server_fd);
    (void)close(fds[0]);
    (void)close(fds[1]);
    sandbox_remove();
}

Test(dev_redis, a_second_daemon_on_the_same_folder_is_refused)
{
    const char *folder = sandbox_make();
    struct dev_redis *redis = start_in(folder);
    struct dev_redis *second = NULL;
    struct err err = ERR_INIT;
    cr_expect_eq(dev_redis_start("redis-server", folder, &second, &err), ERR_CONFLICT);
    char *expected = mem_format("%s: another packreportd uses this state folder (process %ld); end "
                                "it, or name another folder with --state-dir",
                                folder, (long)getpid());
    cr_expect_str_eq(err.message, expected);
    mem_free(&expected);
    cr_expect_null(second);
    dev_redis_stop(&redis);
    sandbox_remove();
}

// The lock lies on the server, too: while it lives, nobody starts another on its files.
Test(dev_redis, the_server_holds_the_lock_when_the_daemon_does_not)
{
    const char *folder = sandbox_make();
    struct dev_redis *redis = start_in(folder);
    char *path = file_join(folder, STATE_LOCK_FILE);
    char links[64];
    (void)snprintf(links, sizeof(links), "/proc/%ld/fd", (long)dev_redis_pid(redis));
    struct file_names names;
    struct err err = ERR_INIT;
    cr_assert_eq(file_list(links, 1000, &names, &err), ERR_OK);
    bool is_held = false;
    for (size_t i = 0; i < names.count; i++) {
        char *link = file_join(links, names.names[i]);
        char target[256] = "";
        ssize_t len = readlink(link, target, sizeof(target) - 1);
        is_held = is_held || (len > 0 && strcmp(target, path) == 0);
        mem_free(&link);
    }
    cr_expect(is_held);
    file_names_deinit(&names);
    mem_free(&path);
    dev_redis_stop(&redis);
    sandbox_remove();
}

Test(dev_redis, a_program_that_is_not_there_is_named)
{
    struct dev_redis *redis = NULL;
    struct err err = ERR_INIT;
    cr_expect_eq(dev_redis_start("no-such-redis-server", sandbox_make(), &redis, &err), ERR_CONFIG);
    cr_expect_str_eq(err.message, "no-such-redis-server is not installed, and --dev needs it: "
                                  "install the package redis-server");
    cr_expect_null(redis);
    sandbox_remove();
}

Test(dev_redis, a_server_that_ends_at_once_is_explained)
{
    const char *folder = sandbox_make();
    char *program = sandbox_write("server", "#!/bin/sh\necho first\necho out of order\nexit 3\n",
                                  strlen("#!/bin/sh\necho first\necho out of order\nexit 3\n"));
    cr_assert_eq(chmod(program, 0700), 0);
    struct dev_redis *redis = NULL;
    struct err err = ERR_INIT;
    cr_expect_eq(dev_redis_start(program, folder, &redis, &err), ERR_UNAVAILABLE);
    char *expected = mem_format("the private redis-server ended with status 3: out of order "
                                "(%s/" DEV_REDIS_LOG ")",
                                folder);
    cr_expect_str_eq(err.message, expected);
    mem_free(&expected);
    mem_free(&program);
    sandbox_remove();
}

struct watcher {
    bool died;
    bool closed;
    struct err err;
};

static void on_died(void *owner, const struct err *err)
{
    struct watcher *watcher = owner;
    cr_expect_not(watcher->died, "told twice");
    watcher->died = true;
    watcher->err = *err;
}

static void on_unwatched(void *owner)
{
    ((struct watcher *)owner)->closed = true;
}

static bool has_died(void *context)
{
    return ((struct watcher *)context)->died;
}

Test(dev_redis, an_unexpected_death_is_told)
{
    uv_loop_t loop;
    cr_assert_eq(uv_loop_init(&loop), 0);
    struct dev_redis *redis = start_in(sandbox_make());
    struct watcher watcher = {.err = ERR_INIT};
    dev_redis_watch(redis, &loop, on_died, &watcher);
    cr_assert_eq(kill(dev_redis_pid(redis), SIGKILL), 0);
    cr_assert(loop_run_until(&loop, has_died, &watcher));
    static const char BEGINNING[] = "the private redis-server was killed by signal 9: ";
    cr_expect(strncmp(watcher.err.message, BEGINNING, strlen(BEGINNING)) == 0, "%s",
              watcher.err.message);
    dev_redis_unwatch(redis, on_unwatched, &watcher);
    cr_expect(loop_run_close(&loop));
    cr_expect(watcher.closed);
    dev_redis_stop(&redis);
    sandbox_remove();
}

Test(dev_redis, an_end_in_order_tells_nothing)
{
    uv_loop_t loop;
    cr_assert_eq(uv_loop_init(&loop), 0);
    struct dev_redis *redis = start_in(sandbox_make());
    struct watcher watcher = {.err = ERR_INIT};
    dev_redis_watch(redis, &loop, on_died, &watcher);
    dev_redis_unwatch(redis, on_unwatched, &watcher);
    cr_expect(loop_run_close(&loop));
    dev_redis_stop(&redis);
    cr_expect_not(watcher.died);
    sandbox_remove();
}
