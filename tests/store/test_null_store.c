// SPDX-License-Identifier: MIT
#include "base/mem.h"
#include "domain/report.h"
#include "store_fixture.h"

#include <criterion/criterion.h>

Test(null_store, does_everything_and_keeps_nothing)
{
    struct store *store = store_null_open();
    const struct store_methods *methods = store->methods;
    struct store_key key = store_key_of("REPORT-1", 7);
    struct err err = ERR_INIT;
    char *folder = mem_text("not written");
    char *unwritten = folder;
    char *location = NULL;
    cr_assert_eq(methods->stage(store, &key, &folder, &err), ERR_OK);
    cr_expect_null(folder);
    for (int i = 0; i < 2; i++) { // nothing is there that a second time could meet
        cr_assert_eq(methods->publish(store, &key, &location, &err), ERR_OK);
        cr_expect_str_eq(location, REPORT_LOCATION_NONE);
        mem_free(&location);
    }
    cr_expect_eq(methods->tidy(store, &key, 1, 1, &err), ERR_OK);
    cr_expect_eq(methods->discard(store, &key, &err), ERR_OK);
    cr_expect_eq(methods->check(store, &err), ERR_OK);
    mem_free(&unwritten);
    store_destroy(&store);
    cr_expect_null(store);
}
