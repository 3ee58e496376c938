// SPDX-License-Identifier: MIT
/* The ceiling: the smallest command sequence that a reliable stream worker
 * needs, from C with hiredis, on the same Redis as the peers.
 *
 *   bare enqueue            XADD BENCH_N jobs (pipelined 256 deep)
 *   bare produce            XADD at BENCH_RATE jobs/s for BENCH_SECS seconds
 *   bare worker [options]   XREADGROUP COUNT 64, then for each job one EVALSHA
 *                          to admit it (idempotency check + lock + status hash)
 *                          and one EVALSHA to commit it (owner check + XACK +
 *                          XDEL + idempotency mark + status + lock release).
 *                          Runs until SIGTERM, or until --n jobs are done.
 *     --pipe P             EVALSHAs in flight at once (1, 16, 64)
 *     --stages             3-stage pipeline: commit(k-2), XREADGROUP(k+1) and
 *                          admit(k) leave in one write while batch k-1 is worked
 *     --script=job|batch|lean
 *                          job: one EVALSHA per job; batch: one EVALSHA per 64
 *                          jobs; lean: as batch, but lock, idempotency mark and
 *                          status share one string key
 *     --trim               no XDEL per job: one XTRIM MINID ~ per batch of 64 cuts
 *                          whole nodes off the stream's head (this single worker
 *                          commits in order; several would take XPENDING's lowest)
 *     --conns K            HTTP connections in flight (jobs with a URL)
 *   bare fetch --n N        no Redis: fetch BENCH_URL and store it N times
 *   bare calib              a fixed integer loop: prints its CPU milliseconds
 *
 * Environment: see README.md, "Adding a row".
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <hiredis/hiredis.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BATCH    64
#define BODY_MAX 65536

static const char *STREAM = "bare:s", *GROUP = "g", *ME = "w1";
static volatile sig_atomic_t stop;
static void on_term(int s)
{
    (void)s;
    stop = 1;
}

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}
static const char *env(const char *k, const char *d)
{
    const char *v = getenv(k);
    return v && *v ? v : d;
}
static void die(const char *what)
{
    perror(what);
    exit(1);
}
static redisContext *connect_redis(void)
{
    redisContext *c;
    if (!strcmp(env("BENCH_TRANSPORT", "unix"), "tcp"))
        c = redisConnect("127.0.0.1", atoi(env("BENCH_PORT", "0")));
    else
        c = redisConnectUnix(env("BENCH_SOCK", ""));
    if (!c || c->err) {
        fprintf(stderr, "redis: %s\n", c ? c->errstr : "no memory");
        exit(1);
    }
    return c;
}
static redisReply *reply(redisContext *c)
{
    redisReply *r = NULL;
    if (redisGetReply(c, (void **)&r) != REDIS_OK) {
        fprintf(stderr, "redis: %s\n", c->errstr);
        exit(1);
    }
    if (r->type == REDIS_REPLY_ERROR) {
        fprintf(stderr, "redis: %s\n", r->str);
        exit(1);
    }
    return r;
}

/* --- scripts ------------------------------------------------------------ */
#define XDEL_ONE "redis.call('XDEL',KEYS[1],ARGV[2])\n"
#define XDEL_ALL " redis.call('XDEL',KEYS[1],unpack(ok))\n"
static const char *ADMIT =
    "if redis.call('EXISTS',KEYS[2])==1 then return 0 end\n"
    "if not redis.call('SET',KEYS[1],ARGV[1],'NX','PX',ARGV[2]) then return -1 end\n"
    "redis.call('HSET',KEYS[3],'status','running','worker',ARGV[1],'started',ARGV[3])\n"
    "redis.call('HINCRBY',KEYS[3],'attempts',1)\n"
    "return 1\n";
static const char *COMMIT =
    "if redis.call('GET',KEYS[2])~=ARGV[3] then return 0 end\n"
    "redis.call('SET',KEYS[3],'1','PX',ARGV[5])\n"
    "redis.call('HSET',KEYS[4],'status','done','finished',ARGV[4])\n"
    "redis.call('PEXPIRE',KEYS[4],ARGV[5])\n"
    "redis.call('XACK',KEYS[1],ARGV[1],ARGV[2])\n" XDEL_ONE "redis.call('DEL',KEYS[2])\n"
    "return 1\n";
