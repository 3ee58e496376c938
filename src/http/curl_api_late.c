// SPDX-License-Identifier: MIT
#include "curl_api.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STATUS_NO_LIBRARY = 127 };

// The name since 7.16.0, of 2006, which is that of the headers as well.
static const char LIBRARY[] = "libcurl.so.4";

static struct curl_api api;

static _Noreturn void give_up(void)
{
    const char *reason = dlerror();
    (void)fprintf(stderr, "error while loading %s: %s\n", LIBRARY, reason == NULL ? "" : reason);
    exit(STATUS_NO_LIBRARY);
}

// POSIX lets dlsym return a function as a void pointer, which C has no conversion for: the two are
// alike in their bytes.
static void find(void *library, const char *name, void *function_out)
{
    void *found = dlsym(library, name);
    if (found == NULL) {
        give_up();
    }
    memcpy(function_out, &found, sizeof(found));
}

static void load(void)
{
    void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        give_up();
    }
#define CURL_API_FIND(name)                                                                        \
    _Static_assert(sizeof(api.name) == sizeof(void *), "as long as what dlsym returns");           \
    find(library, "curl_" #name, &api.name);
    CURL_API(CURL_API_FIND)
#undef CURL_API_FIND
}

const struct curl_api *curl_api(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, load);
    return &api;
}
