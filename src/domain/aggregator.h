// SPDX-License-Identifier: MIT
//
// The account groups of the accounts file. Private to domain. Thread: the set's owner's.
#pragma once

#include "domain/account.h"
#include "domain/json_list.h"

struct aggregator_reader {
    struct account_set *set;
    const struct json_list *accounts; // read before, and still open
};

// One entry, for a json_list whose context is a struct aggregator_reader.
void aggregator_read(void *context, struct json_list *list, const struct json_node *node);

void aggregators_sort(struct account_set *set);
void aggregators_deinit(struct account_set *set);
