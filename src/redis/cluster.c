// SPDX-License-Identifier: MIT
//
//   search ──> waiting ──(the interval since the last question is over)──> asking ──> on_found
//                 ^                                                          │
//                 └── searches that came meanwhile: joined, they get this answer
//
// A search that joins a question under way may get an answer a little older than itself. It leads to a
// node that says MOVED, or to one that is gone; the next search follows.
#include "redis/cluster.h"

#include "base/clock.h"
#include "base/mem.h"
#include "cluster_search.h"
#include "finder.h"
#include "slots.h"

#include <string.h>

struct redis_cluster {
    struct redis_node nodes[REDIS_CLUSTER_ASKED_MAX]; // seeds, then masters; their texts are ours
    size_t seed_count;
    size_t node_count;
    char *user;
    struct secret *password;
    struct redis_tls *tls;
    struct redis_finder finder;
    struct loop_timer timer; // to the next question
    int64_t asked_at_ms;     // monotonic, when the last began; 0: never
    struct redis_slot_search *waiting;
    struct redis_master learned[REDIS_CLUSTER_ASKED_MAX]; // of this answer
    size_t learned_count;
    struct loop_closing closing;
    loop_closed_cb on_closed;
    void *closed_owner;
};

_Static_assert((int)REDIS_CLUSTER_ASKED_MAX <= (int)REDIS_ASKED_MAX, "a finder asks them");
_Static_assert((int)REDIS_CLUSTER_SEEDS_MAX <= (int)REDIS_CLUSTER_ASKED_MAX, "all are asked");

// ---- the answer

// An answer in which not even one search finds its node may be that of a node which was cut off: then
// another one is asked.
static enum err_kind take(void *owner, const struct redis_node *asked,
                          const struct redis_reply *reply, struct err *err)
{
    struct redis_cluster *cluster = owner;
    bool is_of_use = cluster->waiting == NULL;
    struct err failure = ERR_INIT;
    for (struct redis_slot_search *search = cluster->waiting; search != NULL;
         search = search->next) {
        search->is_answered = true;
        search->failure = ERR_INIT;
        search->found = (struct redis_master){0};
        if (redis_slots_find(reply, search->slot, asked->host, &search->found, &search->failure) ==
            ERR_OK) {
            is_of_use = true;
        } else {
            failure = search->failure;
        }
    }
    if (!is_of_use) {
        *err = failure;
        return err->kind;
    }
    cluster->learned_count = redis_slots_masters(reply, asked->host, cluster->learned,
                                                 REDIS_CLUSTER_ASKED_MAX - cluster->seed_count);
    return ERR_OK;
}

static void forget_learned(struct redis_cluster *cluster)
{
    while (cluster->node_count > cluster->seed_count) {
        cluster->node_count--;
        mem_free(&cluster->nodes[cluster->node_count].host);
    }
}

static void keep_learned(struct redis_cluster *cluster)
{
    forget_learned(cluster);
    for (size_t i = 0; i < cluster->learned_count; i++) {
        cluster->nodes[cluster->node_count++] = (struct redis_node){
            .host = mem_text(cluster->learned[i].host), .port = cluster->learned[i].port};
    }
    cluster->finder.question.node_count = cluster->node_count;
    // The one that answered may be at another place in the list now.
    cluster->finder.first = cluster->finder.first < cluster->node_count ? cluster->finder.first : 0;
}

static void answer_searches(struct redis_cluster *cluster, const struct err *err)
{
    struct redis_slot_search *search = cluster->waiting;
    cluster->waiting = NULL;
    while (search != NULL) {
        struct redis_slot_search done = *search;
        search->is_busy = false;
        if (err == NULL && !done.is_answered) { // it came when the answer was there already
            redis_cluster_search(cluster, search);
            search = done.next;
            continue;
        }
        const struct err *failure = err != NULL                   ? err
                                    : done.failure.kind != ERR_OK ? &done.failure
                                                                  : NULL;
        // A callback may search again: that waits for the next question.
        done.on_found(done.owner, failure == NULL ? &done.found : NULL, failure);
        search = done.next;
    }
}

static void on_over(void *owner, const struct err *err)
{
    struct redis_cluster *cluster = owner;
    if (err == NULL) {
        keep_learned(cluster);
        answer_searches(cluster, NULL);
        return;
    }
    struct err why = *err;
    if (cluster->node_count > 1) {
        (void)err_prefix(&why, "none of %zu nodes of the cluster answers; the last one",
                         cluster->node_count);
    }
    answer_searches(cluster, &why);
}

// ---- the question

static void ask(struct redis_cluster *cluster)
{
    cluster->asked_at_ms = clock_monotonic_ms();
    redis_finder_start(&cluster->finder);
}

