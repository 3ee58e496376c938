// SPDX-License-Identifier: MIT
//
// Packs from SecMaster. The story of a fetch: check what goes into the URL, find the token, GET,
// judge the answer, see that the body is JSON (on a thread, unless it is short and plainly right),
// call back. A list is the same with a POST (huawei-secmaster.md 1.4). A fault before the request
// takes the way over the thread, too, so that no callback comes before `fetch` or `list` has
// returned.
#include "source/secmaster.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "credentials.h"
#include "pack_fetch.h"
#include "scan/scanner.h"
#include "secmaster_error.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

enum {
    URL_MAX_BYTES = 4096,
    SEARCH_BYTES = 80,
    SCANNED_BYTES_MAX = 64 * 1024, // of a body that is looked at on the loop
    PLAIN_NUMBER_BYTES = 15,       // digits that fit into any kind of number
};

struct secmaster {
    struct pack_source source;
    uv_loop_t *loop;
    struct http_client *http;
    struct credentials *credentials;
    struct scanner *scanner;
    char *language;
    int64_t timeout_ms;          // of a request, at most
    struct loop_closing closing; // one up for the HTTP client and for each fetch
    loop_closed_cb on_closed;
    void *owner;
};

struct secmaster_fetch {
    struct pack_fetch fetch;
    struct http_transfer *transfer; // NULL: not under way
    bool is_list;
};

// The vendor's clients take a cut or empty body for an empty result (reference, section 6). Here
// it is an error, found on a thread because a pack may have megabytes.
static void check_json(struct pack_fetch *fetch)
{
    json_error_t where;
    json_t *json = json_loadb(fetch->body.data, fetch->body.len, 0, &where);
    if (json == NULL) {
        (void)err_set(&fetch->err, ERR_CORRUPT,
                      "%s: the body is cut or no JSON: line %d, column %d: %s", fetch->origin,
                      where.line, where.column, where.text);
    }
    json_decref(json);
}

// jansson takes no integer past 64 bits and no number past a double's range; it has to be asked.
static bool may_be_too_large(const struct tape *tape, const struct tape_node *node)
{
    size_t len = node->end - node->begin;
    return (node->tag & TAPE_KIND_MASK) == TAPE_NUMBER &&
           (len > PLAIN_NUMBER_BYTES || memchr(tape->bytes + node->begin, 'e', len) != NULL ||
            memchr(tape->bytes + node->begin, 'E', len) != NULL);
}

// Whether check_json would find nothing wrong, by a way that takes microseconds. False: who knows.
static bool is_surely_json(struct secmaster *secmaster, struct buf *body)
{
    static const char PADDING[SCAN_PADDING];
    size_t len = body->len;
    if (len > SCANNED_BYTES_MAX || !buf_append(body, PADDING, sizeof(PADDING))) {
        return false;
    }
    const struct scan_input input = {.bytes = body->data, .len = len};
    const struct tape *tape = scanner_run(secmaster->scanner, &input);
    bool is_sure =
        tape != NULL && (tape_kind(tape, 0) == TAPE_OBJECT || tape_kind(tape, 0) == TAPE_ARRAY);
    for (size_t i = 0; is_sure && i < tape->count; i++) {
        is_sure = !may_be_too_large(tape, &tape->nodes[i]);
    }
    buf_truncate(body, len);
    return is_sure;
}

static void finish_failed(struct pack_fetch *fetch)
{
    const struct secmaster_fetch *of_secmaster = container_of(fetch, struct secmaster_fetch, fetch);
    (void)err_prefix(&fetch->err, "%s %s", of_secmaster->is_list ? "POST" : "GET", fetch->origin);
    pack_fetch_finish(fetch);
}

static void on_response(void *context, const struct http_response *response, const struct err *err)
{
    struct secmaster_fetch *of_secmaster = context;
    struct pack_fetch *fetch = &of_secmaster->fetch;
    struct secmaster *secmaster = container_of(fetch->source, struct secmaster, source);
    of_secmaster->transfer = NULL;
    if (response == NULL) {
        fetch->err = *err;
        finish_failed(fetch);
        return;
    }
    const struct secmaster_answer answer = {.status = response->status,
                                            .body = buf_text(response->body),
                                            .len = response->body->len,
                                            .request_id = response->request_id,
                                            .retry_after_ms = response->retry_after_ms};
    if (secmaster_judge(&answer, &fetch->err) != ERR_OK) {
        finish_failed(fetch);
        return;
    }
    fetch->body = *response->body; // moved: what is left there is empty
    *response->body = (struct buf){.limit = fetch->body.limit};
    if (is_surely_json(secmaster, &fetch->body)) {
        pack_fetch_finish(fetch);
    } else {
        pack_fetch_work(fetch, secmaster->loop, check_json);
    }
}

