// SPDX-License-Identifier: MIT
//
// Keep-alive GETs from a server on this machine, one in flight on each connection.
#include "bare.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ANSWER_BYTES_MAX = 65536, SILENCE_MS = 5000 };

struct connection {
    int fd;               // -1: not open yet
    struct bare_job *job; // whose answer is awaited; NULL: none
    size_t have;          // bytes of the answer
    size_t need;          // all of them; 0 until the head has told
    size_t head;          // of the head
    char buf[ANSWER_BYTES_MAX];
};

static int open_connection(int port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int one = 1;
    const struct sockaddr_in address = {.sin_family = AF_INET,
                                        .sin_port = htons((uint16_t)port),
                                        .sin_addr = {htonl(INADDR_LOOPBACK)}};
    if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0) {
        bare_die("http connect");
    }
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    (void)fcntl(fd, F_SETFL, O_NONBLOCK);
    return fd;
}

static void ask(struct connection *connection, struct bare_job *job)
{
    int port = 80;
    int path_at = 0;
    char request[320];
    if (sscanf(job->url, "http://127.0.0.1:%d%n", &port, &path_at) < 1) {
        bare_die("url");
    }
    if (connection->fd < 0) {
        connection->fd = open_connection(port);
    }
    int len = snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n",
                       job->url + path_at, port);
    if (write(connection->fd, request, (size_t)len) != len) {
        bare_die("http write");
    }
    connection->job = job;
    connection->have = 0;
    connection->need = 0;
    connection->head = 0;
}

static void store(const struct connection *connection)
{
    char path[256];
    (void)snprintf(path, sizeof(path), "%s/%s", bare_setting("BENCH_OUT", "/nonexistent"),
                   connection->job->id);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    size_t len = connection->need - connection->head;
    if (fd < 0 || write(fd, connection->buf + connection->head, len) != (ssize_t)len) {
        bare_die("store");
    }
    (void)close(fd);
}

// False until the head is there.
static bool read_head(struct connection *connection)
{
    static const char LENGTH[] = "content-length:";
    connection->buf[connection->have] = '\0';
    const char *end = strstr(connection->buf, "\r\n\r\n");
    if (end == NULL) {
        return false;
    }
    if (strncmp(connection->buf, "HTTP/1.1 200", strlen("HTTP/1.1 200")) != 0) {
        bare_die("http status");
    }
    const char *length = strcasestr(connection->buf, LENGTH);
    if (length == NULL || length > end) {
        bare_die("no content-length");
    }
    connection->head = (size_t)(end + 4 - connection->buf);
    connection->need = connection->head + (size_t)atol(length + strlen(LENGTH));
    return true;
}

// True when the answer is complete, and stored.
static bool read_on(struct connection *connection)
{
    for (;;) {
        ssize_t got = read(connection->fd, connection->buf + connection->have,
                           sizeof(connection->buf) - 1 - connection->have);
        if (got < 0 && errno == EAGAIN) {
            return false;
        }
        if (got <= 0) {
            bare_die("http read");
        }
        connection->have += (size_t)got;
        bool has_head = connection->need > 0 || read_head(connection);
        if (has_head && connection->have >= connection->need) {
            store(connection);
            return true;
        }
    }
}

static struct connection *get_connections(int count)
{
    static struct connection *connections;
    if (connections == NULL) {
        connections = calloc((size_t)count, sizeof(*connections));
        if (connections == NULL) {
            bare_die("memory");
        }
        for (int i = 0; i < count; i++) {
            connections[i].fd = -1;
        }
    }
    return connections;
}

static int next_with_url(const struct bare_job *jobs, int count, int from)
{
    while (from < count && jobs[from].url[0] == '\0') {
        from++;
    }
    return from;
}

void bare_work(struct bare_job *jobs, int count, int connection_count)
{
    struct pollfd fds[BARE_CONNECTIONS_MAX];
    int next = next_with_url(jobs, count, 0);
    if (next == count) {
        return;
    }
    struct connection *connections = get_connections(connection_count);
    int left = 0; // answers to come
    for (int i = 0; i < connection_count; i++) {
        if (next < count) {
            ask(&connections[i], &jobs[next]);
            next = next_with_url(jobs, count, next + 1);
            left++;
        }
        bool is_asked = connections[i].job != NULL;
        fds[i] = (struct pollfd){.fd = is_asked ? connections[i].fd : -1, .events = POLLIN};
    }
    while (left > 0) {
        if (poll(fds, (nfds_t)connection_count, SILENCE_MS) <= 0) {
            bare_die("http poll");
        }
        for (int i = 0; i < connection_count; i++) {
            bool is_there = (fds[i].revents & (POLLIN | POLLHUP | POLLERR)) != 0;
            if (!is_there || !read_on(&connections[i])) {
                continue;
            }
            if (next < count) {
                ask(&connections[i], &jobs[next]);
                next = next_with_url(jobs, count, next + 1);
            } else {
                connections[i].job = NULL;
                fds[i].fd = -1;
                left--;
            }
        }
    }
}
