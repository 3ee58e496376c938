// SPDX-License-Identifier: MIT
//
// Packs from SecMaster. The story of a fetch: check what goes into the URL, find the token, GET,
// judge the answer, see on a thread that the body is JSON, call back. A fault before the GET takes
// the way over the thread, too, so that no callback comes before `fetch` has returned.
#include "source/secmaster.h"

#include "base/mem.h"
#include "base/text.h"
#include "credentials.h"
#include "pack_fetch.h"
#include "secmaster_error.h"

#include <jansson.h>
#include <string.h>

enum { URL_MAX_BYTES = 4096 };

struct secmaster {
    struct pack_source source;
    uv_loop_t *loop;
    struct http_client *http;
    struct credentials *credentials;
    char *language;
    int64_t timeout_ms;          // of a request, at most
    struct loop_closing closing; // one up for the HTTP client and for each fetch
    loop_closed_cb on_closed;
    void *owner;
};

struct secmaster_fetch {
    struct pack_fetch fetch;
    struct http_transfer *transfer; // NULL: not under way
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

static void finish_failed(struct pack_fetch *fetch)
{
    (void)err_prefix(&fetch->err, "GET %s", fetch->origin);
    pack_fetch_finish(fetch);
}

static void on_response(void *context, const struct http_response *response, const struct err *err)
{
    struct secmaster_fetch *of_secmaster = context;
    struct pack_fetch *fetch = &of_secmaster->fetch;
    const struct secmaster *secmaster = container_of(fetch->source, struct secmaster, source);
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
    pack_fetch_work(fetch, secmaster->loop, check_json);
}

static bool is_base_url(const char *url)
{
    return (text_starts_with(url, "https://") || text_starts_with(url, "http://")) &&
           text_is_printable_ascii(url, strlen(url)) && strpbrk(url, " @?#") == NULL;
}

static enum err_kind check_ids(const struct pack_request *request, struct err *err)
{
    const struct account *account = request->account;
    if (!is_base_url(account->base_url)) {
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
               {"pack id", request->pack_id}};
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
static char *build_url(const struct pack_request *request)
{
    const struct account *account = request->account;
    struct buf url;
    buf_init(&url, URL_MAX_BYTES);
    (void)buf_append_text(&url, account->base_url);
    (void)buf_append_text(&url, "/v2/");
    text_percent_encode(&url, account->project_id, strlen(account->project_id));
    (void)buf_append_text(&url, "/workspaces/");
    text_percent_encode(&url, account->workspace_id, strlen(account->workspace_id));
    (void)buf_append_text(&url, "/sa/baseline/compliance-packages/");
    text_percent_encode(&url, request->pack_id, strlen(request->pack_id));
    char *text = url.overflow ? NULL : buf_take(&url);
    buf_deinit(&url);
    return text;
}

// The token of the request's account, when everything about the request is right.
static const struct secret *prepare(const struct secmaster *secmaster,
                                    const struct pack_request *request, struct pack_fetch *fetch)
{
    if (check_ids(request, &fetch->err) != ERR_OK) {
        return NULL;
    }
    char *url = build_url(request);
    if (url == NULL) {
        (void)err_set(&fetch->err, ERR_INVALID, "account %s: base_url is too long",
                      request->account->id);
        return NULL;
    }
    mem_free(&fetch->origin);
    fetch->origin = url;
    const struct secret *token =
        credentials_find(secmaster->credentials, request->account->credential, &fetch->err);
    if (token == NULL) {
        (void)err_prefix(&fetch->err, "account %s", request->account->id);
    }
    return token;
}

static int64_t timeout_of(const struct secmaster *secmaster, const struct pack_request *request)
{
    bool is_shorter = request->timeout_ms > 0 && request->timeout_ms < secmaster->timeout_ms;
    return is_shorter ? request->timeout_ms : secmaster->timeout_ms;
}

static struct pack_fetch *secmaster_fetch(struct pack_source *source,
                                          const struct pack_request *request,
                                          pack_fetch_cb callback, void *context)
{
    struct secmaster *secmaster = container_of(source, struct secmaster, source);
    struct secmaster_fetch *of_secmaster = mem_alloc(1, sizeof(*of_secmaster));
    struct pack_fetch *fetch = &of_secmaster->fetch;
    pack_fetch_init(fetch, source, &secmaster->closing, callback, context);
    const struct secret *token = prepare(secmaster, request, fetch);
    if (token == NULL) {
        pack_fetch_work(fetch, secmaster->loop, check_json);
        return fetch;
    }
    const char *language = *request->language != '\0' ? request->language : secmaster->language;
    const struct http_header headers[] = {
        {.name = "X-Auth-Token", .secret = token},
        {.name = "content-type", .value = "application/json;charset=UTF-8"},
        {.name = "X-Language", .value = language},
        {.name = "Accept", .value = "application/json"},
    };
    const struct http_request get = {.url = fetch->origin,
                                     .headers = headers,
                                     .header_count = ARRAY_LEN(headers),
                                     .total_timeout_ms = timeout_of(secmaster, request)};
    of_secmaster->transfer = http_send(secmaster->http, &get, on_response, of_secmaster);
    return fetch;
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
    secmaster->language = mem_text(config->language);
    secmaster->timeout_ms = config->http.total_timeout_ms;
    secmaster->closing = (struct loop_closing){.on_closed = on_source_closed, .owner = secmaster};
    loop_closing_up(&secmaster->closing);
    *source_out = &secmaster->source;
    return ERR_OK;
}