/* KEYS: lock,idem,hash per job */
static const char *ADMIT_B =
    "local out={}\n"
    "for i=1,#KEYS,3 do\n"
    " local r=1\n"
    " if redis.call('EXISTS',KEYS[i+1])==1 then r=0\n"
    " elseif not redis.call('SET',KEYS[i],ARGV[1],'NX','PX',ARGV[2]) then r=-1\n"
    " else\n"
    "  redis.call('HSET',KEYS[i+2],'status','running','worker',ARGV[1],'started',ARGV[3])\n"
    "  redis.call('HINCRBY',KEYS[i+2],'attempts',1)\n"
    " end\n"
    " out[#out+1]=r\n"
    "end\n"
    "return out\n";
/* KEYS: stream, then lock,idem,hash per job; ARGV: group,token,now,ttl, ids */
static const char *COMMIT_B = "local ok,out={},{}\n"
                              "for i=2,#KEYS,3 do\n"
                              " local n=(i+1)/3\n"
                              " if redis.call('GET',KEYS[i])==ARGV[2] then\n"
                              "  redis.call('SET',KEYS[i+1],'1','PX',ARGV[4])\n"
                              "  redis.call('HSET',KEYS[i+2],'status','done','finished',ARGV[3])\n"
                              "  redis.call('PEXPIRE',KEYS[i+2],ARGV[4])\n"
                              "  redis.call('DEL',KEYS[i])\n"
                              "  ok[#ok+1]=ARGV[4+n]\n"
                              "  out[n]=1\n"
                              " else out[n]=0 end\n"
                              "end\n"
                              "if #ok>0 then\n"
                              " redis.call('XACK',KEYS[1],ARGV[1],unpack(ok))\n" XDEL_ALL "end\n"
                              "return out\n";
/* one key per job: 'R:<token>' while running, 'D' when done */
static const char *ADMIT_L =
    "local out={}\n"
    "for i=1,#KEYS do\n"
    " if redis.call('SET',KEYS[i],ARGV[1],'NX','PX',ARGV[2]) then out[i]=1\n"
    " elseif redis.call('GET',KEYS[i])=='D' then out[i]=0 else out[i]=-1 end\n"
    "end\n"
    "return out\n";
static const char *COMMIT_L = "local ok,out={},{}\n"
                              "for i=2,#KEYS do\n"
                              " if redis.call('GET',KEYS[i])==ARGV[2] then\n"
                              "  redis.call('SET',KEYS[i],'D','PX',ARGV[4])\n"
                              "  ok[#ok+1]=ARGV[3+i]\n"
                              "  out[i-1]=1\n"
                              " else out[i-1]=0 end\n"
                              "end\n"
                              "if #ok>0 then\n"
                              " redis.call('XACK',KEYS[1],ARGV[1],unpack(ok))\n" XDEL_ALL "end\n"
                              "return out\n";

enum script { S_JOB, S_BATCH, S_LEAN };
static enum script mode = S_JOB;
static char sha_admit[64], sha_commit[64];

static bool trim;
static void load(redisContext *c, const char *src, char *sha)
{
    char buf[2048];
    snprintf(buf, sizeof buf, "%s", src);
    if (trim) { /* the same script without its XDEL line */
        char *x = strstr(buf, XDEL_ONE);
        size_t n = strlen(XDEL_ONE);
        if (!x)
            x = strstr(buf, XDEL_ALL), n = strlen(XDEL_ALL);
        if (x)
            memmove(x, x + n, strlen(x + n) + 1);
    }
    redisAppendCommand(c, "SCRIPT LOAD %s", buf);
    redisReply *r = reply(c);
    snprintf(sha, 64, "%s", r->str);
    freeReplyObject(r);
}

/* --- jobs --------------------------------------------------------------- */
struct job {
    char sid[40]; /* stream entry id */
    char id[24];  /* the job's own id = its idempotency key */
    double num, t0;
    char url[160];
    int admitted;
};
struct batch {
    int n;
    struct job j[BATCH];
};

