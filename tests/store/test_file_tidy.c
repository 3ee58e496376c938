// SPDX-License-Identifier: MIT
#include "attempt_name.h"
#include "base/file.h"
#include "base/mem.h"
#include "store_fixture.h"

#include <criterion/criterion.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const int64_t HOUR_MS = 3600 * 1000;

static struct store_fixture fixture;

static void begin(void)
{
    store_fixture_init(&fixture);
}

static void end(void)
{
    store_fixture_deinit(&fixture);
}

TestSuite(file_tidy, .init = begin, .fini = end);

static void tidy(const struct store_key *key, unsigned keep_count, int64_t keep_ms)
{
    struct err err = ERR_INIT;
    enum err_kind kind =
        fixture.store->methods->tidy(fixture.store, key, keep_count, keep_ms, &err);
    cr_assert_eq(kind, ERR_OK, "%s", err.message);
    cr_assert_eq(err.kind, ERR_OK, "a success leaves the error alone");
}

static void assert_kept(const char *path)
{
    cr_assert(is_there(path_in(&fixture, "%s", path)), "%s", path);
}

static void assert_removed(const char *path)
{
    cr_assert_not(is_there(path_in(&fixture, "%s", path)), "%s", path);
}

// A report that was finished `hours` ago.
static void publish_aged(const char *report_id, uint64_t fence, int64_t hours)
{
    struct store_key key = store_key_of(report_id, fence);
    publish_report(&fixture, &key);
    age(path_in(&fixture, "1001/pack-1/%s/%d", report_id, (int)fence), hours * HOUR_MS);
}

Test(file_tidy, removes_dead_attempts_of_the_same_report)
{
    struct store_key keys[] = {store_key_of("REPORT-1", 5), store_key_of("REPORT-1", 6),
                               store_key_of("REPORT-1", 10), store_key_of("REPORT-1", 11)};
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        publish_report(&fixture, &keys[i]);
        stage_report(&fixture, &keys[i]);
    }
    tidy(&keys[2], 0, 0);
    assert_removed("1001/pack-1/REPORT-1/5");
    assert_removed("1001/pack-1/REPORT-1/6");
    assert_kept("1001/pack-1/REPORT-1/10/report.json");
    assert_removed(".staging/REPORT-1.5");
    assert_removed(".staging/REPORT-1.6");
    // A higher fence is another process's live attempt.
    assert_kept("1001/pack-1/REPORT-1/11/report.json");
    assert_kept(".staging/REPORT-1.11/report.json");
    assert_kept(".staging/REPORT-1.10");
}

Test(file_tidy, leaves_live_attempts_alone_however_old)
{
    struct store_key own = store_key_of("REPORT-1", 10);
    struct store_key higher = store_key_of("REPORT-1", 11);
    stage_report(&fixture, &higher);
    age(path_in(&fixture, ".staging/REPORT-1.11/report.json"), 48 * HOUR_MS);
    age(path_in(&fixture, ".staging/REPORT-1.11/findings.ndjson"), 48 * HOUR_MS);
    age(path_in(&fixture, ".staging/REPORT-1.11"), 48 * HOUR_MS);
    tidy(&own, 1, 1);
    assert_kept(".staging/REPORT-1.11/report.json");
}

Test(file_tidy, removes_what_others_left_a_day_ago)
{
    struct store_key own = store_key_of("REPORT-1", 10);
    static const char *const OTHERS[] = {"OLD", "YOUNG", "WRITTEN"};
    for (size_t i = 0; i < ARRAY_LEN(OTHERS); i++) {
        struct store_key other = store_key_of(OTHERS[i], 3);
        stage_report(&fixture, &other);
        age(path_in(&fixture, ".staging/%s.3/report.json", OTHERS[i]), 25 * HOUR_MS);
        age(path_in(&fixture, ".staging/%s.3/findings.ndjson", OTHERS[i]), 25 * HOUR_MS);
        age(path_in(&fixture, ".staging/%s.3", OTHERS[i]), 25 * HOUR_MS);
    }
    age(path_in(&fixture, ".staging/YOUNG.3"), 23 * HOUR_MS);
    age(path_in(&fixture, ".staging/WRITTEN.3/findings.ndjson"), 0);
    tidy(&own, 0, 0);
    assert_removed(".staging/OLD.3");
    assert_kept(".staging/YOUNG.3/report.json");
    assert_kept(".staging/WRITTEN.3/report.json");
}