static enum err_kind check_ids(const struct account *account, const char *name, struct err *err)
{
    if (!account_base_url_is_valid(account->base_url)) {
        return err_set(err, ERR_INVALID,
                       "account %s: base_url must be https://<host>, without user, query or "
                       "fragment",
                       account->id);
    }
    const struct {
        const char *name;
        const char *value;
    } ids[] = {{"project_id", account->project_id},
               {"workspace_id", account->workspace_id},
               {"pack id", name}};
    for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
        if (!text_is_id(ids[i].value, strlen(ids[i].value))) {
            return err_set(err, ERR_INVALID,
                           "account %s: %s: 1 to %d letters, digits, '-' and '_' are expected",
                           account->id, ids[i].name, TEXT_ID_MAX);
        }
    }
    return ERR_OK;
}

// The ids are checked; the encoding is what keeps a later, wider check from opening a hole.
static char *build_url(const struct account *account, const char *name)
{
    struct buf url;
    buf_init(&url, URL_MAX_BYTES);
    (void)buf_append_text(&url, account->base_url);
    (void)buf_append_text(&url, "/v2/");
    text_percent_encode(&url, account->project_id, strlen(account->project_id));
    (void)buf_append_text(&url, "/workspaces/");
    text_percent_encode(&url, account->workspace_id, strlen(account->workspace_id));
    (void)buf_append_text(&url, "/sa/baseline/compliance-packages/");
    text_percent_encode(&url, name, strlen(name));
    char *text = url.overflow ? NULL : buf_take(&url);
    buf_deinit(&url);
    return text;
}

// The token of the request's account, when everything about the request is right. `name` stands
// last in the path: a pack's id, or "search".
static const struct secret *prepare(const struct secmaster *secmaster,
                                    const struct account *account, const char *name,
                                    struct pack_fetch *fetch)
{
    if (check_ids(account, name, &fetch->err) != ERR_OK) {
        return NULL;
    }
    char *url = build_url(account, name);
    if (url == NULL) {
        (void)err_set(&fetch->err, ERR_INVALID, "account %s: base_url is too long", account->id);
        return NULL;
    }
    mem_free(&fetch->origin);
    fetch->origin = url;
    const struct secret *token =
        credentials_find(secmaster->credentials, account->credential, &fetch->err);
    if (token == NULL) {
        (void)err_prefix(&fetch->err, "account %s", account->id);
    }
    return token;
}

// What a fetch and a list have in common.
struct question {
    const struct account *account;
    const char *name; // see prepare
    const char *language;
    int64_t timeout_ms;
    const struct trace *trace; // NULL: none
    struct span body;          // `bytes` NULL: none
};

static void ask(struct secmaster *secmaster, const struct question *question,
                struct secmaster_fetch *of_secmaster)
{
    struct pack_fetch *fetch = &of_secmaster->fetch;
    const struct secret *token = prepare(secmaster, question->account, question->name, fetch);
    if (token == NULL) {
        pack_fetch_work(fetch, secmaster->loop, check_json);
        return;
    }
    const char *language = *question->language != '\0' ? question->language : secmaster->language;
    char traceparent[TRACE_PARENT_LEN + 1] = "";
    const char *state = "";
    if (question->trace != NULL) {
        trace_write_parent(question->trace, traceparent);
        state = question->trace->state;
    }
    // Those that may be left out come last.
    const struct http_header headers[] = {
        {.name = "X-Auth-Token", .secret = token},
        {.name = "content-type", .value = "application/json;charset=UTF-8"},
        {.name = "X-Language", .value = language},
        {.name = "Accept", .value = "application/json"},
        {.name = "traceparent", .value = traceparent},
        {.name = "tracestate", .value = state},
    };
    size_t left_out = question->trace == NULL ? 2 : state[0] == '\0' ? 1 : 0;
    bool is_shorter = question->timeout_ms > 0 && question->timeout_ms < secmaster->timeout_ms;
    const struct http_request request = {.url = fetch->origin,
                                         .headers = headers,
                                         .header_count = ARRAY_LEN(headers) - left_out,
                                         .body = question->body,
                                         .total_timeout_ms = is_shorter ? question->timeout_ms
                                                                        : secmaster->timeout_ms};
    fetch->asked_at_ms = clock_monotonic_ms();
    of_secmaster->transfer = http_send(secmaster->http, &request, on_response, of_secmaster);
}

