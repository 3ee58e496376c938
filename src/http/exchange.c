// SPDX-License-Identifier: MIT
#include "exchange.h"

#include "curl_api.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"

#include <string.h>
#include <uv.h>

#define LETTERS_AND_DIGITS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

enum { HOST_NAME_MAX_BYTES = 253 }; // RFC 1035, section 2.3.4, in its text form

// The code of a setting that only a mistake of ours, or a curl without HTTP and TLS, makes fail.
static void must(CURLcode code)
{
    ENSURE(code == CURLE_OK);
}

static size_t on_body(char *bytes, size_t size, size_t count, void *context)
{
    struct exchange *exchange = context;
    // Called with decompressed bytes, so this limit holds for a gzip bomb, too.
    return buf_append(&exchange->body, bytes, size * count) ? size * count : 0;
}

static bool headers_are_too_large(const struct exchange *exchange)
{
    return exchange->header_count > HEADERS_MAX || exchange->header_bytes > HEADER_BYTES_MAX;
}

static size_t on_header(char *bytes, size_t size, size_t count, void *context)
{
    struct exchange *exchange = context;
    size_t len = size * count;
    exchange->header_count++;
    exchange->header_bytes += len;
    // Interim answers (1xx) come first, each with an empty line at its end; trailers come without.
    if (len >= 5 && memcmp(bytes, "HTTP/", 5) == 0) {
        exchange->headers_ended = false;
    } else if (bytes[0] == '\r' || bytes[0] == '\n') {
        exchange->headers_ended = true;
    }
    return headers_are_too_large(exchange) ? 0 : len;
}

// RFC 9110, sections 5.6.2 and 5.5. Above all no line end: it would begin a header of its own.
static bool is_header(const char *name, const char *value)
{
    size_t name_len = strspn(name, "!#$%&'*+-.^_`|~" LETTERS_AND_DIGITS);
    return name_len > 0 && name[name_len] == '\0' && text_is_printable_ascii(value, strlen(value));
}

static enum err_kind add_headers(struct exchange *exchange, const struct http_request *request,
                                 struct err *err)
{
    for (size_t i = 0; i < request->header_count; i++) {
        const struct http_header *header = &request->headers[i];
        const char *value = header->secret ? secret_reveal(header->secret) : header->value;
        if (!is_header(header->name, value)) {
            return err_set(err, ERR_INVALID,
                           "header %s: the value may hold printable ASCII characters only",
                           header->name);
        }
        // curl takes "Name:" for "send no such header" and "Name;" for an empty one.
        char *line = mem_format(*value != '\0' ? "%s: %s" : "%s;%s", header->name, value);
        struct curl_slist *longer = curl_api()->slist_append(exchange->headers, line);
        ENSURE(longer != NULL);
        exchange->headers = longer;
        mem_wipe(line, strlen(line));
        mem_free(&line);
    }
    return ERR_OK;
}

// Only what getaddrinfo and CURLOPT_RESOLVE both take for the same name.
static bool is_host_name(const char *host)
{
    size_t len = strlen(host);
    return len > 0 && len <= HOST_NAME_MAX_BYTES && strspn(host, "-._" LETTERS_AND_DIGITS) == len;
}

static bool is_address(const char *host)
{
    struct in_addr address;
    return host[0] == '[' || uv_inet_pton(AF_INET, host, &address) == 0;
}

static enum err_kind check_parts(struct exchange *exchange, const struct http_config *config,
                                 CURLU *url, struct err *err)
{
    char *scheme = NULL;
    char *host = NULL;
    char *port = NULL;
    enum err_kind kind = ERR_OK;
    CURLUcode code = curl_api()->url_get(url, CURLUPART_SCHEME, &scheme, 0);
    code = code == CURLUE_OK ? curl_api()->url_get(url, CURLUPART_HOST, &host, 0) : code;
    code = code == CURLUE_OK ? curl_api()->url_get(url, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT)
                             : code;
    if (code != CURLUE_OK) {
        kind = err_set(err, ERR_INVALID, "URL: %s", curl_api()->url_strerror(code));
    } else if (strcmp(scheme, "https") != 0 && strcmp(scheme, "http") != 0) {
        kind = err_set(err, ERR_INVALID, "URL: the scheme must be https");
    } else if (strcmp(scheme, "http") == 0 && !config->allow_plain_http) {
        kind = err_set(err, ERR_INVALID, "URL: plain HTTP is not allowed by the settings");
    } else if (!is_address(host) && !is_host_name(host)) {
        kind =
            err_set(err, ERR_INVALID, "URL: the host name may hold letters, digits, '-' and '.'");
    } else {
        exchange->host = is_address(host) ? NULL : mem_text(host);
        exchange->port = mem_text(port);
        exchange->place = mem_format("%s:%s", host, port);
    }
    curl_api()->free(scheme);
    curl_api()->free(host);
    curl_api()->free(port);
    return kind;
}

