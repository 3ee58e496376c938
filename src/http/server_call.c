// SPDX-License-Identifier: MIT
#include "server_private.h"

#include "base/mem.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    // An answer that is fetched more slowly than this is cut.
    ANSWER_BYTES_PER_S_MIN = 16 * 1024,
    STATUS_TOO_LARGE = 413,
};

// ---- what came

static bool is_plain(const char *text, size_t len, bool is_header)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        bool is_fine = is_header ? c >= 0x20 || c == '\t' : c > 0x20 && c < 0x7f;
        if (!is_fine || c == 0x7f) {
            return false;
        }
    }
    return true;
}

struct fields_reader {
    struct http_call *call;
    unsigned refusal; // an HTTP status; 0: none
};

static enum MHD_Result on_field(void *context, enum MHD_ValueKind kind, const char *name,
                                size_t name_len, const char *value, size_t value_len)
{
    (void)kind;
    struct fields_reader *reader = context;
    struct http_incoming *incoming = &reader->call->incoming;
    if (incoming->field_count == HTTP_HEADERS_MAX) {
        reader->refusal = MHD_HTTP_REQUEST_HEADER_FIELDS_TOO_LARGE;
        return MHD_NO;
    }
    const struct span text = {value == NULL ? "" : value, value == NULL ? 0 : value_len};
    if (name_len == 0 || !is_plain(name, name_len, false) ||
        !is_plain(text.bytes, text.len, true)) {
        reader->refusal = MHD_HTTP_BAD_REQUEST;
        return MHD_NO;
    }
    reader->call->fields[incoming->field_count++] =
        (struct http_field){.name = {name, name_len}, .value = text};
    return MHD_YES;
}

// RFC 9112, 6.3 and 3.2: what could be read in two ways is read in none.
static unsigned check_framing(const struct http_call *call)
{
    struct span value = {0};
    const struct http_incoming *incoming = &call->incoming;
    struct span host = {0};
    size_t lengths = http_incoming_field(incoming, "content-length", &value);
    bool is_length_long = false;
    if (lengths == 1) {
        uint64_t len = 0;
        for (size_t i = 0; i < value.len; i++) {
            if (value.bytes[i] < '0' || value.bytes[i] > '9') {
                return MHD_HTTP_BAD_REQUEST;
            }
            len = len > UINT32_MAX ? len : len * 10 + (uint64_t)(value.bytes[i] - '0');
        }
        is_length_long = len > call->body.limit;
    }
    struct span coding = {0};
    size_t codings = http_incoming_field(incoming, "transfer-encoding", &coding);
    if (lengths + codings > 1 || (lengths == 1 && value.len == 0) ||
        http_incoming_field(incoming, "host", &host) > 1 || host.len > HTTP_HOST_BYTES_MAX) {
        return MHD_HTTP_BAD_REQUEST;
    }
    if (codings == 1 && !span_equals_ignore_case(coding, span_of("chunked"))) {
        return MHD_HTTP_NOT_IMPLEMENTED;
    }
    return is_length_long ? STATUS_TOO_LARGE : 0;
}

static void name_peer(struct http_incoming *incoming, struct MHD_Connection *mhd)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const struct sockaddr *address = info == NULL ? NULL : info->client_addr;
    if (address != NULL && address->sa_family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)address;
        (void)inet_ntop(AF_INET, &v4->sin_addr, incoming->peer, sizeof(incoming->peer));
    } else if (address != NULL && address->sa_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)address;
        if (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr)) {
            (void)inet_ntop(AF_INET, &v6->sin6_addr.s6_addr[12], incoming->peer,
                            sizeof(incoming->peer));
        } else {
            (void)inet_ntop(AF_INET6, &v6->sin6_addr, incoming->peer, sizeof(incoming->peer));
        }
    }
}

// The status that the request is refused with; 0: none.
static unsigned read_head(struct http_call *call, const char *method)
{
    struct http_incoming *incoming = &call->incoming;
    struct fields_reader reader = {.call = call};
    struct MHD_Connection *mhd = call->connection->mhd;
    const char *query = strchr(call->target, '?');
    size_t len = strlen(call->target);
    size_t path_len = query == NULL ? len : (size_t)(query - call->target);
    incoming->method = span_of(method);
    incoming->path = (struct span){call->target, path_len};
    if (query != NULL) {
        incoming->query = (struct span){query + 1, len - path_len - 1};
    }
    incoming->fields = call->fields;
    incoming->is_tls = call->connection->engine->server->is_tls;
    name_peer(incoming, mhd);
    if (!is_plain(call->target, len, false) ||
        (call->target[0] != '/' && strcmp(call->target, "*") != 0)) {
        return MHD_HTTP_BAD_REQUEST;
    }
    (void)MHD_get_connection_values_n(mhd, MHD_HEADER_KIND, on_field, &reader);
    return reader.refusal != 0 ? reader.refusal : check_framing(call);
}

