// SPDX-License-Identifier: MIT
#include "ask_link.h"

#include "api/sign.h"
#include "base/mem.h"
#include "base/text.h"

#include <jansson.h>
#include <string.h>

enum { STATUS_OK = 200, STATUS_DENIED = 403, STATUS_FAILED = 500 };
enum { QUESTION_PARAMETERS = 3 };

static const char *host_of(const char *endpoint)
{
    return strstr(endpoint, "://") + strlen("://");
}

bool ask_link_is_endpoint(const char *text)
{
    return web_is_url(text) && text_is_printable_ascii(text, strlen(text)) &&
           host_of(text)[0] != '\0' && strpbrk(host_of(text), "/?#@ ") == NULL;
}

// "host:443" of https is signed as the client sends it, without the port.
static char *signed_host(const char *endpoint)
{
    const char *host = host_of(endpoint);
    const char *own_port = text_starts_with(endpoint, "https://") ? ":443" : ":80";
    size_t len = strlen(host);
    size_t port_len = strlen(own_port);
    bool has_own = len > port_len && strcmp(host + len - port_len, own_port) == 0;
    return mem_text_n(host, has_own ? len - port_len : len);
}

// ---- the answer

static enum err_kind refused(const struct web_answer *answer, const json_t *document,
                             struct err *err)
{
    const char *code = json_string_value(json_object_get(document, "Code"));
    const char *message = json_string_value(json_object_get(document, "Message"));
    enum err_kind kind = answer->status == STATUS_DENIED   ? ERR_DENIED
                         : answer->status >= STATUS_FAILED ? ERR_UNAVAILABLE
                                                           : ERR_INVALID;
    if (code == NULL || message == NULL) {
        return err_set(err, ERR_CORRUPT, "status %d without a code: is this a front door?",
                       answer->status);
    }
    return err_set(err, kind, "%s: %s", code, message);
}

static enum err_kind read_link(const json_t *document, const char *pack, char **link_out,
                               struct err *err)
{
    const json_t *report = json_object_get(document, "CompliancePackReport");
    const char *status = json_string_value(json_object_get(report, "ReportStatus"));
    const char *link = json_string_value(json_object_get(report, "ReportUrl"));
    if (status == NULL) {
        return err_set(err, ERR_CORRUPT, "no CompliancePackReport in the answer");
    }
    bool is_complete = json_object_get(report, "ReportCreateTimestamp") != NULL;
    if (link == NULL && !is_complete) {
        return err_set(err, ERR_NOT_FOUND, "pack %s has no complete report (status %s)", pack,
                       status);
    }
    if (link == NULL || !web_is_url(link)) { // doors of earlier versions gave a path
        return err_set(err, ERR_NOT_FOUND, "the report of pack %s is not kept where the door is",
                       pack);
    }
    *link_out = mem_text(link);
    return ERR_OK;
}

static enum err_kind read_answer(const struct web_answer *answer, const char *pack, char **link_out,
                                 struct err *err)
{
    json_t *document = json_loadb(buf_text(&answer->body), answer->body.len, 0, NULL);
    enum err_kind kind = answer->status != STATUS_OK ? refused(answer, document, err)
                                                     : read_link(document, pack, link_out, err);
    json_decref(document);
    return kind;
}

// ---- the request

static void add_parameter(struct sign_parameter *parameters, size_t *count, const char *name,
                          const char *value)
{
    if (value != NULL) {
        parameters[(*count)++] = (struct sign_parameter){name, value};
    }
}

static enum err_kind ask(struct web *web, const struct ask_link *question,
                         const struct sign_key *key, char **link_out, struct err *err)
{
    struct sign_parameter parameters[QUESTION_PARAMETERS];
    size_t count = 0;
    add_parameter(parameters, &count, "AccountId", question->account);
    add_parameter(parameters, &count, "AggregatorId", question->aggregator);
    add_parameter(parameters, &count, "CompliancePackId", question->pack);
    char *host = signed_host(question->endpoint);
    const struct sign_request request = {.host = host,
                                         .action = question->aggregator == NULL
                                                       ? "GetCompliancePackReport"
                                                       : "GetAggregateCompliancePackReport",
                                         .parameters = parameters,
                                         .parameter_count = count};
    struct signed_request ready;
    sign_request(&request, key, &ready);
    char *url = mem_format("%s/?%s", question->endpoint, ready.query);
    const struct http_request get = {
        .url = url, .headers = ready.headers, .header_count = ready.header_count};
    struct web_answer answer;
    enum err_kind kind = web_get(web, &get, 1, &answer, err);
    if (kind == ERR_OK) {
        kind = read_answer(&answer, question->pack, link_out, err);
        buf_deinit(&answer.body);
    }
    mem_free(&url);
    signed_request_deinit(&ready);
    mem_free(&host);
    return kind;
}

enum err_kind ask_link(struct web *web, const struct ask_link *question, char **link_out,
                       struct err *err)
{
    struct sign_key *key = NULL;
    enum err_kind kind = question->access_key_file == NULL
                             ? ERR_OK
                             : sign_key_load(question->access_key_file, &key, err);
    if (kind != ERR_OK) {
        return kind;
    }
    for (unsigned number = 1;; number++) {
        kind = ask(web, question, key, link_out, err);
        if (kind == ERR_OK || !err_kind_is_transient(kind) || number == WEB_TRIES) {
            break;
        }
        web_pause(web, number);
    }
    sign_key_destroy(&key);
    return kind == ERR_OK ? kind : err_prefix(err, "%s", question->endpoint);
}