static double ev[BATCH * 3 * 64];
static int nev, evfd = -1;
static void ev_flush(void)
{
    if (nev && evfd >= 0 && write(evfd, ev, (size_t)nev * 8) < 0)
        die("events");
    nev = 0;
}
static void ev_add(const struct job *j)
{
    if (nev + 3 > (int)(sizeof ev / sizeof *ev))
        ev_flush();
    ev[nev++] = j->num;
    ev[nev++] = j->t0;
    ev[nev++] = now_ns();
}

static void append(redisContext *c, int argc, const char **argv, size_t *len)
{
    for (int i = 0; i < argc; i++)
        len[i] = strlen(argv[i]);
    if (redisAppendCommandArgv(c, argc, argv, len) != REDIS_OK)
        die("append");
}
static void append_read(redisContext *c, bool block)
{
    if (block)
        redisAppendCommand(c, "XREADGROUP GROUP %s %s COUNT %d BLOCK 500 STREAMS %s >", GROUP, ME,
                           BATCH, STREAM);
    else
        redisAppendCommand(c, "XREADGROUP GROUP %s %s COUNT %d STREAMS %s >", GROUP, ME, BATCH,
                           STREAM);
}
static void take_read(redisContext *c, struct batch *b)
{
    redisReply *r = reply(c);
    b->n = 0;
    if (r->type == REDIS_REPLY_ARRAY && r->elements) {
        redisReply *es = r->element[0]->element[1];
        for (size_t i = 0; i < es->elements && i < BATCH; i++) {
            struct job *j = &b->j[b->n++];
            redisReply *f = es->element[i]->element[1];
            snprintf(j->sid, sizeof j->sid, "%s", es->element[i]->element[0]->str);
            j->url[0] = 0;
            for (size_t k = 0; k + 1 < f->elements; k += 2) {
                const char *key = f->element[k]->str, *v = f->element[k + 1]->str;
                if (!strcmp(key, "id")) {
                    snprintf(j->id, sizeof j->id, "%s", v);
                    j->num = atof(v);
                } else if (!strcmp(key, "t0"))
                    j->t0 = atof(v);
                else if (!strcmp(key, "url"))
                    snprintf(j->url, sizeof j->url, "%s", v);
            }
        }
    }
    freeReplyObject(r);
}

static const char *TOKEN = "w1:7f3a9c", *LOCK_MS = "30000", *TTL_MS = "86400000";
static char keybuf[BATCH * 3][48];
static const char *av[BATCH * 4 + 16];
static size_t al[BATCH * 4 + 16];

