// SPDX-License-Identifier: MIT
#include "worker/counting.h"

#include "base/mem.h"
#include "evaluation.h"
#include "reuse.h"

// One counting on its way.
struct run {
    const struct counting_input *input;
    const struct evaluator *evaluator;
    struct inventory *inventory;
    struct reuse *reuse; // NULL without a cache
};

static enum err_kind take(const struct run *run, struct evaluation *evaluation,
                          struct counting *counting, struct err *err)
{
    if (run->reuse == NULL) {
        evaluator_count(run->evaluator, evaluation->lane, &counting->counts);
    } else if (reuse_complete(run->reuse, evaluation->lane, &counting->counts,
                              &counting->cache_problems, err) == ERR_OK) {
        counting->reused = reuse_count(run->reuse);
    } else {
        return err->kind;
    }
    counting->counts.bad_lines += evaluation->left_out;
    counting->bytes = inventory_bytes(run->inventory);
    diags_take_all(&counting->problems, &evaluation->problems);
    return ERR_OK;
}

static enum err_kind evaluate(const struct run *run, struct counting *counting, struct err *err)
{
    atomic_bool stop = false;
    atomic_uint_fast64_t bytes_done = 0;
    struct evaluation evaluation = {.evaluator = run->evaluator,
                                    .rule_count =
                                        eval_rules_set(run->input->rulebook->rules)->count,
                                    .inventory = run->inventory,
                                    .reuse = run->reuse,
                                    .threads = run->input->threads,
                                    .stop = &stop,
                                    .bytes_done = &bytes_done};
    diags_init(&evaluation.problems);
    enum err_kind kind = evaluation_run(&evaluation, err);
    if (kind == ERR_OK) {
        kind = take(run, &evaluation, counting, err);
    }
    evaluation_deinit(&evaluation);
    return kind;
}

static enum err_kind run_all(struct run *run, struct counting *counting, struct err *err)
{
    const struct counting_input *input = run->input;
    if (input->cache_path != NULL) {
        const struct reuse_input reuse = {.path = input->cache_path,
                                          .rulebook = input->rulebook,
                                          .evaluator = run->evaluator,
                                          .as_of_ms = input->as_of_ms};
        run->reuse = reuse_create(&reuse, &counting->cache_problems);
    }
    enum err_kind kind = evaluate(run, counting, err);
    reuse_destroy(&run->reuse);
    return kind;
}

enum err_kind counting_run(const struct counting_input *input, struct counting *counting_out,
                           struct err *err)
{
    struct run run = {.input = input};
    if (inventory_open(input->inventory_path, input->block_bytes, &run.inventory, err) != ERR_OK) {
        return err->kind;
    }
    inventory_skip_digest(run.inventory);
    const struct binding_input all = {.rules = input->rulebook->rules, .as_of_ms = input->as_of_ms};
    struct counting counting = {0};
    diags_init(&counting.problems);
    diags_init(&counting.cache_problems);
    struct binding *binding = binding_create(&all, &counting.problems);
    const struct eval_input evaluator_input = {.bindings = (const struct binding *[]){binding},
                                               .binding_count = 1,
                                               .waivers = &input->rulebook->waivers};
    struct evaluator *evaluator = evaluator_create(&evaluator_input);
    run.evaluator = evaluator;
    enum err_kind kind = run_all(&run, &counting, err);
    if (kind == ERR_OK) {
        *counting_out = counting;
    } else {
        counting_deinit(&counting);
    }
    evaluator_destroy(&evaluator);
    binding_destroy(&binding);
    inventory_close(&run.inventory);
    return kind;
}

void counting_deinit(struct counting *counting)
{
    eval_counts_deinit(&counting->counts);
    diags_deinit(&counting->problems);
    diags_deinit(&counting->cache_problems);
}
