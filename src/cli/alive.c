// SPDX-License-Identifier: MIT
#include "alive.h"

#include "base/mem.h"
#include "queue/control.h"

#include <stdio.h>

bool alive_is_nobody(struct session *session)
{
    struct err ignored = ERR_INIT;
    struct queue_worker_list *list = mem_alloc(1, sizeof(*list));
    bool is_nobody = session_workers(session, list, &ignored) == ERR_OK;
    for (size_t i = 0; i < list->count; i++) {
        is_nobody = is_nobody && list->workers[i].is_silent;
    }
    mem_free(&list);
    return is_nobody;
}

void alive_hint(struct session *session, const char *what)
{
    if (alive_is_nobody(session)) {
        (void)fprintf(stderr, "no worker is alive: the %s waits for one\n", what);
    }
}