// One look a minute: a second one at once leaves alone what a daemon that begins then would remove.
Test(file_tidy, looks_at_what_others_left_now_and_then)
{
    struct store_key own = store_key_of("REPORT-1", 10);
    struct store_key dead = store_key_of("REPORT-1", 9);
    struct store_key other = store_key_of("OLD", 3);
    tidy(&own, 0, 0);
    stage_report(&fixture, &dead);
    stage_report(&fixture, &other);
    age(path_in(&fixture, ".staging/OLD.3/report.json"), 25 * HOUR_MS);
    age(path_in(&fixture, ".staging/OLD.3/findings.ndjson"), 25 * HOUR_MS);
    age(path_in(&fixture, ".staging/OLD.3"), 25 * HOUR_MS);
    tidy(&own, 0, 0);
    assert_removed(".staging/REPORT-1.9");
    assert_kept(".staging/OLD.3/report.json");
    store_destroy(&fixture.store);
    struct err err;
    cr_assert_eq(store_file_open(fixture.root, true, &fixture.store, &err), ERR_OK);
    tidy(&own, 0, 0);
    assert_removed(".staging/OLD.3");
}

Test(file_tidy, removes_what_a_crash_left_half_removed)
{
    struct store_key own = store_key_of("REPORT-1", 10);
    cr_assert_eq(mkdir(path_in(&fixture, ".staging/OTHER.3.gone"), 0700), 0);
    cr_assert_eq(mkdir(path_in(&fixture, ".staging/OTHER.3.gone/x"), 0700), 0);
    tidy(&own, 0, 0);
    assert_removed(".staging/OTHER.3.gone");
}

Test(file_tidy, touches_no_name_that_is_not_ours)
{
    struct store_key own = store_key_of("REPORT-1", 10);
    static const char *const NAMES[] = {"lost+found", "REPORT-1.x",  "REPORT-1.3.bak",
                                        "README",     "REPORT-1.03", "REPORT-1."};
    publish_report(&fixture, &own);
    for (size_t i = 0; i < ARRAY_LEN(NAMES); i++) {
        cr_assert_eq(mkdir(path_in(&fixture, ".staging/%s", NAMES[i]), 0700), 0);
        age(path_in(&fixture, ".staging/%s", NAMES[i]), 48 * HOUR_MS);
        cr_assert_eq(mkdir(path_in(&fixture, "1001/pack-1/REPORT-1/%s", NAMES[i]), 0700), 0);
        cr_assert_eq(mkdir(path_in(&fixture, "1001/pack-1/%s", NAMES[i]), 0700), 0);
        age(path_in(&fixture, "1001/pack-1/%s", NAMES[i]), 48 * HOUR_MS);
    }
    tidy(&own, 1, HOUR_MS);
    for (size_t i = 0; i < ARRAY_LEN(NAMES); i++) {
        cr_assert(is_there(path_in(&fixture, ".staging/%s", NAMES[i])), "%s", NAMES[i]);
        cr_assert(is_there(path_in(&fixture, "1001/pack-1/REPORT-1/%s", NAMES[i])));
        cr_assert(is_there(path_in(&fixture, "1001/pack-1/%s", NAMES[i])));
    }
}

