// SPDX-License-Identifier: MIT
#include "worker/rulebook.h"

#include "base/mem.h"
#include "pack_shelf.h"
#include "source/catalogue.h"

static enum err_kind load_parts(const struct rulebook_paths *paths, struct rulebook *book,
                                struct err *err)
{
    struct rule_set rules = {0};
    if (source_load_rules(paths->rules, &rules, &book->problems, err) != ERR_OK) {
        return err->kind;
    }
    rules.strict_vendor = paths->strict_vendor;
    book->rules = eval_rules_create(&rules, &book->problems);
    if (paths->waivers != NULL &&
        source_load_waivers(paths->waivers, &book->waivers, &book->problems, err) != ERR_OK) {
        return err->kind;
    }
    eval_rules_check_waivers(book->rules, &book->waivers, &book->problems);
    if (paths->attestations != NULL &&
        source_load_attestations(paths->attestations, &book->attestations, &book->problems, err) !=
            ERR_OK) {
        return err->kind;
    }
    return ERR_OK;
}

enum err_kind rulebook_load(const struct rulebook_paths *paths, struct rulebook **rulebook_out,
                            struct err *err)
{
    struct rulebook *book = mem_alloc(1, sizeof(*book));
    book->references = 1;
    book->packs = pack_shelf_create();
    diags_init(&book->problems);
    enum err_kind kind = load_parts(paths, book, err);
    if (kind != ERR_OK) {
        rulebook_unref(&book);
        return kind;
    }
    *rulebook_out = book;
    return ERR_OK;
}

struct rulebook *rulebook_ref(struct rulebook *rulebook)
{
    unsigned before = rulebook->references++;
    REQUIRE(before > 0);
    return rulebook;
}

void rulebook_unref(struct rulebook **rulebook)
{
    struct rulebook *book = *rulebook;
    *rulebook = NULL;
    if (book == NULL || --book->references > 0) {
        return;
    }
    eval_rules_destroy(&book->rules);
    waiver_set_deinit(&book->waivers);
    attestation_set_deinit(&book->attestations);
    diags_deinit(&book->problems);
    pack_shelf_destroy(&book->packs);
    mem_free(&book);
}
