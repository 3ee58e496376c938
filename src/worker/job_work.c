// SPDX-License-Identifier: MIT
#include "job_work.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "source/inventory.h"

static char *inventory_path(const struct account_set *accounts, const char *account_id,
                            const struct pool_config *config)
{
    const struct account *account = account_find(accounts, account_id);
    char *name = account != NULL && account->inventory[0] != '\0'
                     ? mem_text(account->inventory)
                     : mem_format("%s.ndjson", account_id);
    char *path = file_join(config->inventory_folder, name);
    mem_free(&name);
    return path;
}

// The members of the group that a report is over, with their inventories; none when it is over no
// group, or the group is no longer in the accounts file.
struct group {
    char id[TEXT_ID_MAX + 1];
    struct making_member *members;
    size_t count;
};

static void group_init(struct group *group, const struct queue_job *job,
                       const struct account_set *accounts, const struct pool_config *config)
{
    *group = (struct group){.count = 0};
    subject_aggregator(job->pack_id, group->id);
    const struct aggregator *aggregator = aggregator_find(accounts, job->account_id, group->id);
    if (aggregator == NULL) {
        return;
    }
    group->count = aggregator->member_count;
    group->members = mem_alloc(group->count, sizeof(*group->members));
    for (size_t i = 0; i < group->count; i++) {
        const char *id = aggregator->members[i];
        group->members[i] = (struct making_member){
            .account_id = id, .inventory_path = inventory_path(accounts, id, config)};
    }
}

static void group_deinit(struct group *group)
{
    for (size_t i = 0; i < group->count; i++) {
        char *path = (char *)group->members[i].inventory_path;
        mem_free(&path);
    }
    mem_free(&group->members);
}

static struct making *new_making(const struct queue_job *job, const struct group *group,
                                 const struct account_set *accounts, struct rulebook *rulebook,
                                 const struct pool_config *config)
{
    char *path = inventory_path(accounts, job->account_id, config);
    int64_t now_ms = clock_wall_ms();
    const struct making_input input = {.rulebook = rulebook,
                                       .inventory_path = path,
                                       .aggregator_id = group->count > 0 ? group->id : NULL,
                                       .members = group->members,
                                       .member_count = group->count,
                                       .report_id = job->report_id,
                                       .account_id = job->account_id,
                                       .trace_id = job->trace.trace_id,
                                       .fence = job->fence,
                                       .generated_at_ms = now_ms,
                                       .as_of_ms = now_ms,
                                       .regular_file_only = true,
                                       .max_bad_lines = config->max_bad_lines,
                                       .listed = config->listed,
                                       .files = config->files,
                                       .threads = config->eval_threads,
                                       .block_bytes = INVENTORY_BLOCK_BYTES};
    struct making *making = making_create(&input);
    mem_free(&path);
    return making;
}

void job_work_init(struct job_work *work, const struct queue_job *job,
                   const struct account_set *accounts, struct rulebook *rulebook,
                   const struct job_work_parts *parts)
{
    *work = (struct job_work){.source = parts->source,
                              .store = parts->store,
                              .config = parts->config,
                              .lease = parts->lease};
    work->key.fence = job->fence;
    (void)text_copy(work->key.account_id, sizeof(work->key.account_id), job->account_id);
    (void)text_copy(work->key.pack_id, sizeof(work->key.pack_id), job->pack_id);
    (void)text_copy(work->key.report_id, sizeof(work->key.report_id), job->report_id);
    struct group group;
    group_init(&group, job, accounts, parts->config);
    work->is_group_gone = group.id[0] != '\0' && group.count == 0;
    work->making = new_making(job, &group, accounts, rulebook, parts->config);
    group_deinit(&group);
    buf_init(&work->pack_json, LIMIT_PACK_BYTES);
}

void job_work_deinit(struct job_work *work)
{
    making_destroy(&work->making);
    buf_deinit(&work->pack_json);
    mem_free(&work->pack_origin);
    mem_free(&work->folder);
    mem_free(&work->location);
    mem_free(&work->summary);
}

// In front of what others see, or pay for.
static enum err_kind check_lease(struct job_work *work, struct err *err)
{
    if (job_lease_is_sure(work->lease)) {
        return ERR_OK;
    }
    work->is_given_up = true;
    return err_set(err, ERR_CANCELLED, "the lease was not confirmed for %lld ms",
                   (long long)job_lease_age_ms(work->lease));
}

enum err_kind job_work_fetch(struct job_work *work, struct err *err)
{
    if (check_lease(work, err) != ERR_OK) {
        return err->kind;
    }
    return work->source->methods->read(work->source, subject_pack(work->key.pack_id),
                                       &work->pack_json, &work->pack_origin, err);
}

enum err_kind job_work_bind(struct job_work *work, struct err *err)
{
    enum err_kind kind = making_bind(work->making, work->pack_json.data, work->pack_json.len,
                                     work->pack_origin, err);
    buf_deinit(&work->pack_json);
    return kind;
}

enum err_kind job_work_evaluate(struct job_work *work, struct err *err)
{
    if (check_lease(work, err) != ERR_OK) {
        return err->kind;
    }
    if (work->store->methods->stage(work->store, &work->key, &work->folder, err) != ERR_OK) {
        return err_prefix(err, "stage");
    }
    return making_evaluate(work->making, work->folder, err);
}

enum err_kind job_work_render(struct job_work *work, struct err *err)
{
    return check_lease(work, err) == ERR_OK ? making_render(work->making, err) : err->kind;
}

enum err_kind job_work_store(struct job_work *work, struct err *err)
{
    const struct report *report = making_report(work->making, 0);
    work->judged = (struct job_judged){.resources = report->inventory.records,
                                       .findings = report->finding_counts};
    work->summary = making_summary(work->making, 0);
    making_empty(work->making); // may take its time: the lease is asked for behind it
    return check_lease(work, err) == ERR_OK
               ? work->store->methods->publish(work->store, &work->key, &work->location, err)
               : err->kind;
}

enum err_kind job_work_clean(struct job_work *work, struct err *err)
{
    const struct store_methods *methods = work->store->methods;
    if (work->outcome == QUEUE_COMPLETE && !work->is_unrecorded) {
        return methods->tidy(work->store, &work->key, work->config->keep_count,
                             work->config->keep_ms, err);
    }
    enum err_kind kind = ERR_OK;
    if (work->outcome != QUEUE_COMPLETE) {
        kind = methods->discard(work->store, &work->key, err);
    }
    bool is_over = work->outcome == QUEUE_FAILED || work->outcome == QUEUE_CANCEL;
    if (kind == ERR_OK && (is_over || work->is_unrecorded)) {
        kind = methods->tidy(work->store, &work->key, 0, 0, err);
    }
    return kind;
}
