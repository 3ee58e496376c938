// SPDX-License-Identifier: MIT
#include "world.h"

#include "base/mem.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <string.h>

char *world_json(const char *quoted)
{
    char *json = mem_text(quoted);
    for (char *at = json; *at != '\0'; at++) {
        *at = *at == '\'' ? '"' : *at;
    }
    return json;
}

static void load_rules(struct world *world, const char *const *rules)
{
    struct buf quoted;
    buf_init(&quoted, 64UL * 1024);
    (void)buf_append_text(&quoted, "{'rules': [");
    for (size_t i = 0; rules[i] != NULL; i++) {
        (void)buf_append_format(&quoted, "%s%s", i > 0 ? "," : "", rules[i]);
    }
    (void)buf_append_text(&quoted, "]}");
    char *json = world_json(buf_text(&quoted));
    struct rule_set set = {0};
    struct err err = ERR_INIT;
    cr_assert_eq(rule_set_add(&set, json, strlen(json), "rules.json", &world->loading, &err),
                 ERR_OK, "%s", err.message);
    world->rules = eval_rules_create(&set, &world->loading);
    cr_expect_eq(set.count, 0, "the content was taken");
    rule_set_deinit(&set);
    mem_free(&json);
    buf_deinit(&quoted);
}

static void load_waivers(struct world *world, const char *waivers)
{
    char *quoted = mem_format("{'waivers': [%s]}", waivers);
    char *json = world_json(quoted);
    struct err err = ERR_INIT;
    cr_assert_eq(
        waiver_set_load(&world->waivers, json, strlen(json), "waivers.json", &world->loading, &err),
        ERR_OK, "%s", err.message);
    mem_free(&json);
    mem_free(&quoted);
}

static void load_attestations(struct world *world, const char *attestations)
{
    char *quoted = mem_format("{'attestations': [%s]}", attestations);
    char *json = world_json(quoted);
    struct err err = ERR_INIT;
    cr_assert_eq(attestation_set_load(&world->attestations, json, strlen(json), "attested.json",
                                      &world->loading, &err),
                 ERR_OK, "%s", err.message);
    mem_free(&json);
    mem_free(&quoted);
}

void world_init(struct world *world, const struct world_text *text)
{
    *world = (struct world){0};
    diags_init(&world->loading);
    diags_init(&world->bound);
    diags_init(&world->problems);
    buf_init(&world->findings, 1024 * 1024);
    char *json = world_json(text->pack);
    struct err err = ERR_INIT;
    cr_assert_eq(pack_load(json, strlen(json), "pack.json", &world->pack, &world->loading, &err),
                 ERR_OK, "%s", err.message);
    mem_free(&json);
    load_rules(world, text->rules);
    if (text->waivers != NULL) {
        load_waivers(world, text->waivers);
    }
    if (text->attestations != NULL) {
        load_attestations(world, text->attestations);
    }
    const struct binding_input bound = {
        .pack = world->pack,
        .rules = world->rules,
        .attestations = text->attestations != NULL ? &world->attestations : NULL,
        .as_of_ms = text->as_of_ms,
    };
    world->binding = binding_create(&bound, &world->bound);
    const struct binding *const bindings[] = {world->binding};
    const struct eval_input input = {
        .bindings = bindings,
        .binding_count = ARRAY_LEN(bindings),
        .waivers = text->waivers != NULL ? &world->waivers : NULL,
    };
    world->evaluator = evaluator_create(&input);
}

void world_deinit(struct world *world)
{
    evaluator_destroy(&world->evaluator);
    binding_destroy(&world->binding);
    eval_rules_destroy(&world->rules);
    waiver_set_deinit(&world->waivers);
    attestation_set_deinit(&world->attestations);
    pack_destroy(&world->pack);
    diags_deinit(&world->loading);
    diags_deinit(&world->bound);
    diags_deinit(&world->problems);
    buf_deinit(&world->findings);
}

static void on_finding(void *context, const struct finding *finding)
{
    struct world *world = context;
    const char *found =
        finding->evidence == NULL ? "-" : buf_text(&finding->evidence->configuration);
    (void)buf_append_format(&world->findings, "%" PRIu64 " %s %.*s %s %s %s\n", finding->line,
                            finding->rule_id, (int)finding->resource_id.len,
                            finding->resource_id.bytes, outcome_text(finding->outcome),
                            finding->waiver_id[0] == '\0' ? "-" : finding->waiver_id, found);
}

struct eval_lane *world_run(struct world *world, const char *lines, uint64_t first_line)
{
    char *json = world_json(lines);
    struct eval_lane *lane = eval_lane_create(world->evaluator);
    const struct eval_sink sink = {.context = world, .on_finding = on_finding};
    const struct eval_block block = {.bytes = json, .len = strlen(json), .first_line = first_line};
    evaluator_run_block(world->evaluator, lane, &block, &sink, &world->problems);
    mem_free(&json);
    return lane;
}
