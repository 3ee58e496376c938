// SPDX-License-Identifier: MIT
#include "pending.h"

#include "base/mem.h"

#include <string.h>

void redis_command_set_name(struct redis_command *command, const struct redis_arg *word)
{
    size_t len = word->len < sizeof(command->name) ? word->len : sizeof(command->name) - 1;
    memcpy(command->name, word->bytes, len);
    command->name[len] = '\0';
}

void redis_pending_push(struct redis_pending *pending, const struct redis_command *command)
{
    struct redis_command *copy = mem_dup(command, sizeof(*command));
    copy->next = NULL;
    if (pending->oldest == NULL) {
        pending->oldest = copy;
    } else {
        pending->newest->next = copy;
    }
    pending->newest = copy;
    pending->count++;
}

void redis_pending_shift(struct redis_pending *pending, struct redis_command *command_out)
{
    REQUIRE(pending->oldest != NULL && pending->count > 0);
    struct redis_command *oldest = pending->oldest;
    pending->oldest = oldest->next;
    pending->count--;
    *command_out = *oldest;
    mem_free(&oldest);
}

void redis_pending_fail(struct redis_pending *pending, const struct err *err)
{
    struct redis_pending now = *pending;
    *pending = (struct redis_pending){0};
    while (now.oldest != NULL) {
        struct redis_command command;
        redis_pending_shift(&now, &command);
        command.callback(command.context, NULL, err);
    }
}