static void keys3(const struct job *j, char (*k)[48])
{
    snprintf(k[0], 48, "bare:lock:%s", j->id);
    snprintf(k[1], 48, "bare:idem:%s", j->id);
    snprintf(k[2], 48, "bare:job:%s", j->id);
}
static void append_admit(redisContext *c, struct job *j, int n)
{
    char now[32], nk[16];
    snprintf(now, sizeof now, "%.0f", now_ns() / 1e6);
    if (mode == S_JOB) {
        for (int i = 0; i < n; i++) {
            keys3(&j[i], keybuf);
            const char *a[] = {"EVALSHA", sha_admit, "3",     keybuf[0], keybuf[1],
                               keybuf[2], TOKEN,     LOCK_MS, now};
            append(c, 9, a, al);
        }
        return;
    }
    if (!n)
        return;
    int per = mode == S_LEAN ? 1 : 3, m = 0;
    snprintf(nk, sizeof nk, "%d", n * per);
    av[m++] = "EVALSHA";
    av[m++] = sha_admit;
    av[m++] = nk;
    for (int i = 0; i < n; i++) {
        if (mode == S_LEAN) {
            snprintf(keybuf[i], 48, "bare:job:%s", j[i].id);
            av[m++] = keybuf[i];
        } else {
            keys3(&j[i], &keybuf[i * 3]);
            for (int k = 0; k < 3; k++)
                av[m++] = keybuf[i * 3 + k];
        }
    }
    av[m++] = TOKEN;
    av[m++] = LOCK_MS;
    av[m++] = now;
    append(c, m, av, al);
}
static void append_commit(redisContext *c, struct job *j, int n)
{
    char now[32], nk[16];
    snprintf(now, sizeof now, "%.0f", now_ns() / 1e6);
    if (mode == S_JOB) {
        for (int i = 0; i < n; i++) {
            keys3(&j[i], keybuf);
            const char *a[] = {"EVALSHA", sha_commit, "4",      STREAM, keybuf[0], keybuf[1],
                               keybuf[2], GROUP,      j[i].sid, TOKEN,  now,       TTL_MS};
            append(c, 12, a, al);
        }
        return;
    }
    if (!n)
        return;
    int per = mode == S_LEAN ? 1 : 3, m = 0;
    snprintf(nk, sizeof nk, "%d", n * per + 1);
    av[m++] = "EVALSHA";
    av[m++] = sha_commit;
    av[m++] = nk;
    av[m++] = STREAM;
    for (int i = 0; i < n; i++) {
        if (mode == S_LEAN) {
            snprintf(keybuf[i], 48, "bare:job:%s", j[i].id);
            av[m++] = keybuf[i];
        } else {
            keys3(&j[i], &keybuf[i * 3]);
            for (int k = 0; k < 3; k++)
                av[m++] = keybuf[i * 3 + k];
        }
    }
    av[m++] = GROUP;
    av[m++] = TOKEN;
    av[m++] = now;
    av[m++] = TTL_MS;
    for (int i = 0; i < n; i++)
        av[m++] = j[i].sid;
    append(c, m, av, al);
}
static void take(redisContext *c, struct job *j, int n, bool commit)
{
    if (!n)
        return;
    if (mode == S_JOB) {
        for (int i = 0; i < n; i++) {
            redisReply *r = reply(c);
            if (r->integer != 1) {
                fprintf(stderr, "job %s: %s gave %lld\n", j[i].id, commit ? "commit" : "admit",
                        r->integer);
                exit(1);
            }
            freeReplyObject(r);
            if (commit)
                ev_add(&j[i]);
        }
    } else {
        redisReply *r = reply(c);
        for (int i = 0; i < n; i++) {
            if (r->element[i]->integer != 1) {
                fprintf(stderr, "job %s: %s gave %lld\n", j[i].id, commit ? "commit" : "admit",
                        r->element[i]->integer);
                exit(1);
            }
            if (commit)
                ev_add(&j[i]);
        }
        freeReplyObject(r);
    }
}

static void append_trim(redisContext *c, const struct batch *b)
{
    if (trim && b->n)
        redisAppendCommand(c, "XTRIM %s MINID ~ %s", STREAM, b->j[b->n - 1].sid);
}
static void take_trim(redisContext *c, const struct batch *b)
{
    if (trim && b->n)
        freeReplyObject(reply(c));
}

/* --- HTTP: keep-alive GETs, one in flight per connection ------------------ */
struct conn {
    int fd;
    struct job *j;
    size_t have, need, head;
    char buf[BODY_MAX];
};
static struct conn *conns;
static int nconns = 32;
static const char *outdir;