static struct pack_fetch *secmaster_fetch(struct pack_source *source,
                                          const struct pack_request *request,
                                          pack_fetch_cb callback, void *context)
{
    struct secmaster *secmaster = container_of(source, struct secmaster, source);
    struct secmaster_fetch *of_secmaster = mem_alloc(1, sizeof(*of_secmaster));
    pack_fetch_init(&of_secmaster->fetch, source, &secmaster->closing, callback, context);
    const struct question question = {.account = request->account,
                                      .name = request->pack_id,
                                      .language = request->language,
                                      .timeout_ms = request->timeout_ms,
                                      .trace = request->trace};
    ask(secmaster, &question, of_secmaster);
    return &of_secmaster->fetch;
}

static struct pack_fetch *secmaster_list(struct pack_source *source,
                                         const struct pack_list_request *request,
                                         pack_fetch_cb callback, void *context)
{
    struct secmaster *secmaster = container_of(source, struct secmaster, source);
    struct secmaster_fetch *of_secmaster = mem_alloc(1, sizeof(*of_secmaster));
    pack_fetch_init(&of_secmaster->fetch, source, &secmaster->closing, callback, context);
    of_secmaster->is_list = true;
    char body[SEARCH_BYTES];
    int len = snprintf(body, sizeof(body), "{\"limit\":%u,\"offset\":%" PRIu64 "}", request->limit,
                       request->offset);
    ENSURE(len > 0 && (size_t)len < sizeof(body));
    const struct question question = {.account = request->account,
                                      .name = "search",
                                      .language = request->language,
                                      .timeout_ms = request->timeout_ms,
                                      .trace = request->trace,
                                      .body = {body, (size_t)len}};
    ask(secmaster, &question, of_secmaster);
    return &of_secmaster->fetch;
}

static void secmaster_cancel(struct pack_fetch *fetch)
{
    const struct secmaster_fetch *of_secmaster = container_of(fetch, struct secmaster_fetch, fetch);
    if (of_secmaster->transfer != NULL) {
        http_cancel(of_secmaster->transfer);
    } else {
        pack_fetch_cancel_work(fetch);
    }
}

static enum err_kind secmaster_reload(struct pack_source *source, struct err *err)
{
    const struct secmaster *secmaster = container_of(source, struct secmaster, source);
    return credentials_reload(secmaster->credentials, err);
}

static void on_source_closed(void *owner)
{
    struct secmaster *secmaster = owner;
    loop_closed_cb on_closed = secmaster->on_closed;
    void *users_owner = secmaster->owner;
    credentials_destroy(&secmaster->credentials);
    scanner_destroy(&secmaster->scanner);
    mem_free(&secmaster->language);
    mem_free(&secmaster);
    if (on_closed != NULL) {
        on_closed(users_owner);
    }
}

static void on_http_closed(void *owner)
{
    struct secmaster *secmaster = owner;
    loop_closing_down(&secmaster->closing);
}

static void secmaster_close(struct pack_source *source, loop_closed_cb on_closed, void *owner)
{
    struct secmaster *secmaster = container_of(source, struct secmaster, source);
    secmaster->on_closed = on_closed;
    secmaster->owner = owner;
    http_client_close(secmaster->http, on_http_closed, secmaster);
}

static const struct pack_source_methods SECMASTER_METHODS = {
    .fetch = secmaster_fetch,
    .list = secmaster_list,
    .cancel = secmaster_cancel,
    .reload = secmaster_reload,
    .close = secmaster_close,
};

enum err_kind pack_source_secmaster_create(uv_loop_t *loop, const struct secmaster_config *config,
                                           struct pack_source **source_out, struct err *err)
{
    struct credentials *credentials = NULL;
    enum err_kind kind = credentials_create(config->credentials_folder, &credentials, err);
    if (kind != ERR_OK) {
        return kind;
    }
    struct http_client *http = NULL;
    kind = http_client_create(loop, &config->http, &http, err);
    if (kind != ERR_OK) {
        credentials_destroy(&credentials);
        return kind;
    }
    struct secmaster *secmaster = mem_alloc(1, sizeof(*secmaster));
    secmaster->source.methods = &SECMASTER_METHODS;
    secmaster->loop = loop;
    secmaster->http = http;
    secmaster->credentials = credentials;
    secmaster->scanner = scanner_create(scan_kernel_best());
    secmaster->language = mem_text(config->language);
    secmaster->timeout_ms = config->http.total_timeout_ms;
    secmaster->closing = (struct loop_closing){.on_closed = on_source_closed, .owner = secmaster};
    loop_closing_up(&secmaster->closing);
    *source_out = &secmaster->source;
    return ERR_OK;
}