static void on_timer(struct loop_timer *timer)
{
    struct redis_cluster *cluster = container_of(timer, struct redis_cluster, timer);
    if (cluster->waiting != NULL && !cluster->finder.is_busy) {
        ask(cluster);
    }
}

void redis_cluster_search(struct redis_cluster *cluster, struct redis_slot_search *search)
{
    REQUIRE(!search->is_busy && search->slot < REDIS_SLOTS);
    search->is_busy = true;
    search->is_answered = false;
    search->next = cluster->waiting;
    cluster->waiting = search;
    if (cluster->finder.is_busy || loop_timer_is_set(&cluster->timer)) {
        return;
    }
    int64_t since_ms = clock_monotonic_ms() - cluster->asked_at_ms;
    bool is_soon = cluster->asked_at_ms > 0 && since_ms < REDIS_CLUSTER_REFRESH_MS;
    loop_timer_start(&cluster->timer, is_soon ? REDIS_CLUSTER_REFRESH_MS - since_ms : 1);
}

void redis_cluster_forget(struct redis_cluster *cluster, struct redis_slot_search *search)
{
    struct redis_slot_search **link = &cluster->waiting;
    while (*link != NULL && *link != search) {
        link = &(*link)->next;
    }
    if (*link != NULL) {
        *link = search->next;
    }
    search->is_busy = false;
}

void redis_cluster_doubt(struct redis_cluster *cluster)
{
    if (!cluster->finder.is_busy) {
        redis_finder_doubt(&cluster->finder);
    }
}

// ---- beginning and end

struct redis_cluster *redis_cluster_create(uv_loop_t *loop,
                                           const struct redis_cluster_config *config)
{
    REQUIRE(config->seed_count >= 1 && config->seed_count <= REDIS_CLUSTER_SEEDS_MAX);
    struct redis_cluster *cluster = mem_alloc(1, sizeof(*cluster));
    for (size_t i = 0; i < config->seed_count; i++) {
        cluster->nodes[i] = (struct redis_node){.host = mem_text(config->seeds[i].host),
                                                .port = config->seeds[i].port};
    }
    cluster->seed_count = config->seed_count;
    cluster->node_count = config->seed_count;
    cluster->user = mem_text(config->user);
    cluster->password = secret_dup(config->password);
    cluster->tls = redis_tls_ref(config->tls);
    const struct redis_question question = {.title = "cluster node",
                                            .nodes = cluster->nodes,
                                            .node_count = cluster->node_count,
                                            .user = cluster->user,
                                            .password = cluster->password,
                                            .tls = cluster->tls,
                                            .words = {"CLUSTER", "SLOTS"},
                                            .word_count = 2,
                                            .take = take,
                                            .owner = cluster};
    redis_finder_init(&cluster->finder, loop, &cluster->closing, &question, on_over, cluster);
    loop_timer_init(&cluster->timer, loop, on_timer, &cluster->closing);
    return cluster;
}

void redis_cluster_set_password(struct redis_cluster *cluster, const struct secret *password)
{
    // A talk under way has sent what it had, or sends this one.
    struct secret *fresh = secret_dup(password);
    secret_destroy(&cluster->password);
    cluster->password = fresh;
    cluster->finder.question.password = fresh;
}

void redis_cluster_set_tls(struct redis_cluster *cluster, struct redis_tls *tls)
{
    REQUIRE((cluster->tls == NULL) == (tls == NULL));
    struct redis_tls *old = cluster->tls;
    cluster->tls = redis_tls_ref(tls);
    cluster->finder.question.tls = cluster->tls;
    redis_tls_unref(&old);
}

static void on_all_closed(void *owner)
{
    struct redis_cluster *cluster = owner;
    loop_closed_cb on_closed = cluster->on_closed;
    void *closed_owner = cluster->closed_owner;
    forget_learned(cluster);
    for (size_t i = 0; i < cluster->seed_count; i++) {
        mem_free(&cluster->nodes[i].host);
    }
    mem_free(&cluster->user);
    secret_destroy(&cluster->password);
    redis_tls_unref(&cluster->tls);
    mem_free(&cluster);
    if (on_closed != NULL) {
        on_closed(closed_owner);
    }
}

static void on_timer_closed(void *closing)
{
    loop_closing_down(closing);
}

void redis_cluster_close(struct redis_cluster *cluster, loop_closed_cb on_closed, void *owner)
{
    REQUIRE(cluster->waiting == NULL);
    cluster->on_closed = on_closed;
    cluster->closed_owner = owner;
    cluster->closing.on_closed = on_all_closed;
    cluster->closing.owner = cluster;
    struct err over = ERR_INIT;
    (void)err_set(&over, ERR_CANCELLED, "the cluster is being closed");
    redis_finder_shut(&cluster->finder, &over);
    redis_finder_close(&cluster->finder);
    loop_closing_up(&cluster->closing);
    loop_timer_close(&cluster->timer, on_timer_closed);
}
