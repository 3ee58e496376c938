// SPDX-License-Identifier: MIT
//
// One request and its answer in curl's terms: the options of the easy handle, the callbacks that
// count what comes in, and the reading of how it ended. No loop, no state. Thread: its owner's.
#pragma once

#include "http/client.h"

#include <curl/curl.h>

enum {
    HEADERS_MAX = 200,             // header lines of one answer, interim ones included
    HEADER_BYTES_MAX = 128 * 1024, // all of them; SecMaster's gateway has the same limit
    CONNECTIONS_MAX = 128,         // open at once, over all hosts
    CONNECTION_IDLE_MAX_S = 60,    // an older idle connection is not used again
};

struct exchange {
    CURL *easy;                   // NULL before exchange_init and after exchange_deinit
    struct curl_slist *headers;   // holds secrets; wiped
    struct curl_slist *addresses; // for CURLOPT_RESOLVE
    char *host;                   // NULL when the URL holds an address: nothing to resolve
    char *port;
    char *place; // "host:port", for which connections are counted
    struct buf body;
    unsigned header_count;
    size_t header_bytes;
    bool headers_ended;
    char detail[CURL_ERROR_SIZE];
};

// Checks the request and makes the handle ready, but for the addresses. ERR_INVALID: the URL or a
// header cannot be sent. `exchange` is to be deinitialised in any case.
enum err_kind exchange_init(struct exchange *exchange, const struct http_config *config,
                            const struct http_request *request, struct err *err);
// The handle must not be in a multi handle any more.
void exchange_deinit(struct exchange *exchange);

// Addresses for `host`, in the form of resolve.h.
void exchange_set_addresses(struct exchange *exchange, const char *addresses);

// What curl's result means; ERR_OK when a whole answer has come.
enum err_kind exchange_judge(const struct exchange *exchange, CURLcode result, struct err *err);

// The answer, after ERR_OK. Borrows from `exchange`.
void exchange_read(struct exchange *exchange, struct http_response *response_out);