// ---- what goes

static enum MHD_Result send_response(struct http_call *call)
{
    struct connection *connection = call->connection;
    const struct http_server *server = connection->engine->server;
    int64_t send_ms = (int64_t)(call->response_bytes * 1000 / ANSWER_BYTES_PER_S_MIN);
    connection_set_limit(connection, server->request_timeout_ms + send_ms);
    call->state = CALL_SENT;
    enum MHD_Result result = MHD_queue_response(connection->mhd, call->status, call->response);
    MHD_destroy_response(call->response);
    call->response = NULL;
    return result;
}

static enum MHD_Result refuse(struct http_call *call, unsigned status)
{
    call->response = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    ENSURE(call->response != NULL);
    (void)MHD_add_response_header(call->response, MHD_HTTP_HEADER_CONNECTION, "close");
    call->status = status;
    return send_response(call);
}

static struct MHD_Response *make_response(const struct http_answer *answer, bool is_last)
{
    struct MHD_Response *response =
        answer->body_file >= 0
            ? MHD_create_response_from_fd_at_offset64(answer->file_len, answer->body_file,
                                                      answer->file_offset)
            : MHD_create_response_from_buffer(answer->body.len, (void *)answer->body.bytes,
                                              MHD_RESPMEM_MUST_COPY);
    ENSURE(response != NULL);
    for (size_t i = 0; i < answer->header_count; i++) {
        enum MHD_Result added =
            MHD_add_response_header(response, answer->headers[i].name, answer->headers[i].value);
        REQUIRE(added == MHD_YES); // no line ends in it
    }
    if (is_last) {
        (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
    }
    return response;
}

void http_call_answer(struct http_call *call, const struct http_answer *answer)
{
    REQUIRE(call->state == CALL_HANDED && answer->status >= 200 && answer->status < 600);
    REQUIRE(answer->header_count <= HTTP_ANSWER_HEADERS_MAX);
    call->response = make_response(answer, answer->is_last || !connection_keep(call->connection));
    call->status = (unsigned)answer->status;
    call->response_bytes = answer->body_file >= 0 ? answer->file_len : answer->body.len;
    call->state = CALL_ANSWERED;
    if (!call->is_in_handler) {
        struct engine *engine = call->connection->engine;
        MHD_resume_connection(call->connection->mhd);
        engine_wake(engine);
    }
}

const struct http_incoming *http_call_incoming(const struct http_call *call)
{
    return &call->incoming;
}

// ---- its life

struct http_call *call_begin(struct connection *connection, const char *target)
{
    struct http_server *server = connection->engine->server;
    struct http_call *call = spare_take(&server->spare_calls);
    call->connection = connection;
    call->target = mem_text(target);
    buf_init(&call->body, server->body_bytes);
    connection->call = call;
    connection_set_limit(connection, server->request_timeout_ms);
    return call;
}

void call_end(struct http_call *call)
{
    struct connection *connection = call->connection;
    if (call->response != NULL) {
        MHD_destroy_response(call->response);
    }
    connection->call = NULL;
    connection_set_limit(connection, connection->engine->server->idle_timeout_ms);
    buf_deinit(&call->body);
    mem_free(&call->target);
    spare_give(&connection->engine->server->spare_calls, call);
}

static enum MHD_Result take_body(struct http_call *call, const char *upload, size_t *upload_len)
{
    size_t len = *upload_len;
    *upload_len = 0;
    if (!call->is_too_long && !buf_append(&call->body, upload, len)) {
        // No answer can be given before the body's end; a body without end runs into its time.
        call->is_too_long = true;
        buf_deinit(&call->body);
    }
    return MHD_YES;
}

static enum MHD_Result hand_over(struct http_call *call)
{
    struct connection *connection = call->connection;
    const struct http_server *server = connection->engine->server;
    call->incoming.body = (struct span){buf_text(&call->body), call->body.len};
    call->state = CALL_HANDED;
    connection->cut_at_ms = INT64_MAX;
    call->is_in_handler = true;
    server->handler(server->owner, call);
    call->is_in_handler = false;
    if (call->state == CALL_ANSWERED) {
        return send_response(call);
    }
    MHD_suspend_connection(connection->mhd);
    return MHD_YES;
}

enum MHD_Result call_go_on(struct http_call *call, const char *method, const char *upload,
                           size_t *upload_len)
{
    if (call->state == CALL_NEW) {
        unsigned refusal = read_head(call, method);
        call->state = CALL_BODY;
        return refusal == 0 ? MHD_YES : refuse(call, refusal);
    }
    if (call->state == CALL_ANSWERED) {
        return send_response(call);
    }
    if (*upload_len > 0) {
        return take_body(call, upload, upload_len);
    }
    if (call->state != CALL_BODY) {
        return MHD_YES;
    }
    return call->is_too_long ? refuse(call, STATUS_TOO_LARGE) : hand_over(call);
}
