// SPDX-License-Identifier: MIT
//
// Sends requests that were made beforehand, over HTTP or to Redis, and says how long their answers took.
//
//   load --to HOST:PORT|/SOCKET --frames FILE [--connections C] [--depth D] [--count N] [--rate R]
//
// FILE is a list of frames: three little-endian uint32 (bytes, replies, operations), then the bytes. A frame is sent as a whole,
// at most D of them are without their replies on each of C connections; N frames in all, from the first again when there are
// fewer. Without a rate the next one goes when one is answered; with one frame n is due n/R seconds after the beginning, whatever
// the answers do, and its time counts from then. One line of JSON tells what came.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum {
    DEPTH_MAX = 256,
    IN_BYTES = 1 << 20,
    OUT_BYTES = 1 << 22,
    EVENTS = 256,
    BAD_SHOWN = 300,
    PATIENCE_S = 60
};
#define NS_PER_S 1e9

struct frame {
    const char *bytes;
    uint32_t len, replies, operations;
};

struct flight {
    const struct frame *frame;
    double due_ns;
    uint32_t replies_left;
};

struct connection {
    int fd;
    char *in, *out;
    size_t in_len, out_len, out_at;
    struct flight flights[DEPTH_MAX]; // a ring
    unsigned first, count;
    bool is_waiting_to_write;
};

static struct {
    const char *to, *frames;
    unsigned connections, depth;
    size_t count;
    double rate;
} options = {.connections = 1, .depth = 1};

static struct frame *frames;
static size_t frame_count;
static struct connection *connections;
static int poll_fd;
static size_t sent, answered, operations, bad, late_count;
static double begin_ns, *times_ms;
static char first_bad[BAD_SHOWN + 1];

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * NS_PER_S + (double)t.tv_nsec;
}

// ---- what is sent

static void read_frames(void)
{
    int fd = open(options.frames, O_RDONLY | O_CLOEXEC);
    struct stat status;
    if (fd < 0 || fstat(fd, &status) != 0)
        die(options.frames);
    char *bytes = malloc((size_t)status.st_size);
    size_t have = 0;
    for (ssize_t n; (n = read(fd, bytes + have, (size_t)status.st_size - have)) > 0;)
        have += (size_t)n;
    close(fd);
    for (size_t at = 0; at + 12 <= have; frame_count++) {
        uint32_t head[3];
        memcpy(head, bytes + at, sizeof(head));
        frames = realloc(frames, (frame_count + 1) * sizeof(*frames));
        frames[frame_count] = (struct frame){bytes + at + 12, head[0], head[1], head[2]};
        at += 12 + head[0];
    }
    if (frame_count == 0) {
        fprintf(stderr, "%s: no frames\n", options.frames);
        exit(1);
    }
    options.count = options.count == 0 ? frame_count : options.count;
    times_ms = malloc(options.count * sizeof(*times_ms));
}

static int connect_to(const char *to)
{
    int fd;
    if (to[0] == '/') {
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        snprintf(address.sun_path, sizeof(address.sun_path), "%s", to);
        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd < 0 || connect(fd, (void *)&address, sizeof(address)) != 0)
            die(to);
    } else {
        struct sockaddr_in address = {.sin_family = AF_INET};
        char host[64];
        unsigned port;
        if (sscanf(to, "%63[0-9.]:%u", host, &port) != 2 ||
            inet_pton(AF_INET, host, &address.sin_addr) != 1)
            die(to);
        address.sin_port = htons((uint16_t)port);
        fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        int one = 1;
        if (fd < 0 || connect(fd, (void *)&address, sizeof(address)) != 0)
            die(to);
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    }
    fcntl(fd, F_SETFL, O_NONBLOCK);
    return fd;
}

static void open_connections(void)
{
    connections = calloc(options.connections, sizeof(*connections));
    poll_fd = epoll_create1(EPOLL_CLOEXEC);
    for (unsigned i = 0; i < options.connections; i++) {
        struct connection *c = &connections[i];
        c->fd = connect_to(options.to);
        c->in = malloc(IN_BYTES + 1);
        c->out = malloc(OUT_BYTES);
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
        if (epoll_ctl(poll_fd, EPOLL_CTL_ADD, c->fd, &event) != 0)
            die("epoll");
    }
}

