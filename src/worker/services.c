// SPDX-License-Identifier: MIT
#include "services.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"

#include <string.h>
#include <sys/queue.h>

struct service {
    TAILQ_ENTRY(service) link; // of an upstream; the one asked last in front
    struct services *all;
    enum service_kind kind;
    char *name;
    struct breaker_policy policy;
    struct breaker breaker;
    unsigned users;
    int64_t answered_at_ms; // wall clock; 0: never here
    int64_t opened_at_ms;   // monotonic
    struct err cause;
};

TAILQ_HEAD(service_list, service);

struct services {
    struct breaker_policy policy;
    struct log *log;
    struct service *store;
    struct service_list upstreams;
    size_t upstream_count;
};

static struct service *new_service(struct services *services, enum service_kind kind,
                                   char *take_name)
{
    struct service *service = mem_alloc(1, sizeof(*service));
    service->all = services;
    service->kind = kind;
    service->name = take_name;
    service->policy = services->policy;
    service->cause = ERR_INIT;
    return service;
}

static void destroy_service(struct service **service)
{
    REQUIRE((*service)->users == 0);
    mem_free(&(*service)->name);
    mem_free(service);
}

struct services *services_create(const struct breaker_policy *policy, struct log *log)
{
    struct services *services = mem_alloc(1, sizeof(*services));
    services->policy = *policy;
    services->log = log;
    TAILQ_INIT(&services->upstreams);
    services->store = new_service(services, SERVICE_STORE, mem_text("store"));
    services->store->policy.threshold = policy->threshold > 0 ? 1 : 0;
    return services;
}

static void remove_upstream(struct services *services, struct service *service)
{
    TAILQ_REMOVE(&services->upstreams, service, link);
    services->upstream_count--;
    destroy_service(&service);
}

void services_destroy(struct services **services)
{
    struct service *upstream;
    while ((upstream = TAILQ_FIRST(&(*services)->upstreams)) != NULL) {
        remove_upstream(*services, upstream);
    }
    destroy_service(&(*services)->store);
    mem_free(services);
}

struct service *services_store(struct services *services)
{
    return services->store;
}

// "https://host:port" of a base_url: its path does not matter to whether the host serves.
static size_t host_len(const char *base_url)
{
    const char *host = strstr(base_url, "://");
    host = host == NULL ? base_url : host + strlen("://");
    return (size_t)(host - base_url) + strcspn(host, "/");
}

static bool make_room(struct services *services)
{
    if (services->upstream_count < LIMIT_UPSTREAMS) {
        return true;
    }
    struct service *service = TAILQ_LAST(&services->upstreams, service_list);
    while (service != NULL && (service->users > 0 || service->breaker.failures > 0)) {
        service = TAILQ_PREV(service, service_list, link);
    }
    if (service != NULL) {
        remove_upstream(services, service);
    }
    return service != NULL;
}

struct service *services_upstream(struct services *services, const char *base_url)
{
    size_t len = host_len(base_url);
    struct service *service = TAILQ_FIRST(&services->upstreams);
    while (service != NULL &&
           (strncmp(service->name, base_url, len) != 0 || service->name[len] != '\0')) {
        service = TAILQ_NEXT(service, link);
    }
    if (service != NULL) {
        TAILQ_REMOVE(&services->upstreams, service, link);
    } else if (make_room(services)) {
        service = new_service(services, SERVICE_UPSTREAM, mem_format("%.*s", (int)len, base_url));
        services->upstream_count++;
    } else {
        return NULL;
    }
    TAILQ_INSERT_HEAD(&services->upstreams, service, link);
    return service;
}

unsigned services_away(const struct services *services, enum service_kind kind)
{
    if (kind == SERVICE_STORE) {
        return service_state(services->store) == BREAKER_CLOSED ? 0 : 1;
    }
    unsigned count = 0;
    for (const struct service *service = TAILQ_FIRST(&services->upstreams); service != NULL;
         service = TAILQ_NEXT(service, link)) {
        count += service_state(service) == BREAKER_CLOSED ? 0 : 1;
    }
    return count;
}

// ---- one service

bool service_enter(struct service *service, struct service_use *use)
{
    uint64_t trial;
    if (!breaker_admits(&service->breaker, clock_monotonic_ms(), &trial)) {
        return false;
    }
    service->users++;
    *use = (struct service_use){.service = service, .trial = trial};
    return true;
}

void service_leave(struct service_use *use)
{
    if (use->service == NULL) {
        return;
    }
    breaker_end_trial(&use->service->breaker, use->trial);
    use->service->users--;
    *use = (struct service_use){.service = NULL};
}

static const char *kind_text(const struct service *service)
{
    return service->kind == SERVICE_STORE ? "store" : "upstream";
}

void service_note_answer(struct service_use *use)
{
    struct service *service = use->service;
    use->trial = 0;
    service->answered_at_ms = clock_wall_ms();
    if (breaker_note_answer(&service->breaker)) {
        LOG_AT(service->all->log, LOG_INFO, "breaker.close", LOG_TEXT("kind", kind_text(service)),
               LOG_TEXT("name", service->name),
               LOG_NUMBER("ms", clock_monotonic_ms() - service->opened_at_ms));
    }
}

// Judged before the failure is noted.
static bool counts(const struct service *service, int64_t accepted_at_ms)
{
    bool serves_others =
        service->breaker.failures == 0 && service->answered_at_ms >= accepted_at_ms;
    return service->policy.threshold == 0 || (service->kind == SERVICE_UPSTREAM && serves_others);
}

bool service_note_failure(struct service_use *use, const struct err *cause, int64_t accepted_at_ms)
{
    struct service *service = use->service;
    int64_t now_ms = clock_monotonic_ms();
    bool does_count = counts(service, accepted_at_ms);
    bool is_opened = breaker_note_failure(&service->breaker, &service->policy, use->trial, now_ms);
    use->trial = 0;
    service->cause = *cause;
    if (is_opened) {
        service->opened_at_ms = now_ms;
        LOG_AT(service->all->log, LOG_WARNING, "breaker.open", LOG_TEXT("kind", kind_text(service)),
               LOG_TEXT("name", service->name), LOG_ERR(cause),
               LOG_NUMBER("failures", service->breaker.failures),
               LOG_NUMBER("ms", service_wait_ms(service)));
    }
    return does_count;
}

enum breaker_state service_state(const struct service *service)
{
    return breaker_state(&service->breaker, clock_monotonic_ms());
}

bool service_is_on_trial(const struct service *service)
{
    return service->breaker.trial != 0;
}

int64_t service_wait_ms(const struct service *service)
{
    return breaker_wait_ms(&service->breaker, clock_monotonic_ms());
}

int64_t service_half_open_ms(const struct service *service)
{
    return service_state(service) == BREAKER_HALF_OPEN
               ? clock_monotonic_ms() - service->breaker.open_until_ms
               : 0;
}

const char *service_name(const struct service *service)
{
    return service->name;
}

const struct err *service_cause(const struct service *service)
{
    return &service->cause;
}
