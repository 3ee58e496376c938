// SPDX-License-Identifier: MIT
#include "pack_shelf.h"

#include "base/mem.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <string.h>

// A pack without check items: that is a warning of each.
static char *pack_json(size_t number)
{
    return mem_format("{\"uuid\":\"p%zu\",\"name\":\"Pack\",\"version\":\"1\","
                      "\"spec_catalog_vo_list\":[]}",
                      number);
}

static const struct pack *take(struct pack_shelf *shelf, size_t number, const char *origin,
                               struct diags *problems)
{
    char *json = pack_json(number);
    const struct pack *pack = NULL;
    struct err err = ERR_INIT;
    struct span bytes = {json, strlen(json)};
    cr_assert_eq(pack_shelf_take(shelf, bytes, origin, &pack, problems, &err), ERR_OK, "%s",
                 err.message);
    mem_free(&json);
    return pack;
}

static const struct pack *take_quietly(struct pack_shelf *shelf, size_t number)
{
    struct diags problems;
    diags_init(&problems);
    const struct pack *pack = take(shelf, number, "somewhere", &problems);
    diags_deinit(&problems);
    return pack;
}

Test(pack_shelf, the_same_bytes_are_read_once)
{
    struct pack_shelf *shelf = pack_shelf_create();
    const struct pack *first = take_quietly(shelf, 1);
    const struct pack *again = take_quietly(shelf, 1);
    const struct pack *other = take_quietly(shelf, 2);
    cr_expect_eq(first, again);
    cr_expect_neq(first, other);
    cr_expect_str_eq(first->uuid, "p1");
    cr_expect_str_eq(other->uuid, "p2");
    pack_shelf_put_back(shelf, &first);
    cr_expect_null(first);
    pack_shelf_put_back(shelf, &again);
    const struct pack *later = take_quietly(shelf, 1);
    cr_expect_str_eq(later->uuid, "p1");
    pack_shelf_put_back(shelf, &later);
    pack_shelf_put_back(shelf, &other);
    pack_shelf_destroy(&shelf);
}

Test(pack_shelf, what_is_to_be_said_is_of_the_origin_asked_for)
{
    struct pack_shelf *shelf = pack_shelf_create();
    static const char *const origins[] = {"https://one/p", "https://two/p"};
    for (size_t i = 0; i < ARRAY_LEN(origins); i++) {
        struct diags problems;
        diags_init(&problems);
        const struct pack *pack = take(shelf, 1, origins[i], &problems);
        cr_expect_eq(problems.warnings, 1);
        cr_assert_eq(problems.count, 1);
        cr_expect_str_eq(problems.items[0].code, "pack.items");
        cr_expect_str_eq(problems.items[0].file, origins[i]);
        diags_deinit(&problems);
        pack_shelf_put_back(shelf, &pack);
    }
    pack_shelf_destroy(&shelf);
}

Test(pack_shelf, what_is_wrong_is_refused_each_time)
{
    struct pack_shelf *shelf = pack_shelf_create();
    for (int i = 0; i < 2; i++) {
        struct diags problems;
        struct err err = ERR_INIT;
        const struct pack *pack = NULL;
        diags_init(&problems);
        cr_expect_eq(pack_shelf_take(shelf, (struct span){"{}", 2}, "o", &pack, &problems, &err),
                     ERR_INVALID);
        cr_expect_gt(problems.errors, 0);
        cr_expect_null(pack);
        pack_shelf_put_back(shelf, &pack);
        diags_deinit(&problems);
    }
    pack_shelf_destroy(&shelf);
}

// The limit: what goes is what was not used for longest, and who has it keeps it.
Test(pack_shelf, the_one_unused_for_longest_goes)
{
    struct pack_shelf *shelf = pack_shelf_create();
    const struct pack *held = take_quietly(shelf, 0);
    const struct pack *used = take_quietly(shelf, 1);
    const struct pack *kept = used;
    pack_shelf_put_back(shelf, &used);
    for (size_t i = 2; i < 2 + PACK_SHELF_PACKS - 1; i++) {
        const struct pack *pack = take_quietly(shelf, i);
        pack_shelf_put_back(shelf, &pack);
        const struct pack *again = take_quietly(shelf, 1);
        cr_expect_eq(again, kept);
        pack_shelf_put_back(shelf, &again);
    }
    cr_expect_str_eq(held->uuid, "p0", "it lives as long as somebody has it");
    const struct pack *anew = take_quietly(shelf, 0);
    cr_expect_neq(anew, held, "it was not kept");
    pack_shelf_put_back(shelf, &held);
    cr_expect_str_eq(anew->uuid, "p0");
    pack_shelf_put_back(shelf, &anew);
    pack_shelf_destroy(&shelf);
}

static void *use(void *context)
{
    struct pack_shelf *shelf = context;
    for (size_t i = 0; i < 400; i++) {
        const struct pack *pack = take_quietly(shelf, i % (PACK_SHELF_PACKS + 9));
        cr_expect_eq(pack->item_count, 0);
        pack_shelf_put_back(shelf, &pack);
    }
    return NULL;
}

Test(pack_shelf, threads_share_it)
{
    struct pack_shelf *shelf = pack_shelf_create();
    pthread_t threads[3];
    for (size_t i = 0; i < ARRAY_LEN(threads); i++) {
        cr_assert_eq(pthread_create(&threads[i], NULL, use, shelf), 0);
    }
    for (size_t i = 0; i < ARRAY_LEN(threads); i++) {
        cr_assert_eq(pthread_join(threads[i], NULL), 0);
    }
    pack_shelf_destroy(&shelf);
}