static void flush(struct connection *c)
{
    while (c->out_at < c->out_len) {
        ssize_t n = send(c->fd, c->out + c->out_at, c->out_len - c->out_at, MSG_NOSIGNAL);
        if (n < 0 && errno == EAGAIN)
            break;
        if (n < 0)
            die("send");
        c->out_at += (size_t)n;
    }
    bool is_done = c->out_at == c->out_len;
    if (is_done)
        c->out_at = c->out_len = 0;
    if (is_done == c->is_waiting_to_write) {
        struct epoll_event event = {.events = EPOLLIN | (is_done ? 0 : EPOLLOUT), .data.ptr = c};
        epoll_ctl(poll_fd, EPOLL_CTL_MOD, c->fd, &event);
        c->is_waiting_to_write = !is_done;
    }
}

static void put(struct connection *c, double due_ns)
{
    const struct frame *frame = &frames[sent++ % frame_count];
    if (c->out_len + frame->len > OUT_BYTES) {
        fprintf(stderr, "load: the other side does not read\n");
        exit(1);
    }
    memcpy(c->out + c->out_len, frame->bytes, frame->len);
    c->out_len += frame->len;
    c->flights[(c->first + c->count++) % DEPTH_MAX] =
        (struct flight){frame, due_ns, frame->replies};
}

// ---- what comes

// Bytes of the whole reply at the beginning, 0 when it is not whole yet.
static size_t http_len(const char *text, size_t len, bool *is_right)
{
    const char *end = memmem(text, len, "\r\n\r\n", 4);
    if (end == NULL)
        return 0;
    const char *length = strcasestr(text, "\r\ncontent-length:");
    if (length == NULL || length > end) {
        fprintf(stderr, "load: an answer without a length: %.200s\n", text);
        exit(1);
    }
    size_t whole = (size_t)(end + 4 - text) + (size_t)atol(length + 17);
    *is_right = strncmp(text, "HTTP/1.1 200 ", 13) == 0;
    return whole <= len ? whole : 0;
}

static size_t redis_len(const char *text, size_t len, bool *is_right)
{
    long left = 1;
    size_t at = 0;
    *is_right = true;
    while (left > 0) {
        const char *line_end = at < len ? memchr(text + at, '\n', len - at) : NULL;
        if (line_end == NULL)
            return 0;
        long number = atol(text + at + 1);
        char kind = text[at];
        at = (size_t)(line_end + 1 - text);
        left--;
        if (kind == '*')
            left += number > 0 ? number : 0;
        else if (kind == '$' && number >= 0)
            at += (size_t)number + 2;
        else if (kind == '-')
            *is_right = false;
    }
    return at <= len ? at : 0;
}

// An admission says "Accepted"; an answer to something else is right when it is no error.
static size_t right_operations(const struct frame *frame, const char *text, size_t len)
{
    size_t found = 0;
    if (frame->operations == 0)
        return 0;
    if (memmem(frame->bytes, frame->len, "EVALSHA", 7) == NULL)
        return frame->operations;
    for (const char *at = text;
         (at = memmem(at, len - (size_t)(at - text), "$8\r\nAccepted", 12)) != NULL; at++)
        found++;
    return found;
}

static void note_reply(struct connection *c, size_t len, bool is_right)
{
    struct flight *flight = &c->flights[c->first % DEPTH_MAX];
    if (--flight->replies_left > 0) {
        bad += is_right ? 0 : 1;
        return;
    }
    size_t done = is_right ? right_operations(flight->frame, c->in, len) : 0;
    if (done < flight->frame->operations) {
        bad += flight->frame->operations - done;
        if (first_bad[0] == '\0')
            snprintf(first_bad, sizeof(first_bad), "%.*s", (int)(len < BAD_SHOWN ? len : BAD_SHOWN),
                     c->in);
    }
    operations += done;
    times_ms[answered++] = (now_ns() - flight->due_ns) / 1e6;
    c->first++;
    c->count--;
}

static void take(struct connection *c)
{
    ssize_t n = recv(c->fd, c->in + c->in_len, IN_BYTES - c->in_len, 0);
    if (n < 0 && errno == EAGAIN)
        return;
    if (n <= 0) {
        fprintf(stderr, "load: the connection ended after %zu of %zu answers\n", answered,
                options.count);
        exit(1);
    }
    c->in_len += (size_t)n;
    c->in[c->in_len] = '\0';
    while (c->count > 0 && c->in_len > 0) {
        bool is_right = false;
        bool is_http = c->in[0] == 'H';
        size_t len = is_http ? http_len(c->in, c->in_len, &is_right)
                             : redis_len(c->in, c->in_len, &is_right);
        if (len == 0)
            break;
        note_reply(c, len, is_right);
        memmove(c->in, c->in + len, c->in_len - len);
        c->in_len -= len;
        c->in[c->in_len] = '\0';
    }
}

