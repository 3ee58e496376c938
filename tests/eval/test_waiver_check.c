// SPDX-License-Identifier: MIT
//
// Waivers whose rule is none of the rule set.
#include "base/limits.h"
#include "base/mem.h"
#include "world.h"

#include <criterion/criterion.h>
#include <string.h>

static const char PACK[] =
    "{'uuid': 'p', 'name': 'Pack', 'state': 1, 'type': 1, 'check_items_num': 0,"
    "'spec_catalog_vo_list': []}";

#define REST "'resourceTypes': ['t'], 'checkItems': [{'name': 'x'}], 'condition': {"
#define CONDITION                                                                                  \
    "'featureSource': 'CONFIGURATION', 'featurePath': '$.a', 'operator': 'StringEquals',"          \
    "'desired': 'b'}}"
static const char *const RULES[] = {"{'id': 'obs-access-log', " REST CONDITION,
                                    "{'id': 'obs-tls', " REST CONDITION,
                                    "{'id': 'rds-public', " REST "}}", // broken, but there
                                    "{" REST CONDITION,                // broken: rules.json#4
                                    NULL};

// The warnings, one a line, for waivers with these rules.
static char *warnings(const char *const *rules, size_t count)
{
    struct buf waivers;
    buf_init(&waivers, 64UL * 1024);
    for (size_t i = 0; i < count; i++) {
        (void)buf_append_format(&waivers,
                                "%s{'id': 'w-%zu', 'rule': '%s', 'resource': 'i', 'reason': 'r', "
                                "'approver': 'role', 'until': '2030-01-01'}",
                                i > 0 ? "," : "", i, rules[i]);
    }
    struct world world;
    world_init(&world,
               &(struct world_text){.pack = PACK, .rules = RULES, .waivers = buf_text(&waivers)});
    struct diags diags;
    struct buf text;
    diags_init(&diags);
    buf_init(&text, 64UL * 1024);
    eval_rules_check_waivers(world.rules, &world.waivers, &diags);
    for (size_t i = 0; i < diags.count; i++) {
        diag_format(&diags.items[i], &text);
        (void)buf_append_char(&text, '\n');
    }
    diags_deinit(&diags);
    world_deinit(&world);
    buf_deinit(&waivers);
    return buf_take(&text);
}

Test(waiver_check, says_nothing_where_a_rule_fits)
{
    static const char *const WAIVED[] = {"obs-access-log", "obs-*",      "*",
                                         "obs-tl?",        "rds-public", "rules.json#4"};
    char *text = warnings(WAIVED, ARRAY_LEN(WAIVED));
    cr_expect_str_eq(text, "");
    mem_free(&text);
}

Test(waiver_check, warns_of_a_rule_that_does_not_exist_and_knows_the_nearest)
{
    static const char *const WAIVED[] = {"obs-acces-log", "OBS-TLS",         "iam-mfa",
                                         "obs",           "obs-tls-*",       "???",
                                         "rules.json#3",  "a\\nlong\\u0007x"};
    char *text = warnings(WAIVED, ARRAY_LEN(WAIVED));
    cr_expect_str_eq(
        text,
        "waivers.json: warning: waiver \"w-0\" excuses nothing: no rule has the id "
        "\"obs-acces-log\"; did you mean \"obs-access-log\"? (at /waivers/0/rule) "
        "[waiver.rule.unknown]\n"
        "waivers.json: warning: waiver \"w-1\" excuses nothing: no rule has the id \"OBS-TLS\"; "
        "did you mean \"obs-tls\"? (at /waivers/1/rule) [waiver.rule.unknown]\n"
        "waivers.json: warning: waiver \"w-2\" excuses nothing: no rule has the id \"iam-mfa\" "
        "(at /waivers/2/rule) [waiver.rule.unknown]\n"
        "waivers.json: warning: waiver \"w-3\" excuses nothing: no rule has the id \"obs\" "
        "(at /waivers/3/rule) [waiver.rule.unknown]\n"
        "waivers.json: warning: waiver \"w-4\" excuses nothing: no rule has an id that fits "
        "\"obs-tls-*\" (at /waivers/4/rule) [waiver.rule.unknown]\n"
        "waivers.json: warning: waiver \"w-5\" excuses nothing: no rule has an id that fits "
        "\"???\" (at /waivers/5/rule) [waiver.rule.unknown]\n"
        "waivers.json: warning: waiver \"w-6\" excuses nothing: no rule has the id "
        "\"rules.json#3\" (at /waivers/6/rule) [waiver.rule.unknown]\n"
        "waivers.json: warning: waiver \"w-7\" excuses nothing: no rule has the id "
        "\"a\\x0along\\x07x\" (at /waivers/7/rule) [waiver.rule.unknown]\n");
    mem_free(&text);
}

Test(waiver_check, counts_all_of_very_many)
{
    enum { MANY = LIMIT_DIAGNOSTICS + 10 };
    static struct waiver items[MANY];
    for (size_t i = 0; i < MANY; i++) {
        items[i] = (struct waiver){.id = "w", .rule = "obs-tlz", .pointer = "/waivers/0"};
    }
    const struct waiver_set waivers = {.items = items, .count = MANY, .file = "w.json"};
    struct world world;
    world_init(&world, &(struct world_text){.pack = PACK, .rules = RULES});
    struct diags diags;
    diags_init(&diags);
    eval_rules_check_waivers(world.rules, &waivers, &diags);
    cr_expect_eq(diags.warnings, MANY);
    cr_expect_eq(diags.count, LIMIT_DIAGNOSTICS);
    diags_deinit(&diags);
    world_deinit(&world);
}
