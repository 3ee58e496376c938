// SPDX-License-Identifier: MIT
#include "aggregator.h"

#include "base/limits.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

static const char *const MEMBERS[] = {"AggregatorId", "AccountId", "accounts"};

static void expect_known(const struct aggregator_reader *reader, struct json_source *source,
                         const struct json_node *node, const char *account_id)
{
    if (account_id[0] != '\0' && !json_list_has(reader->accounts, account_id)) {
        json_error(source, node, "unknown",
                   "%s is none of the accounts of this file; one of \"accounts\" is right",
                   json_quote(account_id).text);
    }
}

static void read_id(struct json_source *source, const struct json_node *node,
                    struct aggregator *aggregator)
{
    char *id = json_read_text(source, node, "AggregatorId", JSON_REQUIRED);
    if (text_is_id(id, strlen(id))) {
        (void)text_copy(aggregator->id, sizeof(aggregator->id), id);
    } else if (id[0] != '\0') {
        struct json_node member = json_member(node, "AggregatorId");
        json_error(source, &member, "value",
                   "%s is not right; an id of 1 to %d letters, digits, '-' and '_' is",
                   json_quote(id).text, TEXT_ID_MAX);
    }
    mem_free(&id);
}

static void read_owner(const struct aggregator_reader *reader, struct json_source *source,
                       const struct json_node *node, struct aggregator *aggregator)
{
    struct json_node member = json_member(node, "AccountId");
    json_read_account_id(source, node, aggregator->account_id);
    expect_known(reader, source, &member, aggregator->account_id);
}

static void add_member(const struct aggregator_reader *reader, struct json_source *source,
                       const struct json_node *node, struct aggregator *aggregator)
{
    char *id = aggregator->members[aggregator->member_count++];
    json_take_account_id(source, node, id);
    expect_known(reader, source, node, id);
}

// One account twice would count twice.
static void expect_once(struct json_source *source, const struct json_node *list,
                        const struct aggregator *aggregator)
{
    json_t *seen = json_object();
    for (size_t i = 0; i < aggregator->member_count; i++) {
        const char *id = aggregator->members[i];
        if (id[0] != '\0' && json_object_get(seen, id) != NULL) {
            struct json_node node = json_element(list, i);
            json_error(source, &node, "taken", "%s is listed already; once is right",
                       json_quote(id).text);
        }
        (void)json_object_set_new(seen, id, json_true());
    }
    json_decref(seen);
}

static void read_members(const struct aggregator_reader *reader, struct json_source *source,
                         const struct json_node *node, struct aggregator *aggregator)
{
    struct json_node list = json_member(node, "accounts");
    if (json_is_absent(&list)) {
        json_missing(source, node, "accounts");
        return;
    }
    if (!json_expect_array(source, &list)) {
        return;
    }
    size_t count = json_array_size(list.value);
    if (count == 0) {
        json_error(source, &list, "empty", "the group has no account; one or more are right");
        return;
    }
    if (count > LIMIT_AGGREGATOR_ACCOUNTS) {
        json_limit_error(source, &list, "accounts of a group", LIMIT_AGGREGATOR_ACCOUNTS);
        return;
    }
    aggregator->members = mem_alloc(count, sizeof(*aggregator->members));
    for (size_t i = 0; i < count; i++) {
        struct json_node member = json_element(&list, i);
        add_member(reader, source, &member, aggregator);
    }
    expect_once(source, &list, aggregator);
}

void aggregator_read(void *context, struct json_list *list, const struct json_node *node)
{
    const struct aggregator_reader *reader = context;
    struct account_set *set = reader->set;
    set->aggregators = mem_grow(set->aggregators, &set->aggregator_capacity,
                                set->aggregator_count + 1, sizeof(*set->aggregators));
    struct aggregator *aggregator = &set->aggregators[set->aggregator_count++];
    *aggregator = (struct aggregator){.member_count = 0};
    json_expect_members(list->source, node, MEMBERS, ARRAY_LEN(MEMBERS));
    read_id(list->source, node, aggregator);
    read_owner(reader, list->source, node, aggregator);
    read_members(reader, list->source, node, aggregator);
    json_list_claim(list, node, "AggregatorId", aggregator->id);
}

static int compare(const void *a, const void *b)
{
    return strcmp(((const struct aggregator *)a)->id, ((const struct aggregator *)b)->id);
}

void aggregators_sort(struct account_set *set)
{
    if (set->aggregator_count > 0) {
        qsort(set->aggregators, set->aggregator_count, sizeof(*set->aggregators), compare);
    }
}

void aggregators_deinit(struct account_set *set)
{
    for (size_t i = 0; i < set->aggregator_count; i++) {
        mem_free(&set->aggregators[i].members);
    }
    mem_free(&set->aggregators);
}

static int compare_id(const void *id, const void *aggregator)
{
    return strcmp(id, ((const struct aggregator *)aggregator)->id);
}

const struct aggregator *aggregator_find(const struct account_set *set, const char *account_id,
                                         const char *id)
{
    const struct aggregator *found = set->aggregator_count == 0
                                         ? NULL
                                         : bsearch(id, set->aggregators, set->aggregator_count,
                                                   sizeof(*set->aggregators), compare_id);
    return found != NULL && strcmp(found->account_id, account_id) == 0 ? found : NULL;
}
