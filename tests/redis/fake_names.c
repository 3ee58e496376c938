// SPDX-License-Identifier: MIT
#include "fake_names.h"

#include <dlfcn.h>
#include <netdb.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>

typedef int look_up_fn(const char *node, const char *service, const struct addrinfo *hints,
                       struct addrinfo **list);

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t released = PTHREAD_COND_INITIALIZER;
static bool is_held;

static void set_held(bool held)
{
    (void)pthread_mutex_lock(&lock);
    is_held = held;
    (void)pthread_cond_broadcast(&released);
    (void)pthread_mutex_unlock(&lock);
}

void fake_names_hold(void)
{
    set_held(true);
}

void fake_names_release(void)
{
    set_held(false);
}

static void wait_for_release(void)
{
    (void)pthread_mutex_lock(&lock);
    while (is_held) {
        (void)pthread_cond_wait(&released, &lock);
    }
    (void)pthread_mutex_unlock(&lock);
}

static bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text);
    size_t end_len = strlen(end);
    return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

int getaddrinfo(const char *restrict node, const char *restrict service,
                const struct addrinfo *restrict hints, struct addrinfo **restrict list)
{
    look_up_fn *look_up;
    *(void **)&look_up = dlsym(RTLD_NEXT, "getaddrinfo"); // as dlopen(3) has it
    bool is_numeric_only = hints != NULL && (hints->ai_flags & AI_NUMERICHOST) != 0;
    if (node == NULL || is_numeric_only) {
        return look_up(node, service, hints, list);
    }
    if (ends_with(node, ".invalid")) {
        return EAI_NONAME;
    }
    if (strcmp(node, "held.example.com") == 0) {
        wait_for_release();
        return look_up("127.0.0.1", service, hints, list);
    }
    if (strcmp(node, "two.example.com") == 0) {
        int status = look_up("127.0.0.9", service, hints, list);
        return status != 0 ? status : look_up("127.0.0.1", service, hints, &(*list)->ai_next);
    }
    return look_up(node, service, hints, list);
}
