// SPDX-License-Identifier: MIT
//
// The functions of libcurl that the room calls, as a table; the room calls them through it only.
// It is filled by one of two files, and each program is linked with one of these:
//
//   curl_api_linked.c  the room's own: the program is linked with libcurl
//   curl_api_late.c    for `packreport`: libcurl is loaded with the first call. It brings some
//                      thirty libraries along, and loading these takes longer than most commands
//                      run, of which few call libcurl.
//
// Functions that are not in the table are added to CURL_API. The types are those of libcurl's
// header. That also has macros for the functions with "...", which check the types of arguments;
// calls through the table pass these by, so the callers have a function for each type that they
// pass on. Thread: any.
#pragma once

#include <curl/curl.h>

#define CURL_API(FUNCTION)                                                                         \
    FUNCTION(global_init)                                                                          \
    FUNCTION(global_cleanup)                                                                       \
    FUNCTION(free)                                                                                 \
    FUNCTION(getdate)                                                                              \
    FUNCTION(easy_init)                                                                            \
    FUNCTION(easy_cleanup)                                                                         \
    FUNCTION(easy_setopt)                                                                          \
    FUNCTION(easy_getinfo)                                                                         \
    FUNCTION(easy_header)                                                                          \
    FUNCTION(easy_strerror)                                                                        \
    FUNCTION(multi_init)                                                                           \
    FUNCTION(multi_cleanup)                                                                        \
    FUNCTION(multi_setopt)                                                                         \
    FUNCTION(multi_add_handle)                                                                     \
    FUNCTION(multi_remove_handle)                                                                  \
    FUNCTION(multi_assign)                                                                         \
    FUNCTION(multi_info_read)                                                                      \
    FUNCTION(multi_socket_action)                                                                  \
    FUNCTION(slist_append)                                                                         \
    FUNCTION(slist_free_all)                                                                       \
    FUNCTION(url)                                                                                  \
    FUNCTION(url_cleanup)                                                                          \
    FUNCTION(url_get)                                                                              \
    FUNCTION(url_set)                                                                              \
    FUNCTION(url_strerror)

struct curl_api {
#define CURL_API_MEMBER(name) __typeof__(curl_##name) *(name);
    CURL_API(CURL_API_MEMBER)
#undef CURL_API_MEMBER
};

// The same table each time; it lasts as long as the process. Where libcurl is loaded late and
// cannot be, this ends the process with status 127 and the reason on standard error, as the dynamic
// linker would have done at the start.
const struct curl_api *curl_api(void);
