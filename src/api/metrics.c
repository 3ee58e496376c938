// SPDX-License-Identifier: MIT
#include "metrics.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { LABEL_BYTES = 32 };

static void begin(struct buf *out, const char *name, const char *type, const char *help)
{
    (void)buf_append_format(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void write_one(struct buf *out, const char *name, const char *type, const char *help,
                      uint64_t value)
{
    begin(out, name, type, help);
    (void)buf_append_format(out, "%s %" PRIu64 "\n", name, value);
}

static void write_seconds(struct buf *out, int64_t ms)
{
    (void)buf_append_format(out, "%" PRId64 ".%03" PRId64, ms / 1000, ms % 1000);
}

// ---- histograms

static const char *const STAGES[POOL_STAGE_COUNT] = {
    [POOL_STAGE_WAIT] = "wait",     [POOL_STAGE_FETCH] = "fetch",
    [POOL_STAGE_BIND] = "bind",     [POOL_STAGE_EVALUATE] = "evaluate",
    [POOL_STAGE_RENDER] = "render", [POOL_STAGE_STORE] = "store",
    [POOL_STAGE_TOTAL] = "total",
};

// `label`: "stage=\"fetch\"," or none.
static void write_histogram(struct buf *out, const char *name, const char *label,
                            const struct histogram *histogram)
{
    const int label_len = label[0] == '\0' ? 0 : (int)strlen(label) - 1; // without its comma
    uint64_t below = 0;
    for (unsigned i = 0; i < HISTOGRAM_BOUNDS; i++) {
        below += histogram->counts[i];
        (void)buf_append_format(out, "%s_bucket{%sle=\"", name, label);
        write_seconds(out, histogram_bounds_ms[i]);
        (void)buf_append_format(out, "\"} %" PRIu64 "\n", below);
    }
    (void)buf_append_format(out, "%s_bucket{%sle=\"+Inf\"} %" PRIu64 "\n", name, label,
                            histogram->count);
    const char *open = label_len > 0 ? "{" : "";
    const char *shut = label_len > 0 ? "}" : "";
    (void)buf_append_format(out, "%s_sum%s%.*s%s ", name, open, label_len, label, shut);
    write_seconds(out, histogram->sum_ms);
    (void)buf_append_format(out, "\n%s_count%s%.*s%s %" PRIu64 "\n", name, open, label_len, label,
                            shut, histogram->count);
}

// ---- the daemon

static void write_ends(struct buf *out, const struct pool_counters *pool)
{
    const struct {
        const char *outcome;
        uint64_t count;
    } ends[] = {{"complete", pool->completed},
                {"failed", pool->failed},
                {"cancelled", pool->cancelled},
                {"retried", pool->retried}};
    begin(out, "packreport_attempts_total", "counter",
          "Attempts at a report that ended here, by how they ended.");
    for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
        (void)buf_append_format(out, "packreport_attempts_total{outcome=\"%s\"} %" PRIu64 "\n",
                                ends[i].outcome, ends[i].count);
    }
}

static void write_answers(struct buf *out, const struct metrics *metrics)
{
    begin(out, "packreport_answers_total", "counter",
          "Requests that this daemon answered, by how they came and by code.");
    for (unsigned i = 0; i < ANSWER_CODE_COUNT; i++) {
        const char *code = answer_code_text((enum answer_code)i);
        (void)buf_append_format(
            out, "packreport_answers_total{from=\"queue\",code=\"%s\"} %" PRIu64 "\n", code,
            metrics->pool->answers[i]);
        if (metrics->door != NULL) {
            (void)buf_append_format(
                out, "packreport_answers_total{from=\"http\",code=\"%s\"} %" PRIu64 "\n", code,
                metrics->door->answers[i]);
        }
    }
}

// Resources and findings of reports that became complete here.
static void write_evaluated(struct buf *out, const struct pool_counters *pool)
{
    write_one(out, "packreport_resources_evaluated_total", "counter",
              "Resources that were judged for reports which became complete here.",
              pool->resources);
    begin(out, "packreport_findings_total", "counter",
          "Findings of these reports, one for each rule and resource, by outcome.");
    for (unsigned i = 0; i < OUTCOME_COUNT; i++) {
        (void)buf_append_format(out, "packreport_findings_total{outcome=\"%s\"} %" PRIu64 "\n",
                                outcome_text((enum outcome)i), pool->findings.of[i]);
    }
}

static void write_daemon(struct buf *out, const struct metrics *metrics)
{
    const struct pool_counters *pool = metrics->pool;
    begin(out, "packreport_build_info", "gauge", "1, with the version as a label.");
    (void)buf_append_format(out, "packreport_build_info{version=\"%s\"} 1\n", metrics->version);
    write_one(out, "packreport_ready", "gauge",
              "1 while requests are consumed and reports could be written.", metrics->is_ready);
    write_one(out, "packreport_jobs_running", "gauge", "Jobs that this daemon holds.",
              metrics->running);
    begin(out, "packreport_breakers_open", "gauge",
          "Upstream services, and stores, that are away: their jobs wait.");
    (void)buf_append_format(out,
                            "packreport_breakers_open{kind=\"upstream\"} %u\n"
                            "packreport_breakers_open{kind=\"store\"} %u\n",
                            metrics->outages.upstreams, metrics->outages.stores);
    write_answers(out, metrics);
    write_ends(out, pool);
    write_one(out, "packreport_leases_lost_total", "counter",
              "Leases that ran out, or were given to another worker.", pool->leases_lost);
    begin(out, "packreport_stage_seconds", "histogram",
          "How long stages of reports took: wait for a worker, each step that succeeded, and total "
          "from acceptance to the complete report.");
    for (unsigned i = 0; i < POOL_STAGE_COUNT; i++) {
        char label[LABEL_BYTES];
        (void)snprintf(label, sizeof(label), "stage=\"%s\",", STAGES[i]);
        write_histogram(out, "packreport_stage_seconds", label, &pool->stages[i]);
    }
    write_evaluated(out, pool);
}

static void write_upstream(struct buf *out, const struct upstream_counters *upstream)
{
    static const char *const OUTCOMES[UPSTREAM_OUTCOME_COUNT] = {
        [UPSTREAM_SUCCESS] = "success",     [UPSTREAM_NOT_FOUND] = "not_found",
        [UPSTREAM_DENIED] = "denied",       [UPSTREAM_THROTTLED] = "throttled",
        [UPSTREAM_REFUSED] = "refused",     [UPSTREAM_UNAVAILABLE] = "unavailable",
        [UPSTREAM_TIMEOUT] = "timeout",     [UPSTREAM_UNUSABLE] = "unusable",
        [UPSTREAM_CANCELLED] = "cancelled",
    };
    begin(out, "packreport_upstream_requests_total", "counter",
          "Requests to the pack service, by how they ended.");
    for (unsigned i = 0; i < UPSTREAM_OUTCOME_COUNT; i++) {
        (void)buf_append_format(out,
                                "packreport_upstream_requests_total{outcome=\"%s\"} %" PRIu64 "\n",
                                OUTCOMES[i], upstream->requests[i]);
    }
    begin(out, "packreport_upstream_last_success_timestamp_seconds", "gauge",
          "When the pack service last answered as it should, since 1970; 0 when it has not yet.");
    (void)buf_append_text(out, "packreport_upstream_last_success_timestamp_seconds ");
    write_seconds(out, upstream->last_success_ms);
    (void)buf_append_char(out, '\n');
    begin(out, "packreport_upstream_request_seconds", "histogram",
          "How long requests to the pack service took, but for those that were cancelled here.");
    write_histogram(out, "packreport_upstream_request_seconds", "", &upstream->durations);
}

static void write_door(struct buf *out, const struct front_door_counters *door)
{
    write_one(out, "packreport_http_requests_total", "counter",
              "Requests for operations at the front door.", door->requests);
    write_one(out, "packreport_http_throttled_total", "counter",
              "Requests of accounts that sent more than they may, answered Throttling.User.",
              door->throttled);
    write_one(out, "packreport_http_downloads_total", "counter",
              "Files of reports that were sent, or found unchanged.", door->downloads);
    write_one(out, "packreport_http_refused_total", "counter", "Answers with a status of 4xx.",
              door->refused);
    write_one(out, "packreport_http_failed_total", "counter", "Answers with a status of 5xx.",
              door->failed);
}

// ---- the queue

static void write_place(struct buf *out, unsigned partition, const char *place, uint64_t count)
{
    (void)buf_append_format(out,
                            "packreport_queue_jobs{partition=\"%u\",place=\"%s\"} %" PRIu64 "\n",
                            partition, place, count);
}

static void write_queue(struct buf *out, const struct metrics *metrics)
{
    begin(out, "packreport_redis_up", "gauge",
          "1 when Redis said how much waits in the partition.");
    for (unsigned i = 0; i < metrics->partitions; i++) {
        (void)buf_append_format(out, "packreport_redis_up{partition=\"%u\"} %d\n", i,
                                metrics->depths[i].is_known ? 1 : 0);
    }
    begin(out, "packreport_queue_jobs", "gauge", "Jobs of the pool that are not over, by place.");
    for (unsigned i = 0; i < metrics->partitions; i++) {
        const struct queue_depth *depth = &metrics->depths[i].depth;
        if (metrics->depths[i].is_known) {
            write_place(out, i, "ready", depth->ready);
            write_place(out, i, "running", depth->running);
            write_place(out, i, "delayed", depth->delayed);
            write_place(out, i, "held", depth->held);
            write_place(out, i, "dead", depth->dead);
        }
    }
    begin(out, "packreport_queue_intake_entries", "gauge",
          "Requests that are not answered yet, and wake-ups.");
    for (unsigned i = 0; i < metrics->partitions; i++) {
        if (metrics->depths[i].is_known) {
            (void)buf_append_format(
                out, "packreport_queue_intake_entries{partition=\"%u\"} %" PRIu64 "\n", i,
                metrics->depths[i].depth.intake);
        }
    }
    begin(out, "packreport_queue_next_job_age_seconds", "gauge",
          "How long the job that runs next has waited; 0 when none waits.");
    for (unsigned i = 0; i < metrics->partitions; i++) {
        if (metrics->depths[i].is_known) {
            int64_t waiting_ms = metrics->depths[i].depth.waiting_ms;
            (void)buf_append_format(out, "packreport_queue_next_job_age_seconds{partition=\"%u\"} ",
                                    i);
            write_seconds(out, waiting_ms < 0 ? 0 : waiting_ms);
            (void)buf_append_char(out, '\n');
        }
    }
}

// ---- the process, under the names that Prometheus' own clients give ("Writing client libraries")

static void write_time(struct buf *out, const char *name, const char *type, const char *help,
                       int64_t ms)
{
    begin(out, name, type, help);
    (void)buf_append_format(out, "%s ", name);
    write_seconds(out, ms);
    (void)buf_append_char(out, '\n');
}

static void write_process(struct buf *out, const struct metrics *metrics)
{
    const struct process_facts *process = &metrics->process;
    write_time(out, "process_start_time_seconds", "gauge",
               "When the daemon was started, in seconds since 1970.", metrics->started_at_ms);
    write_time(out, "process_cpu_seconds_total", "counter",
               "Processor time of all threads, in user mode and in the kernel.", process->cpu_ms);
    write_one(out, "process_resident_memory_bytes", "gauge", "Memory that is resident.",
              process->resident_bytes);
    write_one(out, "process_open_fds", "gauge", "Open file descriptors.", process->open_files);
    write_one(out, "process_max_fds", "gauge", "The most file descriptors that may be open.",
              process->open_files_max);
}

void metrics_write(struct buf *out, const struct metrics *metrics)
{
    write_process(out, metrics);
    write_daemon(out, metrics);
    if (metrics->door != NULL) {
        write_door(out, metrics->door);
    }
    if (metrics->upstream != NULL) {
        write_upstream(out, metrics->upstream);
    }
    write_queue(out, metrics);
}
