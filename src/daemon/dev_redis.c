// SPDX-License-Identifier: MIT
#include "dev_redis.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "settings/redis_address.h"
#include "settings/settings.h"
#include "state_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    POLL_MS = 2,          // between two looks whether it answers: start-up is meant to be quick
    ANSWER_MS = 1000,     // for the answer to one PING
    LOG_TAIL_BYTES = 512, // of the log, for the message when it ends at once
};

struct dev_redis {
    char *folder; // the state folder
    char *socket;
    char *log;
    int lock_fd;
    pid_t pid;
    int pid_fd; // readable when the child has ended; -1 once it was waited for

    uv_poll_t watch;
    dev_redis_died_cb on_died;
    void *owner;
    loop_closed_cb on_unwatched;
    void *unwatched_owner;
};

// ---- the child

// Everything between fork and exec is async-signal-safe: the parent may have threads.
_Noreturn static void run_child(const struct dev_redis *redis, const char *const *arguments,
                                pid_t parent, int error_fd)
{
    sigset_t none;
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)setsid();
    (void)umask(077);
    // SIGKILL: certain, and what was acknowledged is in the append-only file already.
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) {
        _exit(1); // the parent died before prctl
    }
    int null_fd = open("/dev/null", O_RDONLY);
    int log_fd = open(redis->log, O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (null_fd < 0 || log_fd < 0) {
        _exit(1);
    }
    (void)dup2(null_fd, STDIN_FILENO);
    (void)dup2(log_fd, STDOUT_FILENO); // what it says before it opens its log itself
    (void)dup2(log_fd, STDERR_FILENO);
    (void)fcntl(redis->lock_fd, F_SETFD, 0); // the lock is held until the child is gone, too
    // execvp takes char *const[] for historical reasons and changes nothing.
    (void)execvp(arguments[0], (char *const *)(uintptr_t)arguments);
    int problem = errno;
    ssize_t wrote = write(error_fd, &problem, sizeof(problem));
    (void)wrote;
    _exit(127);
}

static pid_t fork_child(const struct dev_redis *redis, const char *program, int error_fd)
{
    char *data = file_join(redis->folder, DEV_REDIS_FOLDER);
    const char *const arguments[] = {program,
                                     "--port",
                                     "0",
                                     "--unixsocket",
                                     redis->socket,
                                     "--unixsocketperm",
                                     "700",
                                     "--dir",
                                     data,
                                     "--appendonly",
                                     "yes",
                                     "--save",
                                     "",
                                     "--maxmemory-policy",
                                     "noeviction",
                                     "--daemonize",
                                     "no",
                                     "--supervised",
                                     "no",
                                     "--logfile",
                                     redis->log,
                                     NULL};
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid == 0) {
        run_child(redis, arguments, parent, error_fd);
    }
    mem_free(&data);
    return pid;
}

// The pipe closes with exec, or brings the reason why there was none.
static enum err_kind check_exec(int read_fd, const char *program, struct err *err)
{
    int problem = 0;
    ssize_t got;
    do {
        got = read(read_fd, &problem, sizeof(problem));
    } while (got < 0 && errno == EINTR);
    if (got != (ssize_t)sizeof(problem)) {
        return ERR_OK;
    }
    if (problem == ENOENT) {
        return err_set(err, ERR_CONFIG,
                       "%s is not installed, and --dev needs it: install the package redis-server",
                       program);
    }
    return err_set_errno(err, ERR_CONFIG, problem, "%s", program);
}

static enum err_kind launch(struct dev_redis *redis, const char *program, struct err *err)
{
    int pipe_fds[2];
    if (pipe2(pipe_fds, O_CLOEXEC) != 0) {
        return err_set_errno(err, ERR_IO, errno, "pipe");
    }
    redis->pid = fork_child(redis, program, pipe_fds[1]);
    int fork_errno = errno;
    (void)close(pipe_fds[1]);
    enum err_kind kind = ERR_OK;
    if (redis->pid < 0) {
        kind = err_set_errno(err, ERR_IO, fork_errno, "fork");
    } else {
        redis->pid_fd = pidfd_open(redis->pid, 0);
        kind = redis->pid_fd < 0 ? err_set_errno(err, ERR_IO, errno, "pidfd_open")
                                 : check_exec(pipe_fds[0], program, err);
    }
    (void)close(pipe_fds[0]);
    return kind;
}