static int http_connect(int port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_port = htons((uint16_t)port),
                            .sin_addr = {htonl(INADDR_LOOPBACK)}};
    if (fd < 0 || connect(fd, (void *)&a, sizeof a))
        die("http connect");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    return fd;
}
static void http_send(struct conn *c, struct job *j)
{
    int port = 80, off = 0;
    char req[320];
    if (sscanf(j->url, "http://127.0.0.1:%d%n", &port, &off) < 1)
        die("url");
    if (c->fd < 0)
        c->fd = http_connect(port);
    int n = snprintf(req, sizeof req, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n", j->url + off,
                     port);
    if (write(c->fd, req, (size_t)n) != n)
        die("http write");
    c->j = j;
    c->have = c->need = c->head = 0;
}
static void store(struct conn *c)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", outdir, c->j->id);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0)
        die("store");
    size_t n = c->need - c->head;
    if (write(fd, c->buf + c->head, n) != (ssize_t)n)
        die("store");
    close(fd);
}
/* true when the response is complete */
static bool http_read(struct conn *c)
{
    for (;;) {
        ssize_t n = read(c->fd, c->buf + c->have, sizeof c->buf - 1 - c->have);
        if (n < 0 && errno == EAGAIN)
            return false;
        if (n <= 0)
            die("http read");
        c->have += (size_t)n;
        if (!c->need) {
            c->buf[c->have] = 0;
            char *e = strstr(c->buf, "\r\n\r\n"), *l;
            if (!e)
                continue;
            if (strncmp(c->buf, "HTTP/1.1 200", 12))
                die("http status");
            l = strcasestr(c->buf, "content-length:");
            if (!l || l > e)
                die("no content-length");
            c->head = (size_t)(e + 4 - c->buf);
            c->need = c->head + (size_t)atol(l + 15);
        }
        if (c->have >= c->need) {
            store(c);
            return true;
        }
    }
}
static void work(struct job *j, int n)
{
    int next = 0, left = 0;
    struct pollfd pf[256];
    while (next < n && !j[next].url[0])
        next++;
    if (next == n)
        return;
    if (!conns) {
        conns = calloc((size_t)nconns, sizeof *conns);
        for (int i = 0; i < nconns; i++)
            conns[i].fd = -1;
        outdir = env("BENCH_OUT", "/nonexistent");
    }
    for (int i = 0; i < nconns && next < n; i++, left++)
        http_send(&conns[i], &j[next++]);
    for (int i = 0; i < nconns; i++)
        pf[i] = (struct pollfd){.fd = conns[i].j ? conns[i].fd : -1, .events = POLLIN};
    while (left) {
        if (poll(pf, (nfds_t)nconns, 5000) <= 0)
            die("http poll");
        for (int i = 0; i < nconns; i++) {
            if (!(pf[i].revents & (POLLIN | POLLHUP | POLLERR)) || !http_read(&conns[i]))
                continue;
            if (next < n)
                http_send(&conns[i], &j[next++]);
            else {
                conns[i].j = NULL;
                pf[i].fd = -1;
                left--;
            }
        }
    }
}

/* --- worker ------------------------------------------------------------- */
static void flush_out(redisContext *c)
{
    int done = 0;
    while (!done)
        if (redisBufferWrite(c, &done) != REDIS_OK)
            die("redis write");
}
static void run_worker(long want, int pipe, bool stages)
{
    redisContext *c = connect_redis();
    static struct batch A, B, C, N;
    long done = 0;
    redisReply *g = redisCommand(c, "XGROUP CREATE %s %s 0 MKSTREAM", STREAM, GROUP);
    freeReplyObject(g); /* BUSYGROUP is fine */
    load(c, mode == S_JOB ? ADMIT : mode == S_BATCH ? ADMIT_B : ADMIT_L, sha_admit);
    load(c, mode == S_JOB ? COMMIT : mode == S_BATCH ? COMMIT_B : COMMIT_L, sha_commit);
    while (!stop && (!want || done < want)) {
        if (!stages) {
            append_trim(c, &A);
            append_read(c, true);
            take_trim(c, &A);
            take_read(c, &A);
            for (int off = 0; off < A.n; off += pipe) {
                int n = A.n - off < pipe ? A.n - off : pipe;
                append_admit(c, A.j + off, n);
                take(c, A.j + off, n, false);
                work(A.j + off, n);
                append_commit(c, A.j + off, n);
                take(c, A.j + off, n, true);
                done += n;
            }
            ev_flush();
            continue;
        }
        /* A: read, not admitted; B: admitted, to be worked; C: worked, to commit */
        bool idle = !A.n && !B.n && !C.n;
        append_commit(c, C.j, C.n);
        append_trim(c, &C);
        append_admit(c, A.j, A.n);
        append_read(c, idle);
        flush_out(c);
        work(B.j, B.n);
        take(c, C.j, C.n, true);
        take_trim(c, &C);
        take(c, A.j, A.n, false);
        take_read(c, &N);
        done += C.n;
        ev_flush();
        C = B;
        B = A;
        A = N;
    }
    redisFree(c);
}