Test(file_tidy, keeps_the_latest_by_count)
{
    struct store_key own = store_key_of("REPORT-4", 40);
    publish_aged("REPORT-1", 10, 40);
    publish_aged("REPORT-2", 20, 30);
    publish_aged("REPORT-3", 30, 20);
    publish_report(&fixture, &own);
    tidy(&own, 0, 0);
    assert_kept("1001/pack-1/REPORT-1/10/report.json");
    tidy(&own, 3, 0);
    assert_removed("1001/pack-1/REPORT-1");
    assert_kept("1001/pack-1/REPORT-2/20/report.json");
    tidy(&own, 1, 0);
    assert_removed("1001/pack-1/REPORT-2");
    assert_removed("1001/pack-1/REPORT-3");
    assert_kept("1001/pack-1/REPORT-4/40/report.json");
}

Test(file_tidy, keeps_the_young_by_age)
{
    struct store_key own = store_key_of("REPORT-3", 30);
    publish_aged("REPORT-1", 10, 40);
    publish_aged("REPORT-2", 20, 30);
    publish_aged("REPORT-3", 30, 50);
    tidy(&own, 0, 35 * HOUR_MS);
    assert_removed("1001/pack-1/REPORT-1");
    assert_kept("1001/pack-1/REPORT-2/20");
    assert_kept("1001/pack-1/REPORT-3/30"); // its own, although the oldest
}

Test(file_tidy, keeps_the_last_report_whatever_its_age)
{
    struct store_key own = store_key_of("REPORT-9", 90); // was never published
    publish_aged("REPORT-1", 10, 4000);
    publish_aged("REPORT-2", 20, 3000);
    tidy(&own, 1, HOUR_MS);
    assert_removed("1001/pack-1/REPORT-1");
    assert_kept("1001/pack-1/REPORT-2/20/report.json");
}

Test(file_tidy, judges_a_report_by_its_latest_attempt)
{
    struct store_key own = store_key_of("REPORT-3", 30);
    publish_aged("REPORT-1", 9, 50);
    publish_aged("REPORT-1", 10, 1);
    publish_aged("REPORT-2", 20, 30);
    publish_report(&fixture, &own);
    tidy(&own, 2, 0);
    assert_kept("1001/pack-1/REPORT-1/10");
    assert_removed("1001/pack-1/REPORT-2");
}

Test(file_tidy, leaves_other_packs_alone)
{
    struct store_key own = store_key_of("REPORT-2", 20);
    struct store_key other = store_key_of("REPORT-1", 10);
    (void)text_copy(other.pack_id, sizeof(other.pack_id), "pack-2");
    publish_report(&fixture, &other);
    age(path_in(&fixture, "1001/pack-2/REPORT-1/10"), 100 * HOUR_MS);
    publish_report(&fixture, &own);
    tidy(&own, 1, HOUR_MS);
    assert_kept("1001/pack-2/REPORT-1/10/report.json");
}

Test(file_tidy, follows_no_link)
{
    struct store_key own = store_key_of("REPORT-2", 20);
    struct err err = ERR_INIT;
    char *outside = file_join(fixture.folder, "outside");
    char *precious = file_join(outside, "10");
    cr_assert_eq(file_make_folders(precious, 0700, &err), ERR_OK);
    age(precious, 100 * HOUR_MS);
    publish_report(&fixture, &own);
    publish_aged("REPORT-0", 1, 50);
    cr_assert_eq(symlink(outside, path_in(&fixture, "1001/pack-1/REPORT-1")), 0);
    cr_assert_eq(symlink(outside, path_in(&fixture, "1001/pack-1/REPORT-0/0")), 0);
    cr_assert_eq(symlink(outside, path_in(&fixture, ".staging/REPORT-2.3")), 0);
    tidy(&own, 1, HOUR_MS);
    cr_assert(is_there(precious));
    assert_removed(".staging/REPORT-2.3"); // the link itself
    assert_removed("1001/pack-1/REPORT-0");
    mem_free(&precious);
    mem_free(&outside);
}

Test(file_tidy, finds_nothing_to_do_in_an_empty_store)
{
    struct store_key own = store_key_of("REPORT-1", 1);
    tidy(&own, 1, 1);
    assert_removed("1001");
}

