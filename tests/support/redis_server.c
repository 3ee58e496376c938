// SPDX-License-Identifier: MIT
#include "redis_server.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    START_LIMIT_MS = 20000, // until the server answers
    END_LIMIT_MS = 20000,   // until it is gone after SIGTERM
    REPLY_LIMIT_MS = 20000, // until a command is answered
    POLL_MS = 2,            // between two looks
    PORT_FIRST = 20000,     // below the ephemeral range (32768 on), which clients take ports from
    PORT_COUNT = 12000,
    ARGUMENTS_MAX = 64,
    REPLY_BYTES = 1024 * 1024,
};

struct redis_server {
    pid_t pid; // 0: not running
    bool is_frozen;
    bool append_only;
    uint16_t port;        // 0: Unix socket only
    const char *tls_cert; // NULL: the port is plain
    const char *tls_key;
    char folder[64];
    char unix_path[96];
    const char *const *arguments;
    const char *sentinel; // lines of its settings, NULL for a server that holds data
    size_t reply_len;
    char reply[REPLY_BYTES];
};

static _Noreturn void give_up(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void give_up(const char *format, ...)
{
    va_list values;
    va_start(values, format);
    (void)fputs("redis_server: ", stderr);
    (void)vfprintf(stderr, format, values);
    (void)fputc('\n', stderr);
    va_end(values);
    abort();
}

static int64_t now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static uint16_t find_free_port(void)
{
    unsigned offset = (unsigned)getpid() * 37 + (unsigned)now_ms();
    for (unsigned i = 0; i < PORT_COUNT; i++) {
        uint16_t port = (uint16_t)(PORT_FIRST + (offset + i) % PORT_COUNT);
        struct sockaddr_in address = {.sin_family = AF_INET,
                                      .sin_port = htons(port),
                                      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        int status = bind(probe, (const struct sockaddr *)&address, sizeof(address));
        (void)close(probe);
        if (status == 0) {
            return port;
        }
    }
    give_up("no free port");
}

static const char SENTINEL_FILE[] = "sentinel.conf";

// A Sentinel keeps what it learns in its settings, so they are written once only.
static void write_sentinel_settings(const struct redis_server *server)
{
    char path[128];
    (void)snprintf(path, sizeof(path), "%s/%s", server->folder, SENTINEL_FILE);
    FILE *file = fopen(path, "wxe");
    if (file == NULL) {
        give_up("%s: %s", path, strerror(errno));
    }
    (void)fprintf(file, "port %u\nbind 127.0.0.1\nunixsocket %s\ndir %s\n%s",
                  (unsigned)server->port, server->unix_path, server->folder, server->sentinel);
    (void)fclose(file);
}

static const char *program(void)
{
    const char *named = getenv("PACKREPORT_REDIS_SERVER");
    return named == NULL ? "redis-server" : named;
}

// Runs in the child.
static _Noreturn void execute_server(const struct redis_server *server, pid_t parent)
{
    // No server outlives a test that crashed.
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) {
        _exit(1);
    }
    int log = open("server.log", O_WRONLY | O_CREAT | O_APPEND, 0600);
    (void)dup2(log, STDOUT_FILENO);
    (void)dup2(log, STDERR_FILENO);
    if (server->sentinel != NULL) {
        (void)execlp(program(), program(), SENTINEL_FILE, "--sentinel", (char *)NULL);
        _exit(127);
    }
    char port[8];
    (void)snprintf(port, sizeof(port), "%u", (unsigned)server->port);
    bool tls = server->tls_cert != NULL;
    const char *always[] = {program(),
                            "--unixsocket",
                            server->unix_path,
                            "--port",
                            tls ? "0" : port,
                            "--bind",
                            "127.0.0.1",
                            "--save",
                            "",
                            "--appendonly",
                            server->append_only ? "yes" : "no",
                            "--appendfsync",
                            "always"};
    char *arguments[ARGUMENTS_MAX] = {NULL};
    size_t count = 0;
    for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++) {
        arguments[count++] = (char *)always[i];
    }
    const char *for_tls[] = {"--tls-port",         port,
                             "--tls-cert-file",    server->tls_cert,
                             "--tls-key-file",     server->tls_key,
                             "--tls-auth-clients", "no"};
    for (size_t i = 0; tls && i < sizeof(for_tls) / sizeof(for_tls[0]); i++) {
        arguments[count++] = (char *)for_tls[i];
    }
    for (size_t i = 0; server->arguments != NULL && server->arguments[i] != NULL; i++) {
        if (count + 1 == ARGUMENTS_MAX) {
            _exit(2);
        }
        arguments[count++] = (char *)server->arguments[i];
    }
    (void)execvp(program(), arguments);
    _exit(127);
}

