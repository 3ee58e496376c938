// SPDX-License-Identifier: MIT
//
// Whose failures count, and which hosts are one upstream.
#include "services.h"

#include "base/clock.h"
#include "base/limits.h"

#include <criterion/criterion.h>
#include <stdio.h>

static const struct breaker_policy POLICY = {.threshold = 3, .base_ms = 60000, .cap_ms = 60000};
static const char *const URL = "https://one.example.com/base";

static struct services *services;
static struct log *quiet;

static void set_up(void)
{
    quiet = log_create(2, LOG_FORMAT_JSON, LOG_ERROR);
    services = services_create(&POLICY, quiet);
}

static void tear_down(void)
{
    services_destroy(&services);
    log_destroy(&quiet);
}

TestSuite(services, .init = set_up, .fini = tear_down);

static bool is_admitted(struct service *service)
{
    struct service_use use = {.service = NULL};
    bool admitted = service_enter(service, &use);
    service_leave(&use);
    return admitted;
}

static void serve(struct service *service)
{
    struct service_use use;
    cr_assert(service_enter(service, &use));
    service_note_answer(&use);
    service_leave(&use);
}

// Whether it counts.
static bool fail(struct service *service, int64_t accepted_at_ms)
{
    struct err cause = ERR_INIT;
    (void)err_set(&cause, ERR_UNAVAILABLE, "HTTP 503");
    struct service_use use;
    cr_assert(service_enter(service, &use));
    bool counts = service_note_failure(&use, &cause, accepted_at_ms);
    service_leave(&use);
    return counts;
}

Test(services, a_path_does_not_make_another_upstream)
{
    struct service *one = services_upstream(services, URL);
    cr_expect_str_eq(service_name(one), "https://one.example.com");
    cr_expect_eq(services_upstream(services, "https://one.example.com"), one);
    cr_expect_eq(services_upstream(services, "https://one.example.com/other"), one);
    cr_expect_neq(services_upstream(services, "https://one.example.com:8443"), one);
    cr_expect_neq(services_upstream(services, "http://one.example.com"), one);
    cr_expect_neq(services_upstream(services, "https://one.example.co"), one);
}

Test(services, one_that_is_away_leaves_the_others_alone)
{
    struct service *one = services_upstream(services, URL);
    for (int i = 0; i < 3; i++) {
        cr_expect(is_admitted(one));
        (void)fail(one, 0);
    }
    cr_expect_not(is_admitted(one));
    cr_expect_str_eq(service_cause(one)->message, "HTTP 503");
    cr_expect_eq(services_away(services, SERVICE_UPSTREAM), 1);
    cr_expect_eq(services_away(services, SERVICE_STORE), 0);
    cr_expect(is_admitted(services_upstream(services, "https://two.example.com")));
    cr_expect(is_admitted(services_store(services)));
}

Test(services, a_failure_counts_when_others_are_served)
{
    struct service *one = services_upstream(services, URL);
    int64_t accepted_at_ms = clock_wall_ms();
    cr_expect_not(fail(one, accepted_at_ms), "nobody was served here yet");
    for (int i = 0; i < 5; i++) {
        serve(one);
        cr_expect(fail(one, accepted_at_ms), "only this job fails");
    }
    cr_expect_not(fail(one, accepted_at_ms), "that makes two in a row");
    cr_expect_not(fail(one, accepted_at_ms), "and that opens it");
    cr_expect_not(is_admitted(one));
}

Test(services, what_was_served_before_the_request_came_is_no_proof)
{
    struct service *one = services_upstream(services, URL);
    serve(one);
    cr_expect_not(fail(one, clock_wall_ms() + 60000));
}

Test(services, failures_of_the_store_never_count_and_one_is_enough)
{
    struct service *store = services_store(services);
    serve(store);
    cr_expect_not(fail(store, 0));
    cr_expect_not(is_admitted(store));
    cr_expect_eq(services_away(services, SERVICE_STORE), 1);
}

Test(services, without_a_threshold_all_count)
{
    const struct breaker_policy none = {.threshold = 0};
    struct services *others = services_create(&none, quiet);
    struct service *one = services_upstream(others, URL);
    for (int i = 0; i < 10; i++) {
        cr_expect(fail(one, INT64_MAX));
        cr_expect(fail(services_store(others), INT64_MAX));
    }
    services_destroy(&others);
}

// Who asked while it was closed is answered beside a trial; it opens again, and the next trial begins
// before the first has left.
Test(services, a_trial_that_leaves_late_lets_nobody_in_beside_the_next)
{
    const struct breaker_policy quick = {.threshold = 1, .base_ms = 1, .cap_ms = 1};
    struct services *others = services_create(&quick, quiet);
    struct service *store = services_store(others);
    struct service_use early;
    struct service_use trials[2];
    cr_assert(service_enter(store, &early));
    for (int i = 0; i < 2; i++) {
        struct service_use failed = {.service = store};
        const struct err cause = ERR_INIT;
        (void)service_note_failure(&failed, &cause, 0);
        while (service_wait_ms(store) > 0) {
        }
        cr_assert(service_enter(store, &trials[i]));
        cr_expect_not(is_admitted(store));
        if (i == 0) {
            service_note_answer(&early);
            cr_expect(is_admitted(store), "it is closed");
        }
    }
    service_leave(&trials[0]);
    cr_expect(service_is_on_trial(store));
    cr_expect_not(is_admitted(store), "one trial at a time");
    service_leave(&trials[1]);
    cr_expect(is_admitted(store));
    service_leave(&early);
    services_destroy(&others);
}

Test(services, the_host_that_was_asked_longest_ago_makes_room)
{
    char url[64];
    struct service_use uses[LIMIT_UPSTREAMS] = {{.service = NULL}};
    for (int i = 0; i < LIMIT_UPSTREAMS + 10; i++) {
        (void)snprintf(url, sizeof(url), "https://h%d.example.com", i);
        cr_assert_not_null(services_upstream(services, url));
    }
    for (int i = 0; i < LIMIT_UPSTREAMS; i++) {
        (void)snprintf(url, sizeof(url), "https://u%d.example.com", i);
        cr_assert(service_enter(services_upstream(services, url), &uses[i]));
    }
    cr_expect_null(services_upstream(services, "https://full.example.com"), "all are in use");
    for (int i = 0; i < LIMIT_UPSTREAMS; i++) {
        service_leave(&uses[i]);
    }
    cr_expect_not_null(services_upstream(services, "https://full.example.com"));
}