static enum err_kind check_url(struct exchange *exchange, const struct http_config *config,
                               const char *text, struct err *err)
{
    CURLU *url = curl_api()->url();
    ENSURE(url != NULL);
    // The text itself stays out of the message: it may hold a password.
    CURLUcode code = curl_api()->url_set(url, CURLUPART_URL, text, CURLU_DISALLOW_USER);
    enum err_kind kind = code == CURLUE_OK
                             ? check_parts(exchange, config, url, err)
                             : err_set(err, ERR_INVALID, "URL: %s", curl_api()->url_strerror(code));
    curl_api()->url_cleanup(url);
    return kind;
}

// What easy_setopt takes is "...": each of these passes on one type, and for options of that kind.
static void set_number(CURL *easy, CURLoption option, long value)
{
    REQUIRE(option < CURLOPTTYPE_OBJECTPOINT);
    must(curl_api()->easy_setopt(easy, option, value));
}

// For text, which curl copies.
static void set_text(CURL *easy, CURLoption option, const char *text)
{
    REQUIRE(option > CURLOPTTYPE_OBJECTPOINT && option < CURLOPTTYPE_FUNCTIONPOINT);
    must(curl_api()->easy_setopt(easy, option, text));
}

// For what the callbacks and curl itself write to; must outlive the handle.
static void set_data(CURL *easy, CURLoption option, void *data)
{
    REQUIRE(option > CURLOPTTYPE_OBJECTPOINT && option < CURLOPTTYPE_FUNCTIONPOINT);
    must(curl_api()->easy_setopt(easy, option, data));
}

// Must outlive the handle.
static void set_list(CURL *easy, CURLoption option, struct curl_slist *list)
{
    REQUIRE(option > CURLOPTTYPE_OBJECTPOINT && option < CURLOPTTYPE_FUNCTIONPOINT);
    must(curl_api()->easy_setopt(easy, option, list));
}

static void set_on_bytes(CURL *easy, CURLoption option, curl_write_callback on_bytes)
{
    REQUIRE(option > CURLOPTTYPE_FUNCTIONPOINT && option < CURLOPTTYPE_OFF_T);
    must(curl_api()->easy_setopt(easy, option, on_bytes));
}

static void set_connection_options(CURL *easy, const struct http_config *config)
{
    set_number(easy, CURLOPT_NOSIGNAL, 1); // no SIGALRM tricks in a process of threads
    set_text(easy, CURLOPT_PROTOCOLS_STR, config->allow_plain_http ? "https,http" : "https");
    set_number(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    set_number(easy, CURLOPT_FOLLOWLOCATION, 0); // the token goes to no other host
    set_text(easy, CURLOPT_PROXY, "");           // none from the environment either
    set_number(easy, CURLOPT_NETRC, CURL_NETRC_IGNORED);
    set_number(easy, CURLOPT_PATH_AS_IS, 1);
    set_number(easy, CURLOPT_SSL_VERIFYPEER, 1);
    set_number(easy, CURLOPT_SSL_VERIFYHOST, 2);
    set_number(easy, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
    if (config->ca_file != NULL) {
        set_text(easy, CURLOPT_CAINFO, config->ca_file);
        set_text(easy, CURLOPT_CAPATH, NULL);
    }
    set_number(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)config->connect_timeout_ms);
    set_number(easy, CURLOPT_MAXAGE_CONN, CONNECTION_IDLE_MAX_S);
}

static void set_body(CURL *easy, struct span body)
{
    if (body.bytes == NULL) {
        set_number(easy, CURLOPT_HTTPGET, 1);
        return;
    }
    // The size first: the copy is as long as it says.
    must(curl_api()->easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.len));
    set_text(easy, CURLOPT_COPYPOSTFIELDS, body.bytes);
}

static void set_request_options(struct exchange *exchange, const struct http_config *config,
                                const struct http_request *request)
{
    CURL *easy = exchange->easy;
    set_text(easy, CURLOPT_URL, request->url);
    set_body(easy, request->body);
    set_list(easy, CURLOPT_HTTPHEADER, exchange->headers);
    set_text(easy, CURLOPT_USERAGENT, config->user_agent);
    // Sends Accept-Encoding, decodes, and refuses a Content-Encoding that curl does not know.
    set_text(easy, CURLOPT_ACCEPT_ENCODING, "gzip");
    set_on_bytes(easy, CURLOPT_WRITEFUNCTION, on_body);
    set_data(easy, CURLOPT_WRITEDATA, exchange);
    set_on_bytes(easy, CURLOPT_HEADERFUNCTION, on_header);
    set_data(easy, CURLOPT_HEADERDATA, exchange);
    set_data(easy, CURLOPT_ERRORBUFFER, exchange->detail);
}

enum err_kind exchange_init(struct exchange *exchange, const struct http_config *config,
                            const struct http_request *request, struct err *err)
{
    *exchange = (struct exchange){.easy = NULL};
    buf_init(&exchange->body, config->body_limit_bytes);
    enum err_kind kind = check_url(exchange, config, request->url, err);
    kind = kind == ERR_OK ? add_headers(exchange, request, err) : kind;
    if (kind != ERR_OK) {
        return kind;
    }
    exchange->easy = curl_api()->easy_init();
    ENSURE(exchange->easy != NULL);
    set_connection_options(exchange->easy, config);
    set_request_options(exchange, config, request);
    return ERR_OK;
}