static void spawn_server(struct redis_server *server)
{
    pid_t parent = getpid();
    server->pid = fork();
    if (server->pid < 0) {
        give_up("fork: %s", strerror(errno));
    }
    if (server->pid == 0) {
        if (chdir(server->folder) != 0) {
            _exit(3);
        }
        execute_server(server, parent);
    }
}

static int connect_to(const struct redis_server *server)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, server->unix_path, strlen(server->unix_path) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        give_up("socket: %s", strerror(errno));
    }
    if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

// False when the server closed the connection, or the reply is too long.
static bool read_some(struct redis_server *server, int fd, int64_t deadline_ms)
{
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    int64_t left_ms = deadline_ms - now_ms();
    if (left_ms <= 0 || poll(&wait, 1, (int)left_ms) <= 0) {
        give_up("no reply within %d ms", REPLY_LIMIT_MS);
    }
    ssize_t count =
        read(fd, server->reply + server->reply_len, sizeof(server->reply) - 1 - server->reply_len);
    if (count <= 0) {
        return false;
    }
    server->reply_len += (size_t)count;
    server->reply[server->reply_len] = '\0';
    return true;
}

// NULL when it ended early.
static const char *read_reply(struct redis_server *server, int fd)
{
    int64_t deadline_ms = now_ms() + REPLY_LIMIT_MS;
    server->reply_len = 0;
    server->reply[0] = '\0';
    char *line_end;
    while ((line_end = strstr(server->reply, "\r\n")) == NULL) {
        if (!read_some(server, fd, deadline_ms)) {
            return NULL;
        }
    }
    *line_end = '\0';
    if (server->reply[0] != '$' || server->reply[1] == '-') {
        return server->reply;
    }
    size_t len = strtoul(server->reply + 1, NULL, 10);
    char *bytes = line_end + 2;
    while ((size_t)(server->reply + server->reply_len - bytes) < len + 2) {
        if (!read_some(server, fd, deadline_ms)) {
            return NULL;
        }
    }
    memmove(server->reply + 1, bytes, len);
    server->reply[1 + len] = '\0';
    return server->reply;
}

static const char *exchange(struct redis_server *server, int fd, const char *line)
{
    char text[4096];
    int len = snprintf(text, sizeof(text), "%s\r\n", line);
    if (len >= (int)sizeof(text)) {
        give_up("command too long: %s", line);
    }
    // A server that closed already may have said why before; then there is something to read.
    (void)send(fd, text, (size_t)len, MSG_NOSIGNAL);
    const char *reply = read_reply(server, fd);
    (void)close(fd);
    return reply;
}

const char *redis_server_command(struct redis_server *server, const char *line)
{
    int fd = connect_to(server);
    if (fd < 0) {
        give_up("connect: %s", strerror(errno));
    }
    const char *reply = exchange(server, fd, line);
    if (reply == NULL) {
        give_up("%s: the reply ended early, or is longer than %d bytes", line, REPLY_BYTES);
    }
    return reply;
}

static bool has_ended(const struct redis_server *server)
{
    int status;
    return waitpid(server->pid, &status, WNOHANG) == server->pid;
}

static void give_up_with_log(const struct redis_server *server, const char *what)
{
    char path[128];
    char line[512];
    (void)snprintf(path, sizeof(path), "%s/server.log", server->folder);
    FILE *log = fopen(path, "re");
    while (log != NULL && fgets(line, sizeof(line), log) != NULL) {
        (void)fputs(line, stderr);
    }
    give_up("%s", what);
}