static void add(redisContext *c, long i, const char *url)
{
    char id[24], t0[32];
    snprintf(id, sizeof id, "%ld", i);
    snprintf(t0, sizeof t0, "%.0f", now_ns());
    const char *a[] = {"XADD", STREAM, "*", "id", id, "t0", t0, "url", url};
    size_t l[9];
    append(c, *url ? 9 : 7, a, l);
}
static void sleep_until(double ns)
{
    struct timespec t = {(time_t)(ns / 1e9), 0};
    t.tv_nsec = (long)(ns - (double)t.tv_sec * 1e9);
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

int main(int argc, char **argv)
{
    const char *cmd = argc > 1 ? argv[1] : "";
    const char *url = env("BENCH_URL", "");
    long n = 0;
    int pipe = BATCH;
    bool stages = false;
    for (int i = 2; i < argc; i++) {
        if (!strcmp(argv[i], "--pipe") && i + 1 < argc)
            pipe = atoi(argv[++i]);
        else if (!strcmp(argv[i], "--n") && i + 1 < argc)
            n = atol(argv[++i]);
        else if (!strcmp(argv[i], "--conns") && i + 1 < argc)
            nconns = atoi(argv[++i]);
        else if (!strcmp(argv[i], "--stages"))
            stages = true;
        else if (!strcmp(argv[i], "--trim"))
            trim = true;
        else if (!strcmp(argv[i], "--script=job"))
            mode = S_JOB;
        else if (!strcmp(argv[i], "--script=batch"))
            mode = S_BATCH;
        else if (!strcmp(argv[i], "--script=lean"))
            mode = S_LEAN;
        else {
            fprintf(stderr, "bare: unknown option %s\n", argv[i]);
            return 2;
        }
    }
    if (pipe < 1 || pipe > BATCH || nconns < 1 || nconns > 256) {
        fprintf(stderr, "bare: out of range\n");
        return 2;
    }
    struct sigaction sa = {.sa_handler = on_term};
    sigaction(SIGTERM, &sa, NULL);
    signal(SIGPIPE, SIG_IGN);
    if (*env("BENCH_EVENTS", ""))
        evfd = open(getenv("BENCH_EVENTS"), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);

    if (!strcmp(cmd, "enqueue")) {
        redisContext *c = connect_redis();
        long want = atol(env("BENCH_N", "20000"));
        double t = now_ns();
        for (long i = 0; i < want;) {
            int k = 0;
            for (; k < 256 && i < want; k++, i++)
                add(c, i, url);
            while (k--)
                freeReplyObject(reply(c));
        }
        printf("{\"n\":%ld,\"enqueue_s\":%.6f}\n", want, (now_ns() - t) / 1e9);
    } else if (!strcmp(cmd, "produce")) {
        redisContext *c = connect_redis();
        double rate = atof(env("BENCH_RATE", "200")), secs = atof(env("BENCH_SECS", "10"));
        for (int i = 0; i < 20; i++) { /* warm-up: ids from 1e9 are not counted */
            add(c, 1000000000L + i, url);
            freeReplyObject(reply(c));
            usleep(10000);
        }
        usleep(500000);
        double t = now_ns();
        for (long i = 0; i < (long)(rate * secs); i++) {
            sleep_until(t + (double)i * 1e9 / rate);
            add(c, i, url);
            freeReplyObject(reply(c));
        }
    } else if (!strcmp(cmd, "worker")) {
        run_worker(n, pipe, stages);
    } else if (!strcmp(cmd, "fetch")) {
        static struct batch b;
        for (long i = 0; i < n;) {
            for (b.n = 0; b.n < BATCH && i < n; b.n++, i++) {
                struct job *j = &b.j[b.n];
                snprintf(j->id, sizeof j->id, "%ld", i);
                snprintf(j->url, sizeof j->url, "%s", url);
                j->num = (double)i;
                j->t0 = now_ns();
            }
            work(b.j, b.n);
            for (int k = 0; k < b.n; k++)
                ev_add(&b.j[k]);
            ev_flush();
        }
    } else if (!strcmp(cmd, "calib")) {
        volatile uint64_t x = 88172645463325252ULL;
        clock_t t = clock(); /* CPU time, so that only the core's own speed shows */
        for (int i = 0; i < 5000000; i++) {
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
        }
        printf("%.2f\n", (double)(clock() - t) * 1e3 / CLOCKS_PER_SEC);
    } else {
        fprintf(stderr, "usage: bare enqueue|produce|worker|fetch|calib\n");
        return 2;
    }
    return 0;
}
