// SPDX-License-Identifier: MIT
//
// Many networks in order, against each of them one by one.
#include "network_index.h"

#include "base/check.h"
#include "base/limits.h"
#include "base/mem.h"
#include "invent.h"
#include "support.h"

#include <criterion/criterion.h>

enum { WORLDS = 300, NETWORKS_MAX = 40, PROBES = 60, ELEMENTS = 200000 };

// Close to one another, in few bits, so that most meet.
static struct network invent_network(struct chance *chance)
{
    struct network network = {.width = chance_below(chance, 3) == 0 ? 128 : 32};
    size_t byte = network.width == 128 ? chance_below(chance, 2) * 15 : chance_below(chance, 2) * 3;
    network.address[0] = (unsigned char)(chance_below(chance, 3) * 64);
    network.address[byte] |= (unsigned char)chance_below(chance, 8);
    network.prefix = chance_below(chance, network.width + 1);
    return network;
}

static void compare_one(const struct network_index *index, const struct network *networks,
                        size_t count, const struct network *probe)
{
    bool is_held = false;
    bool has_one = false;
    for (size_t i = 0; i < count; i++) {
        is_held = is_held || network_contains(&networks[i], probe);
        has_one = has_one || network_contains(probe, &networks[i]);
    }
    cr_expect_eq(network_index_holds(index, probe), is_held);
    cr_expect_eq(network_index_lies_in(index, probe), has_one);
}

Test(network_index, finds_what_a_look_at_each_finds)
{
    struct chance chance = {.state = 11};
    for (size_t world = 0; world < WORLDS; world++) {
        struct network networks[NETWORKS_MAX];
        size_t count = 1 + chance_below(&chance, NETWORKS_MAX);
        for (size_t i = 0; i < count; i++) {
            struct network network = invent_network(&chance);
            networks[i] = network_without_host_bits(&network);
            cr_assert_not(network_has_host_bits(&networks[i]));
        }
        struct network_index *index = network_index_create(networks, count);
        for (size_t i = 0; i < PROBES; i++) {
            struct network probe = invent_network(&chance);
            compare_one(index, networks, count, &probe);
        }
        network_index_destroy(&index);
    }
}

// Addresses of 10.0.0.0/8, or of 172.0.0.0/8, as texts.
static void append_addresses(struct buf *out, unsigned net, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        (void)buf_append_format(out, "%s\"%u.%zu.%zu.%zu\"", i == 0 ? "[" : ",", net, i >> 16,
                                i >> 8 & 255, i & 255);
    }
    (void)buf_append_char(out, ']');
}

// Each would take billions of comparisons, network by network.
Test(network_index, takes_no_time_for_long_lists, .timeout = 60)
{
    static const char *const OPERATORS[] = {"NotCidrIn", "NotCidrContains", "NotCidrOverlaps"};
    struct buf desired;
    struct buf found;
    buf_init(&desired, LIMIT_RULE_FILE_BYTES);
    buf_init(&found, LIMIT_RECORD_BYTES);
    append_addresses(&desired, 10, LIMIT_DESIRED_VALUES);
    (void)buf_append_text(&found, "{\"v\":");
    append_addresses(&found, 172, ELEMENTS);
    (void)buf_append_char(&found, '}');
    for (size_t i = 0; i < ARRAY_LEN(OPERATORS); i++) {
        char *clause = support_clause(OPERATORS[i], buf_text(&desired));
        cr_expect_eq(support_truth(clause, "", buf_text(&found)), 'T', "%s", OPERATORS[i]);
        mem_free(&clause);
    }
    buf_deinit(&desired);
    buf_deinit(&found);
}