// ---- the run

static void send_more(struct connection *c)
{
    while (options.rate <= 0 && c->count < options.depth && sent < options.count)
        put(c, now_ns());
    flush(c);
}

// Sends what is due on connections that are free, in turn. Returns how long until the next is.
static double send_due(void)
{
    static unsigned next;
    for (unsigned tried = 0; sent < options.count && tried < options.connections;) {
        double due_ns = begin_ns + (double)sent / options.rate * NS_PER_S;
        double rest = due_ns - now_ns();
        if (rest > 0)
            return rest;
        struct connection *c = &connections[next++ % options.connections];
        if (c->count >= options.depth) {
            tried++;
            continue;
        }
        late_count += rest < -1e6 ? 1 : 0;
        put(c, due_ns);
        flush(c);
        tried = 0;
    }
    return NS_PER_S;
}

static void run(void)
{
    begin_ns = now_ns();
    for (unsigned i = 0; options.rate <= 0 && i < options.connections; i++)
        send_more(&connections[i]);
    while (answered < options.count) {
        double wait_ns = options.rate > 0 ? send_due() : NS_PER_S;
        struct timespec timeout = {(time_t)(wait_ns / NS_PER_S), (long)wait_ns % (long)NS_PER_S};
        struct epoll_event events[EVENTS];
        int n = epoll_pwait2(poll_fd, events, EVENTS, &timeout, NULL);
        for (int i = 0; i < n; i++) {
            struct connection *c = events[i].data.ptr;
            if (events[i].events & ~(uint32_t)EPOLLOUT)
                take(c);
            send_more(c);
        }
        if (now_ns() - begin_ns > PATIENCE_S * NS_PER_S) {
            fprintf(stderr, "load: %zu of %zu answers in %d s\n", answered, options.count,
                    PATIENCE_S);
            exit(1);
        }
    }
}

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

static double quantile(double share)
{
    size_t at = (size_t)(share * (double)answered);
    return times_ms[at < answered ? at : answered - 1];
}

static void tell(double seconds)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    double cpu = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                 (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
    qsort(times_ms, answered, sizeof(*times_ms), compare);
    printf("{\"operations\":%zu,\"seconds\":%.6f,\"bad\":%zu,\"p50\":%.4f,\"p99\":%.4f,\"max\":%."
           "4f,\"late\":%zu,\"cpu\":%.4f}\n",
           operations, seconds, bad, quantile(0.5), quantile(0.99), times_ms[answered - 1],
           late_count, cpu);
    if (bad > 0)
        fprintf(stderr, "load: the first answer that is not right:\n%s\n", first_bad);
}

static void read_options(int argc, char **argv)
{
    static const struct option names[] = {{"to", 1, NULL, 't'},
                                          {"frames", 1, NULL, 'f'},
                                          {"connections", 1, NULL, 'c'},
                                          {"depth", 1, NULL, 'd'},
                                          {"count", 1, NULL, 'n'},
                                          {"rate", 1, NULL, 'r'},
                                          {0}};
    for (int option; (option = getopt_long(argc, argv, "", names, NULL)) != -1;) {
        switch (option) {
        case 't':
            options.to = optarg;
            break;
        case 'f':
            options.frames = optarg;
            break;
        case 'c':
            options.connections = (unsigned)atoi(optarg);
            break;
        case 'd':
            options.depth = (unsigned)atoi(optarg);
            break;
        case 'n':
            options.count = (size_t)atol(optarg);
            break;
        case 'r':
            options.rate = atof(optarg);
            break;
        default:
            exit(64);
        }
    }
    if (options.to == NULL || options.frames == NULL || options.connections == 0 ||
        options.depth == 0 || options.depth > DEPTH_MAX) {
        fprintf(stderr,
                "load: --to, --frames, 1 or more connections and a depth of 1 to %d are needed\n",
                DEPTH_MAX);
        exit(64);
    }
}

int main(int argc, char **argv)
{
    read_options(argc, argv);
    prctl(PR_SET_TIMERSLACK, 1UL);
    read_frames();
    open_connections();
    run();
    tell((now_ns() - begin_ns) / NS_PER_S);
    return bad > 0 ? 2 : 0;
}