static bool answers(struct redis_server *server)
{
    int fd = connect_to(server);
    const char *reply = fd < 0 ? NULL : exchange(server, fd, "PING");
    // "-NOAUTH" and "-NOPERM" are answers, too; "-LOADING" says: soon.
    return reply != NULL && strncmp(reply, "-LOADING", 8) != 0;
}

static void wait_until_it_answers(struct redis_server *server)
{
    int64_t deadline_ms = now_ms() + START_LIMIT_MS;
    while (!answers(server)) {
        if (has_ended(server)) {
            give_up_with_log(server, "redis-server ended at its start (is it installed?)");
        }
        if (now_ms() > deadline_ms) {
            give_up_with_log(server, "redis-server does not answer");
        }
        (void)poll(NULL, 0, POLL_MS);
    }
}

void redis_server_launch(struct redis_server *server)
{
    if (server->pid != 0) {
        give_up("already running");
    }
    // A killed server leaves its socket behind; it must not look like the new one's.
    (void)unlink(server->unix_path);
    spawn_server(server);
    wait_until_it_answers(server);
}

struct redis_server *redis_server_start(const struct redis_server_options *options)
{
    struct redis_server *server = calloc(1, sizeof(*server));
    if (server == NULL) {
        give_up("out of memory");
    }
    if (options != NULL) {
        server->append_only = options->append_only;
        server->arguments = options->arguments;
        server->sentinel = options->sentinel;
        server->tls_cert = options->tls_cert;
        server->tls_key = options->tls_key;
        bool has_port = options->tcp || options->sentinel != NULL || options->tls_cert != NULL;
        server->port = has_port ? find_free_port() : 0;
    }
    // Not below TMPDIR: the path of a Unix socket has at most 107 bytes (unix(7)).
    memcpy(server->folder, "/tmp/packreport-redis-XXXXXX", sizeof("/tmp/packreport-redis-XXXXXX"));
    if (mkdtemp(server->folder) == NULL) {
        give_up("mkdtemp: %s", strerror(errno));
    }
    (void)snprintf(server->unix_path, sizeof(server->unix_path), "%s/redis.sock", server->folder);
    if (server->sentinel != NULL) {
        write_sentinel_settings(server);
    }
    redis_server_launch(server);
    return server;
}

// SIGKILL ends a stopped process, too.
void redis_server_kill(struct redis_server *server)
{
    if (server->pid != 0) {
        (void)kill(server->pid, SIGKILL);
        (void)waitpid(server->pid, NULL, 0);
        server->pid = 0;
        server->is_frozen = false;
    }
}

void redis_server_shut_down(struct redis_server *server)
{
    redis_server_thaw(server);
    (void)kill(server->pid, SIGTERM);
    int64_t deadline_ms = now_ms() + END_LIMIT_MS;
    while (!has_ended(server)) {
        if (now_ms() > deadline_ms) {
            give_up("redis-server does not end");
        }
        (void)poll(NULL, 0, POLL_MS);
    }
    server->pid = 0;
}

void redis_server_restart(struct redis_server *server)
{
    redis_server_shut_down(server);
    redis_server_launch(server);
}

void redis_server_freeze(struct redis_server *server)
{
    (void)kill(server->pid, SIGSTOP);
    // Only when the state has changed is the server silent for sure.
    (void)waitpid(server->pid, NULL, WUNTRACED);
    server->is_frozen = true;
}

void redis_server_thaw(struct redis_server *server)
{
    if (server->is_frozen) {
        (void)kill(server->pid, SIGCONT);
        server->is_frozen = false;
    }
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
    (void)status;
    (void)kind;
    (void)walk;
    return remove(path);
}

void redis_server_stop(struct redis_server **server)
{
    if (*server == NULL) {
        return;
    }
    redis_server_kill(*server);
    (void)nftw((*server)->folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    free(*server);
    *server = NULL;
}

const char *redis_server_unix_path(const struct redis_server *server)
{
    return server->unix_path;
}

uint16_t redis_server_port(const struct redis_server *server)
{
    return server->port;
}

const char *redis_server_folder(const struct redis_server *server)
{
    return server->folder;
}

pid_t redis_server_pid(const struct redis_server *server)
{
    return server->pid;
}
