// SPDX-License-Identifier: MIT
#include "worker/counting.h"

#include "base/mem.h"
#include "evaluation.h"

static enum err_kind run(const struct counting_input *input, const struct evaluator *evaluator,
                         struct inventory *inventory, struct counting *counting, struct err *err)
{
    atomic_bool stop = false;
    atomic_uint_fast64_t bytes_done = 0;
    struct evaluation evaluation = {.evaluator = evaluator,
                                    .rule_count = eval_rules_set(input->rulebook->rules)->count,
                                    .inventory = inventory,
                                    .threads = input->threads,
                                    .stop = &stop,
                                    .bytes_done = &bytes_done};
    diags_init(&evaluation.problems);
    enum err_kind kind = evaluation_run(&evaluation, err);
    if (kind == ERR_OK) {
        evaluator_count(evaluator, evaluation.lane, &counting->counts);
        counting->counts.bad_lines += evaluation.left_out;
        counting->bytes = inventory_bytes(inventory);
        diags_take_all(&counting->problems, &evaluation.problems);
    }
    evaluation_deinit(&evaluation);
    return kind;
}

enum err_kind counting_run(const struct counting_input *input, struct counting *counting_out,
                           struct err *err)
{
    struct inventory *inventory;
    if (inventory_open(input->inventory_path, input->block_bytes, &inventory, err) != ERR_OK) {
        return err->kind;
    }
    inventory_skip_digest(inventory);
    const struct binding_input all = {.rules = input->rulebook->rules, .as_of_ms = input->as_of_ms};
    struct counting counting = {0};
    diags_init(&counting.problems);
    struct binding *binding = binding_create(&all, &counting.problems);
    const struct eval_input evaluator_input = {.bindings = (const struct binding *[]){binding},
                                               .binding_count = 1,
                                               .waivers = &input->rulebook->waivers};
    struct evaluator *evaluator = evaluator_create(&evaluator_input);
    enum err_kind kind = run(input, evaluator, inventory, &counting, err);
    if (kind == ERR_OK) {
        *counting_out = counting;
    } else {
        counting_deinit(&counting);
    }
    evaluator_destroy(&evaluator);
    binding_destroy(&binding);
    inventory_close(&inventory);
    return kind;
}

void counting_deinit(struct counting *counting)
{
    eval_counts_deinit(&counting->counts);
    diags_deinit(&counting->problems);
}