void exchange_deinit(struct exchange *exchange)
{
    curl_api()->easy_cleanup(exchange->easy);
    exchange->easy = NULL;
    for (struct curl_slist *header = exchange->headers; header != NULL; header = header->next) {
        mem_wipe(header->data, strlen(header->data));
    }
    curl_api()->slist_free_all(exchange->headers);
    curl_api()->slist_free_all(exchange->addresses);
    exchange->headers = NULL;
    exchange->addresses = NULL;
    mem_free(&exchange->host);
    mem_free(&exchange->port);
    mem_free(&exchange->place);
    buf_deinit(&exchange->body);
}

void exchange_set_addresses(struct exchange *exchange, const char *addresses)
{
    REQUIRE(exchange->host != NULL && exchange->addresses == NULL);
    // Without "+" the entry does not age inside curl: while a transfer waits for a free connection
    // curl would otherwise drop it and resolve by itself.
    char *entry = mem_format("%s:%s:%s", exchange->host, exchange->port, addresses);
    exchange->addresses = curl_api()->slist_append(NULL, entry);
    ENSURE(exchange->addresses != NULL);
    mem_free(&entry);
    set_list(exchange->easy, CURLOPT_RESOLVE, exchange->addresses);
}

static enum err_kind kind_of(CURLcode result)
{
    switch ((int)result) { // of the many codes only those that differ from the default
    case CURLE_URL_MALFORMAT:
        return ERR_INVALID;
    case CURLE_OPERATION_TIMEDOUT:
        return ERR_TIMEOUT;
    case CURLE_BAD_CONTENT_ENCODING:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL: // HTTP/0.9; schemes were checked before
        return ERR_CORRUPT;
    case CURLE_OUT_OF_MEMORY: // before curl 8.6: one header line longer than curl's own limit
#if LIBCURL_VERSION_NUM >= 0x080600
    case CURLE_TOO_LARGE:
#endif
        return ERR_LIMIT;
    default:
        return ERR_UNAVAILABLE;
    }
}

enum err_kind exchange_judge(const struct exchange *exchange, CURLcode result, struct err *err)
{
    if (result == CURLE_OK && exchange->headers_ended) {
        return ERR_OK;
    }
    if (result == CURLE_OK) {
        // curl takes a connection that closes there for an answer without a body.
        return err_set(err, ERR_UNAVAILABLE, "the connection ended within the headers");
    }
    if (exchange->body.overflow) {
        return err_set(err, ERR_LIMIT, "the answer is longer than %zu bytes", exchange->body.limit);
    }
    if (headers_are_too_large(exchange)) {
        return err_set(err, ERR_LIMIT, "the answer has more than %d headers or %d bytes of them",
                       HEADERS_MAX, HEADER_BYTES_MAX);
    }
    return err_set(err, kind_of(result), "%s",
                   exchange->detail[0] != '\0' ? exchange->detail
                                               : curl_api()->easy_strerror(result));
}

// A header of the final answer; "" when it is absent or holds what no header should.
static const char *header_text(CURL *easy, const char *name)
{
    struct curl_header *header = NULL;
    if (curl_api()->easy_header(easy, name, 0, CURLH_HEADER, -1, &header) != CURLHE_OK ||
        !text_is_printable_ascii(header->value, strlen(header->value))) {
        return "";
    }
    return header->value;
}

// RFC 9110, section 10.2.3: seconds or an HTTP date.
static int64_t retry_after_ms(const char *value)
{
    int64_t seconds = 0;
    int64_t wait_ms = 0;
    if (text_to_int64(value, strlen(value), &seconds)) {
        // Cut before the multiplication, which would overflow.
        seconds =
            seconds > HTTP_RETRY_AFTER_MAX_MS / 1000 ? HTTP_RETRY_AFTER_MAX_MS / 1000 : seconds;
        wait_ms = seconds < 0 ? 0 : seconds * 1000;
    } else if (*value != '\0') {
        time_t date = curl_api()->getdate(value, NULL);
        wait_ms = date < 0 ? 0 : (int64_t)date * 1000 - clock_wall_ms();
    }
    wait_ms = wait_ms > HTTP_RETRY_AFTER_MAX_MS ? HTTP_RETRY_AFTER_MAX_MS : wait_ms;
    return wait_ms < 0 ? 0 : wait_ms;
}

void exchange_read(struct exchange *exchange, struct http_response *response_out)
{
    long status = 0;
    must(curl_api()->easy_getinfo(exchange->easy, CURLINFO_RESPONSE_CODE, &status));
    *response_out = (struct http_response){
        .status = (int)status,
        .body = &exchange->body,
        .content_type = header_text(exchange->easy, "Content-Type"),
        .request_id = header_text(exchange->easy, "X-Request-Id"),
        .retry_after_ms = retry_after_ms(header_text(exchange->easy, "Retry-After")),
    };
}
