// SPDX-License-Identifier: MIT
//
// The functions of libcurl that the room calls, for a program that mostly does without them: libcurl
// is loaded by the first call. With the some thirty libraries that it brings along that takes longer
// than most commands of `packreport` run. Linked into that program in place of libcurl.
//
// A library that cannot be loaded ends the process with status 127 and the reason, as it would when
// it were loaded at the start. Thread: any, as libcurl.
#define CURL_DISABLE_TYPECHECK
#include "base/check.h"

#include <curl/curl.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#undef curl_easy_setopt
#undef curl_easy_getinfo
#undef curl_multi_setopt

enum { STATUS_NO_LIBRARY = 127 };
static const char LIBRARY[] =
    "libcurl.so.4"; // since 7.16.0, of 2006; the headers are of it as well

static void *library;

static _Noreturn void give_up(void)
{
    const char *reason = dlerror();
    (void)fprintf(stderr, "error while loading %s: %s\n", LIBRARY, reason == NULL ? "" : reason);
    exit(STATUS_NO_LIBRARY);
}

static void load(void)
{
    library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        give_up();
    }
}

static void *find(const char *name)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, load);
    void *function = dlsym(library, name);
    if (function == NULL) {
        give_up();
    }
    return function;
}

// NOLINTBEGIN(bugprone-macro-parentheses): types and lists of parameters cannot stand in them
#define FORWARD(type, name, parameters, arguments)                                                 \
    type name parameters                                                                           \
    {                                                                                              \
        type(*function) parameters = NULL;                                                         \
        void *found = find(#name);                                                                 \
        memcpy(&function, &found, sizeof(function));                                               \
        return function arguments;                                                                 \
    }

FORWARD(CURLcode, curl_global_init, (long flags), (flags))
FORWARD(void, curl_global_cleanup, (void), ())
FORWARD(void, curl_free, (void *p), (p))
FORWARD(time_t, curl_getdate, (const char *p, const time_t *unused), (p, unused))

FORWARD(CURL *, curl_easy_init, (void), ())
FORWARD(void, curl_easy_cleanup, (CURL * curl), (curl))
FORWARD(const char *, curl_easy_strerror, (CURLcode code), (code))
FORWARD(CURLHcode, curl_easy_header,
        (CURL * easy, const char *name, size_t index, unsigned int origin, int request,
         struct curl_header **hout),
        (easy, name, index, origin, request, hout))

FORWARD(CURLM *, curl_multi_init, (void), ())
FORWARD(CURLMcode, curl_multi_cleanup, (CURLM * multi), (multi))
FORWARD(CURLMcode, curl_multi_add_handle, (CURLM * multi, CURL *easy), (multi, easy))
FORWARD(CURLMcode, curl_multi_remove_handle, (CURLM * multi, CURL *easy), (multi, easy))
FORWARD(CURLMcode, curl_multi_assign, (CURLM * multi, curl_socket_t fd, void *watch),
        (multi, fd, watch))
FORWARD(CURLMsg *, curl_multi_info_read, (CURLM * multi, int *left), (multi, left))
FORWARD(CURLMcode, curl_multi_socket_action,
        (CURLM * multi, curl_socket_t fd, int events, int *running), (multi, fd, events, running))

FORWARD(struct curl_slist *, curl_slist_append, (struct curl_slist * list, const char *text),
        (list, text))
FORWARD(void, curl_slist_free_all, (struct curl_slist * list), (list))

FORWARD(CURLU *, curl_url, (void), ())
FORWARD(void, curl_url_cleanup, (CURLU * url), (url))
FORWARD(CURLUcode, curl_url_set,
        (CURLU * url, CURLUPart part, const char *text, unsigned int flags),
        (url, part, text, flags))
FORWARD(const char *, curl_url_strerror, (CURLUcode code), (code))

// Of which the headers of some releases say "const" and those of others do not.
CURLUcode late_url_get(const CURLU *url, CURLUPart part, char **out,
                       unsigned int flags) __asm__("curl_url_get");

CURLUcode late_url_get(const CURLU *url, CURLUPart part, char **out, unsigned int flags)
{
    CURLUcode (*function)(const CURLU *, CURLUPart, char **, unsigned int) = NULL;
    void *found = find("curl_url_get");
    memcpy(&function, &found, sizeof(function));
    return function(url, part, out, flags);
}

// The functions with "..." take one argument: a long, a curl_off_t or a pointer, which all machines
// that packreport is made for pass alike.
_Static_assert(sizeof(long) == sizeof(void *) && sizeof(curl_off_t) == sizeof(void *),
               "one kind of argument");

#define FORWARD_ONE(type, name, handle, option)                                                    \
    type name(handle *on, option what, ...)                                                        \
    {                                                                                              \
        type (*function)(handle *, option, ...) = NULL;                                            \
        void *found = find(#name);                                                                 \
        va_list arguments;                                                                         \
        va_start(arguments, what);                                                                 \
        void *argument = va_arg(arguments, void *);                                                \
        va_end(arguments);                                                                         \
        memcpy(&function, &found, sizeof(function));                                               \
        return function(on, what, argument);                                                       \
    }

FORWARD_ONE(CURLcode, curl_easy_setopt, CURL, CURLoption)
FORWARD_ONE(CURLcode, curl_easy_getinfo, CURL, CURLINFO)
FORWARD_ONE(CURLMcode, curl_multi_setopt, CURLM, CURLMoption)
// NOLINTEND(bugprone-macro-parentheses)
