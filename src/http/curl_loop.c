// SPDX-License-Identifier: MIT
#include "curl_loop.h"

#include "base/mem.h"

// What libuv watches for curl. Freed in the close callback only, so that it may still be looked at
// after curl has been told of an event, although curl may have given the socket up.
struct watch {
    uv_poll_t poll;
    struct curl_loop *curl;
    curl_socket_t fd;
    bool is_closing;
    TAILQ_ENTRY(watch) link;
};

// The code of a call that only a mistake of ours makes fail.
static void must(CURLMcode code)
{
    ENSURE(code == CURLM_OK);
}

static void report_finished(struct curl_loop *curl)
{
    int left = 0;
    CURLMsg *message;
    while ((message = curl_api()->multi_info_read(curl->multi, &left)) != NULL) {
        if (message->msg == CURLMSG_DONE) {
            // The message dies when the handle is removed (man curl_multi_info_read): copy first.
            CURL *easy = message->easy_handle;
            CURLcode result = message->data.result;
            curl->on_done(easy, result);
        }
    }
}

static void act(struct curl_loop *curl, curl_socket_t fd, int events)
{
    int running = 0; // curl does not take NULL here
    must(curl_api()->multi_socket_action(curl->multi, fd, events, &running));
    report_finished(curl);
}

static void on_curl_timer(struct loop_timer *timer)
{
    struct curl_loop *curl = container_of(timer, struct curl_loop, timer);
    curl->is_in_timer = true;
    act(curl, CURL_SOCKET_TIMEOUT, 0);
    curl->is_in_timer = false;
}

// CURLMOPT_TIMERFUNCTION. Curl must not be called from in here, so that even zero means the timer.
// While that fires zero becomes one millisecond: a zero timer that restarts itself would keep libuv
// in its timers.
static int on_timer_wanted(CURLM *multi, long timeout_ms, void *context)
{
    (void)multi;
    struct curl_loop *curl = context;
    if (timeout_ms < 0) {
        loop_timer_stop(&curl->timer);
    } else {
        loop_timer_start(&curl->timer, timeout_ms > 0 || !curl->is_in_timer ? timeout_ms : 1);
    }
    return 0;
}

static void on_socket_event(uv_poll_t *poll, int status, int events)
{
    const struct watch *watch = container_of(poll, struct watch, poll);
    int curl_events = 0;
    if (status < 0) {
        // libuv has stopped polling (UV_EBADF for EPOLLERR); unsaid, the transfer would hang.
        // "Readable" makes curl read, find the socket's own error and, where the connection was a
        // reused one, try a fresh one; for ERR alone it gives up (lib/transfer.c, Curl_readwrite).
        curl_events |= CURL_CSELECT_ERR | CURL_CSELECT_IN;
    }
    if ((events & UV_READABLE) != 0) {
        curl_events |= CURL_CSELECT_IN;
    }
    if ((events & UV_WRITABLE) != 0) {
        curl_events |= CURL_CSELECT_OUT;
    }
    act(watch->curl, watch->fd, curl_events);
}

static void on_watch_closed(uv_handle_t *handle)
{
    struct watch *watch = container_of((uv_poll_t *)handle, struct watch, poll);
    struct loop_closing *closing = watch->curl->closing;
    mem_free(&watch);
    loop_closing_down(closing);
}

// Stops at once: curl closes the descriptor as soon as this returns, and its number is used again.
static void watch_close(struct watch *watch)
{
    if (!watch->is_closing) {
        watch->is_closing = true;
        TAILQ_REMOVE(&watch->curl->watches, watch, link);
        uv_close((uv_handle_t *)&watch->poll, on_watch_closed);
    }
}

// NULL when the system refuses to watch the socket; the transfer's time limit then ends it.
static struct watch *watch_open(struct curl_loop *curl, curl_socket_t fd)
{
    struct watch *watch = mem_alloc(1, sizeof(*watch));
    if (uv_poll_init_socket(curl->loop, &watch->poll, fd) != 0) {
        mem_free(&watch);
        return NULL;
    }
    watch->curl = curl;
    watch->fd = fd;
    loop_closing_up(curl->closing);
    TAILQ_INSERT_TAIL(&curl->watches, watch, link);
    must(curl_api()->multi_assign(curl->multi, fd, watch));
    return watch;
}

// CURLMOPT_SOCKETFUNCTION. `of_socket` is what curl_multi_assign gave it, NULL at first.
static int on_socket_wanted(CURL *easy, curl_socket_t fd, int what, void *context, void *of_socket)
{
    (void)easy;
    struct curl_loop *curl = context;
    struct watch *watch = of_socket;
    if (what == CURL_POLL_REMOVE) {
        if (watch != NULL) {
            watch_close(watch);
        }
        return 0;
    }
    if (watch == NULL) {
        watch = watch_open(curl, fd);
    }
    if (watch != NULL) {
        int events = what == CURL_POLL_IN    ? UV_READABLE
                     : what == CURL_POLL_OUT ? UV_WRITABLE
                                             : UV_READABLE | UV_WRITABLE;
        (void)uv_poll_start(&watch->poll, events, on_socket_event);
    }
    return 0;
}

void curl_loop_init(struct curl_loop *curl, uv_loop_t *loop, struct loop_closing *closing,
                    curl_loop_done_cb on_done)
{
    *curl = (struct curl_loop){.loop = loop, .closing = closing, .on_done = on_done};
    TAILQ_INIT(&curl->watches);
    loop_timer_init(&curl->timer, loop, on_curl_timer, closing);
    loop_closing_up(closing);
    curl->multi = curl_api()->multi_init();
    ENSURE(curl->multi != NULL);
    must(curl_api()->multi_setopt(curl->multi, CURLMOPT_SOCKETFUNCTION, on_socket_wanted));
    must(curl_api()->multi_setopt(curl->multi, CURLMOPT_SOCKETDATA, (void *)curl));
    must(curl_api()->multi_setopt(curl->multi, CURLMOPT_TIMERFUNCTION, on_timer_wanted));
    must(curl_api()->multi_setopt(curl->multi, CURLMOPT_TIMERDATA, (void *)curl));
}

void curl_loop_set_limits(struct curl_loop *curl, unsigned per_host, unsigned total)
{
    must(curl_api()->multi_setopt(curl->multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long)per_host));
    must(curl_api()->multi_setopt(curl->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)total));
    // By default curl keeps idle connections for four times the transfers of the moment: it would
    // close most of them whenever a burst ends, and open them again for the next.
    must(curl_api()->multi_setopt(curl->multi, CURLMOPT_MAXCONNECTS, (long)total));
}

static void on_timer_closed(void *owner)
{
    loop_closing_down(owner);
}

void curl_loop_stop(struct curl_loop *curl)
{
    // It may still call on_socket_wanted and on_timer_wanted, so the handles go after it.
    must(curl_api()->multi_cleanup(curl->multi));
    curl->multi = NULL;
    struct watch *watch;
    while ((watch = TAILQ_FIRST(&curl->watches)) != NULL) {
        watch_close(watch);
    }
    loop_timer_close(&curl->timer, on_timer_closed);
}

void curl_loop_add(struct curl_loop *curl, CURL *easy)
{
    must(curl_api()->multi_add_handle(curl->multi, easy));
}

void curl_loop_remove(struct curl_loop *curl, CURL *easy)
{
    must(curl_api()->multi_remove_handle(curl->multi, easy));
}