// Whether it ends within the time. A signal does not cut the wait short.
static bool wait_for_end(const struct dev_redis *redis, int64_t timeout_ms)
{
    struct pollfd ended = {.fd = redis->pid_fd, .events = POLLIN};
    int64_t deadline_ms = clock_monotonic_ms() + timeout_ms;
    int got;
    do {
        int64_t left_ms = deadline_ms - clock_monotonic_ms();
        got = poll(&ended, 1, left_ms > 0 ? (int)left_ms : 0);
    } while (got < 0 && errno == EINTR);
    return got == 1;
}

// Waits for a child that has ended, or ends very soon. The status as waitpid(2) has it.
static int reap(struct dev_redis *redis)
{
    int status = 0;
    while (waitpid(redis->pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (redis->pid_fd >= 0) {
        (void)close(redis->pid_fd);
    }
    redis->pid_fd = -1;
    redis->pid = 0;
    return status;
}

// ---- start

// The last line of the log, "" when there is none.
static void read_last_line(const char *log, char line[LOG_TAIL_BYTES + 1])
{
    line[0] = '\0';
    int fd = open(log, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return;
    }
    off_t size = lseek(fd, 0, SEEK_END);
    off_t from = size > LOG_TAIL_BYTES ? size - LOG_TAIL_BYTES : 0;
    ssize_t got = pread(fd, line, LOG_TAIL_BYTES, from);
    (void)close(fd);
    size_t len = got > 0 ? (size_t)got : 0;
    while (len > 0 && (line[len - 1] == '\n' || line[len - 1] == '\r')) {
        len--;
    }
    line[len] = '\0';
    char *start = strrchr(line, '\n');
    if (start != NULL) {
        memmove(line, start + 1, strlen(start + 1) + 1);
    }
}

static enum err_kind explain_end(const struct dev_redis *redis, int status, struct err *err)
{
    char line[LOG_TAIL_BYTES + 1];
    read_last_line(redis->log, line);
    const char *how = WIFSIGNALED(status) ? "was killed by signal" : "ended with status";
    int number = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
    return err_set(err, ERR_UNAVAILABLE, "the private redis-server %s %d: %s (%s)", how, number,
                   line, redis->log);
}

// One PING over a connection of its own. True for +PONG; while it reads its data it says -LOADING.
static bool answers(const char *socket_path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)text_copy(address.sun_path, sizeof(address.sun_path), socket_path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return false;
    }
    char reply[16] = "";
    bool connected = connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0;
    if (connected && send(fd, "PING\r\n", strlen("PING\r\n"), MSG_NOSIGNAL) > 0) {
        struct pollfd readable = {.fd = fd, .events = POLLIN};
        (void)poll(&readable, 1, ANSWER_MS);
        (void)recv(fd, reply, sizeof(reply) - 1, MSG_DONTWAIT);
    }
    (void)close(fd);
    return text_starts_with(reply, "+PONG");
}

static enum err_kind wait_until_it_answers(struct dev_redis *redis, struct err *err)
{
    int64_t deadline_ms = clock_monotonic_ms() + DEV_REDIS_START_MS;
    while (!answers(redis->socket)) {
        if (wait_for_end(redis, POLL_MS)) {
            return explain_end(redis, reap(redis), err);
        }
        if (clock_monotonic_ms() >= deadline_ms) {
            return err_set(err, ERR_TIMEOUT, "the private redis-server did not answer in %d s (%s)",
                           DEV_REDIS_START_MS / 1000, redis->log);
        }
    }
    return ERR_OK;
}

// The socket where those who look for this server will look.
static enum err_kind find_socket(struct dev_redis *redis, struct err *err)
{
    char *text;
    struct redis_address address;
    if (settings_dev_redis_address(redis->folder, &text, err) != ERR_OK) {
        return err->kind;
    }
    enum err_kind kind = redis_address_parse(text, &address, err);
    mem_free(&text);
    if (kind == ERR_OK) {
        redis->socket = mem_text(address.unix_path);
    }
    return kind;
}

static enum err_kind prepare(struct dev_redis *redis, struct err *err)
{
    if (find_socket(redis, err) != ERR_OK) {
        return err->kind;
    }
    char *data = file_join(redis->folder, DEV_REDIS_FOLDER);
    enum err_kind kind = file_make_folders(redis->folder, 0750, err);
    kind = kind == ERR_OK ? file_make_folders(data, 0700, err) : kind;
    mem_free(&data);
    if (kind != ERR_OK) {
        return kind;
    }
    if (state_lock_take(redis->folder, &redis->lock_fd, err) != ERR_OK) {
        return err->kind;
    }
    // The socket of a server that was killed: a connection to it would only be refused, but whoever
    // waits for the file to appear would be misled.
    return file_remove_tree(redis->socket, err);
}

enum err_kind dev_redis_start(const char *program, const char *state_folder,
                              struct dev_redis **redis_out, struct err *err)
{
    REQUIRE(state_folder[0] == '/'); // redis-server changes its folder before it binds the socket
    struct dev_redis *redis = mem_alloc(1, sizeof(*redis));
    *redis = (struct dev_redis){.folder = mem_text(state_folder), .lock_fd = -1, .pid_fd = -1};
    redis->log = file_join(state_folder, DEV_REDIS_LOG);
    if (prepare(redis, err) != ERR_OK || launch(redis, program, err) != ERR_OK ||
        wait_until_it_answers(redis, err) != ERR_OK) {
        dev_redis_stop(&redis);
        return err->kind;
    }
    *redis_out = redis;
    return ERR_OK;
}

void dev_redis_stop(struct dev_redis **redis_pointer)
{
    struct dev_redis *redis = *redis_pointer;
    if (redis == NULL) {
        return;
    }
    REQUIRE(redis->on_died == NULL); // unwatched
    if (redis->pid > 0) {
        (void)kill(redis->pid, SIGTERM);
        if (redis->pid_fd < 0 || !wait_for_end(redis, DEV_REDIS_STOP_MS)) {
            (void)kill(redis->pid, SIGKILL);
        }
        (void)reap(redis);
    }
    state_lock_release(&redis->lock_fd);
    mem_free(&redis->folder);
    mem_free(&redis->socket);
    mem_free(&redis->log);
    mem_free(redis_pointer);
}

// ---- watch

static void on_ended(uv_poll_t *watch, int status, int events)
{
    (void)status;
    (void)events;
    struct dev_redis *redis = container_of(watch, struct dev_redis, watch);
    (void)uv_poll_stop(watch);
    // The descriptor is closed by reap while the poll is stopped, never while it is active.
    struct err err = ERR_INIT;
    (void)explain_end(redis, reap(redis), &err);
    redis->on_died(redis->owner, &err);
}

void dev_redis_watch(struct dev_redis *redis, uv_loop_t *loop, dev_redis_died_cb on_died,
                     void *owner)
{
    REQUIRE(redis->on_died == NULL && redis->pid_fd >= 0);
    redis->on_died = on_died;
    redis->owner = owner;
    int status = uv_poll_init(loop, &redis->watch, redis->pid_fd);
    ENSURE(status == 0);
    status = uv_poll_start(&redis->watch, UV_READABLE, on_ended);
    ENSURE(status == 0);
}

static void on_watch_closed(uv_handle_t *handle)
{
    struct dev_redis *redis = container_of((uv_poll_t *)handle, struct dev_redis, watch);
    redis->on_died = NULL;
    redis->on_unwatched(redis->unwatched_owner);
}

void dev_redis_unwatch(struct dev_redis *redis, loop_closed_cb on_closed, void *owner)
{
    REQUIRE(redis->on_died != NULL && !uv_is_closing((uv_handle_t *)&redis->watch));
    redis->on_unwatched = on_closed;
    redis->unwatched_owner = owner;
    uv_close((uv_handle_t *)&redis->watch, on_watch_closed);
}

const char *dev_redis_socket(const struct dev_redis *redis)
{
    return redis->socket;
}

pid_t dev_redis_pid(const struct dev_redis *redis)
{
    return redis->pid;
}