Test(file_tidy, goes_on_past_what_it_cannot_remove)
{
    struct store_key own = store_key_of("REPORT-1", 10);
    struct err err = ERR_INIT;
    char *deep = mem_format("%s/.staging/REPORT-1.3/1/2/3/4/5", fixture.root);
    cr_assert_eq(file_make_folders(deep, 0700, &err), ERR_OK);
    publish_aged("REPORT-0", 1, 50);
    publish_report(&fixture, &own);
    cr_assert_eq(fixture.store->methods->tidy(fixture.store, &own, 1, 0, &err), ERR_IO);
    cr_assert_not_null(strstr(err.message, ".staging/REPORT-1.3: cannot be removed"), "%s",
                       err.message);
    assert_removed("1001/pack-1/REPORT-0");
    mem_free(&deep);
}

Test(file_tidy, is_done_by_many_at_once)
{
    enum { PROCESSES = 4, REPORTS = 40 };
    struct store_key own = store_key_of("REPORT-OWN", 1000);
    for (unsigned i = 0; i < REPORTS; i++) {
        char *id = mem_format("REPORT-%u", i);
        struct store_key dead = store_key_of("REPORT-OWN", i + 1);
        publish_aged(id, i + 1, 100 + i);
        publish_report(&fixture, &dead);
        stage_report(&fixture, &dead);
        mem_free(&id);
    }
    publish_report(&fixture, &own);
    pid_t pids[PROCESSES];
    for (unsigned i = 0; i < PROCESSES; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            struct err err = ERR_INIT;
            bool good = fixture.store->methods->tidy(fixture.store, &own, 2, 0, &err) == ERR_OK;
            _exit(good ? 0 : 1);
        }
    }
    for (unsigned i = 0; i < PROCESSES; i++) {
        int status;
        cr_assert_eq(waitpid(pids[i], &status, 0), pids[i]);
        cr_assert_eq(status, 0);
    }
    struct file_names names;
    struct err err;
    cr_assert_eq(file_list(path_in(&fixture, "1001/pack-1"), 100, &names, &err), ERR_OK);
    cr_assert_eq(names.count, 2);
    cr_assert_str_eq(names.names[0], "REPORT-0");
    cr_assert_str_eq(names.names[1], "REPORT-OWN");
    file_names_deinit(&names);
    cr_assert_eq(file_list(path_in(&fixture, ".staging"), 100, &names, &err), ERR_OK);
    cr_assert_eq(names.count, 0);
    file_names_deinit(&names);
}

Test(attempt_name, is_read_as_it_is_written)
{
    static const uint64_t FENCES[] = {0, 1, 10, UINT64_MAX};
    for (size_t i = 0; i < ARRAY_LEN(FENCES); i++) {
        char name[ATTEMPT_NAME_BYTES];
        struct attempt_name parsed;
        uint64_t fence;
        attempt_name_staging("A-b_9", FENCES[i], name);
        cr_assert(attempt_name_parse(name, &parsed) && !parsed.is_gone);
        cr_assert_str_eq(parsed.report_id, "A-b_9");
        cr_assert_eq(parsed.fence, FENCES[i]);
        attempt_name_gone("A-b_9", FENCES[i], name);
        cr_assert(attempt_name_parse(name, &parsed) && parsed.is_gone);
        attempt_name_fence(FENCES[i], name);
        cr_assert(attempt_name_parse_fence(name, &fence) && fence == FENCES[i]);
    }
}

Test(attempt_name, refuses_what_it_does_not_write)
{
    static const char *const NAMES[] = {"",
                                        "A",
                                        "A.",
                                        ".1",
                                        "A.01",
                                        "A.-1",
                                        "A.1.",
                                        "A.1.gon",
                                        "A.1.gone.gone",
                                        "A.18446744073709551616",
                                        "A/b.1",
                                        "A.1x",
                                        "a b.1"};
    for (size_t i = 0; i < ARRAY_LEN(NAMES); i++) {
        struct attempt_name parsed;
        cr_assert_not(attempt_name_parse(NAMES[i], &parsed), "%s", NAMES[i]);
    }
}
