// SPDX-License-Identifier: MIT
//
// One byte of a rule file that changes: bits that flip, bytes that go, bytes that come. Under a
// seal no finding gets better without an error. Without one, only a byte that is the author's to
// choose, a text or a number, may do so: never a bracket, a comma, or a word of the rule language.
#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "domain/json_place.h"
#include "sandbox.h"
#include "source/seal.h"
#include "worker/rulebook.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define FOLDER TEST_SOURCE_DIR "/tests/worker/mutation/"

static const char PACK[] =
    "{\"uuid\": \"p\", \"name\": \"P\", \"spec_catalog_vo_list\": [{\"uuid\": \"c\", \"root\": "
    "\"p\", \"parent\": \"p\", \"serial_number\": 1, \"level_number\": 0, \"is_leaf\": true, "
    "\"check_items\": [{\"uuid\": \"item-1\", \"name\": \"Item 1\"}, {\"uuid\": \"item-2\", "
    "\"name\": \"Item 2\"}, {\"uuid\": \"item-3\", \"name\": \"Item 3\"}]}]}";

// What the author of rules.json was free to choose.
static const char *const FREE[] = {
    "/rules/0/id",
    "/rules/0/name",
    "/rules/0/description",
    "/rules/0/remediation",
    "/rules/0/checkItems/0/uuid",
    "/rules/0/checkItems/1/name",
    "/rules/0/resourceTypes/0",
    "/rules/0/resourceTypes/1",
    "/rules/0/riskLevel",
    "/rules/0/scope/regionIds/0",
    "/rules/0/scope/regionIds/1",
    "/rules/0/scope/tags/0/key",
    "/rules/0/scope/tags/0/value",
    "/rules/0/scope/tags/1/key",
    "/rules/0/scope/excludeTags/0/key",
    "/rules/0/scope/excludeTags/0/value",
    "/rules/0/scope/excludeResourceIds/0",
    "/rules/0/condition/children/0/featurePath",
    "/rules/0/condition/children/0/desired",
    "/rules/0/condition/children/1/children/0/featurePath",
    "/rules/0/condition/children/1/children/0/desired/0",
    "/rules/0/condition/children/1/children/0/desired/1",
    "/rules/0/condition/children/1/children/1/featurePath",
    "/rules/0/condition/children/2/featurePath",
    "/rules/0/condition/children/2/desired/0",
    "/rules/0/condition/children/2/desired/1",
    "/rules/0/condition/children/2/desired/2",
    "/rules/1/id",
    "/rules/1/checkItems/0/uuid",
    "/rules/1/resourceTypes/0",
    "/rules/1/ComplianceConditions/children/0/featureSource", // the path in it
    "/rules/1/ComplianceConditions/children/0/featurePath",
    "/rules/1/ComplianceConditions/children/0/desired",
    "/rules/1/ComplianceConditions/children/1/featurePath",
    "/rules/1/ComplianceConditions/children/1/desired",
    "/rules/2/id",
    "/rules/2/checkItems/0/uuid",
    "/rules/2/resourceTypes/0",
    "/rules/2/riskLevel",
    "/rules/2/condition/featurePath",
    "/rules/2/condition/desired",
    "/rules/3/id",
    "/rules/3/checkItems/0/uuid",
    "/rules/3/resourceTypes/0",
    "/rules/3/policy_rule/anyOf/0/value",
    "/rules/3/policy_rule/anyOf/0/pattern",
    "/rules/3/policy_rule/anyOf/1/allOf/0/value",
    "/rules/3/policy_rule/anyOf/1/allOf/1/value",
    "/rules/3/policy_rule/anyOf/1/allOf/1/pattern",
    "/rules/3/policy_rule/anyOf/1/allOf/2/value",
    "/rules/3/policy_rule/anyOf/1/allOf/2/pattern",
    "/rules/3/parameters/allowed/min_items",
    "/rules/3/parameters/allowed/max_items",
    "/rules/3/parameterValues/allowed/0",
    "/rules/3/parameterValues/allowed/1",
};

static struct buf read_file(const char *name)
{
    struct buf text;
    struct err err = ERR_INIT;
    char *path = mem_format("%s%s", FOLDER, name);
    buf_init(&text, 64 * 1024);
    cr_assert_eq(file_read(path, &text, &err), ERR_OK, "%s", err.message);
    mem_free(&path);
    return text;
}

// ---- which bytes are free

enum { FREE_NOT, FREE_TEXT, FREE_NUMBER };

// For each byte of the rules.
static char *classify(const struct buf *rules)
{
    char *kinds = mem_alloc(rules->len + 1, 1);
    for (size_t i = 0; i < ARRAY_LEN(FREE); i++) {
        struct json_place place;
        cr_assert(json_place_find((struct span){rules->data, rules->len}, FREE[i], JSON_PLACE_VALUE,
                                  &place),
                  "%s", FREE[i]);
        const char *begin = rules->data + place.offset;
        // Inside of a text a quote is \".
        size_t quote = begin[0] == '"' ? 1 : begin[0] == '\\' ? 2 : 0;
        size_t fixed =
            strstr(FREE[i], "featureSource") != NULL ? strlen("CONFIGURATION_FIELD_") : 0;
        for (size_t at = quote + fixed; at + quote < place.len; at++) {
            kinds[place.offset + at] = quote > 0 ? FREE_TEXT : FREE_NUMBER;
        }
    }
    return kinds;
}

// A change of the byte at `at` (of the place before it, when a byte comes in) lies in a text or a
// number of the author's: in it, or, because a number ends where its digits end, beside its digits.
static bool is_free(const char *kinds, size_t at, bool comes_in)
{
    char before = at > 0 ? kinds[at - 1] : FREE_NOT;
    char here = kinds[at];
    char behind = here == FREE_NOT ? kinds[at + 1] : here;
    return here != FREE_NOT || before == FREE_NUMBER || behind == FREE_NUMBER ||
           (comes_in && before == FREE_TEXT);
}

// ---- what rules find

struct findings {
    bool is_loaded;
    size_t errors;
    size_t diagnostics;
    struct buf keys; // "rule resource\n" of each, in order
    enum outcome outcomes[64];
    size_t count;
};

static void on_finding(void *context, const struct finding *finding)
{
    struct findings *findings = context;
    cr_assert_lt(findings->count, ARRAY_LEN(findings->outcomes));
    findings->outcomes[findings->count++] = finding->outcome;
    (void)buf_append_format(&findings->keys, "%s %.*s\n", finding->rule_id,
                            (int)finding->resource_id.len, finding->resource_id.bytes);
}

struct bench {
    struct pack *pack;
    struct buf rules;
    struct buf inventory;
    char *kinds;
    struct findings before;
    const char *folder; // under a seal
    char *file;         // likewise
};

static void judge(const struct bench *bench, const struct eval_rules *rules, struct diags *diags,
                  struct findings *findings)
{
    const struct binding_input bound = {.pack = bench->pack, .rules = rules};
    struct binding *binding = binding_create(&bound, diags);
    const struct eval_input input = {.bindings = (const struct binding *const *)&binding,
                                     .binding_count = 1};
    struct evaluator *evaluator = evaluator_create(&input);
    struct eval_lane *lane = eval_lane_create(evaluator);
    const struct eval_sink sink = {.context = findings, .on_finding = on_finding};
    const struct eval_block block = {
        .bytes = bench->inventory.data, .len = bench->inventory.len, .first_line = 1};
    evaluator_run_block(evaluator, lane, &block, &sink, diags);
    eval_lane_destroy(&lane);
    evaluator_destroy(&evaluator);
    binding_destroy(&binding);
    findings->is_loaded = true;
}

static void findings_init(struct findings *findings)
{
    *findings = (struct findings){0};
    buf_init(&findings->keys, 64 * 1024);
}

// Of a text, as a rules folder without a seal has it.
static void find_in_text(const struct bench *bench, const char *text, size_t len,
                         struct findings *findings)
{
    struct rule_set set = {0};
    struct diags diags;
    struct err err = ERR_INIT;
    findings_init(findings);
    diags_init(&diags);
    if (rule_set_add(&set, text, len, "rules.json", &diags, &err) == ERR_OK) {
        struct eval_rules *rules = eval_rules_create(&set, &diags);
        judge(bench, rules, &diags, findings);
        eval_rules_destroy(&rules);
    } else {
        findings->errors++;
        rule_set_deinit(&set);
    }
    findings->errors += diags.errors;
    findings->diagnostics = diags.errors + diags.warnings;
    diags_deinit(&diags);
}

static void find_in_folder(const struct bench *bench, const char *folder, struct findings *findings)
{
    const struct rulebook_paths paths = {.rules = folder};
    struct rulebook *rulebook = NULL;
    struct err err = ERR_INIT;
    findings_init(findings);
    if (rulebook_load(&paths, &rulebook, &err) == ERR_OK) {
        findings->errors = rulebook->problems.errors;
        findings->diagnostics = findings->errors + rulebook->problems.warnings;
        struct diags diags;
        diags_init(&diags);
        judge(bench, rulebook->rules, &diags, findings);
        findings->diagnostics += diags.errors + diags.warnings;
        diags_deinit(&diags);
        rulebook_unref(&rulebook);
    } else {
        findings->errors++;
    }
}

// Whether a finding of `before`, all of which are NON_COMPLIANT, is COMPLIANT now or gone.
static bool is_better(const struct bench *bench, const struct findings *now)
{
    if (!now->is_loaded) {
        return false;
    }
    for (size_t i = 0; i < now->count; i++) {
        if (now->outcomes[i] == OUTCOME_COMPLIANT) {
            return true;
        }
    }
    return now->count < bench->before.count;
}

static void bench_init(struct bench *bench)
{
    struct diags diags;
    struct err err = ERR_INIT;
    diags_init(&diags);
    cr_assert_eq(pack_load(PACK, strlen(PACK), "pack", &bench->pack, &diags, &err), ERR_OK);
    diags_deinit(&diags);
    bench->rules = read_file("rules.json");
    bench->inventory = read_file("inventory.ndjson");
    bench->kinds = classify(&bench->rules);
    find_in_text(bench, bench->rules.data, bench->rules.len, &bench->before);
    cr_assert_eq(bench->before.diagnostics, 0);
    cr_assert_eq(bench->before.count, 8, "%s", buf_text(&bench->before.keys));
    for (size_t i = 0; i < bench->before.count; i++) {
        cr_assert_eq(bench->before.outcomes[i], OUTCOME_NON_COMPLIANT);
    }
}

static void bench_deinit(struct bench *bench)
{
    buf_deinit(&bench->before.keys);
    mem_free(&bench->kinds);
    buf_deinit(&bench->inventory);
    buf_deinit(&bench->rules);
    pack_destroy(&bench->pack);
}

// ---- changes

enum change_kind { CHANGE_FLIP, CHANGE_DELETE, CHANGE_INSERT, CHANGE_KINDS };

// Under a seal it does not matter which, so that a few do.
static const char COMING[] = "0\"\\}],.-x";
enum { COMING_SEALED = 2, BITS = 8 };

struct change {
    enum change_kind kind;
    size_t at;
    unsigned which; // bit, or index into COMING
};

static size_t variants_of(enum change_kind kind, bool is_sealed)
{
    size_t coming = is_sealed ? COMING_SEALED : sizeof(COMING) - 1;
    size_t bits = is_sealed ? 1 : BITS;
    return kind == CHANGE_FLIP ? bits : kind == CHANGE_DELETE ? 1 : coming;
}

static void apply(const struct buf *rules, const struct change *change, struct buf *out)
{
    buf_reset(out);
    (void)buf_append(out, rules->data, change->at);
    if (change->kind == CHANGE_INSERT) {
        (void)buf_append_char(out, COMING[change->which]);
    } else if (change->kind == CHANGE_FLIP) {
        size_t bit = (change->at + change->which) % BITS; // where one has to do, another each time
        (void)buf_append_char(out, (char)(rules->data[change->at] ^ (1 << bit)));
    }
    size_t rest = change->at + (change->kind == CHANGE_INSERT ? 0 : 1);
    (void)buf_append(out, rules->data + rest, rules->len - rest);
}

typedef void (*change_cb)(struct bench *bench, const struct change *change, struct buf *text,
                          size_t *better);

static size_t each_change(struct bench *bench, enum change_kind kind, change_cb on_change)
{
    struct buf text;
    size_t better = 0;
    buf_init(&text, 64 * 1024);
    for (size_t at = 0; at < bench->rules.len; at++) {
        for (unsigned which = 0; which < variants_of(kind, bench->folder != NULL); which++) {
            const struct change change = {kind, at, which};
            apply(&bench->rules, &change, &text);
            on_change(bench, &change, &text, &better);
        }
    }
    buf_deinit(&text);
    return better;
}

// ---- without a seal

static void check_unsealed(struct bench *bench, const struct change *change, struct buf *text,
                           size_t *better)
{
    struct findings now;
    find_in_text(bench, text->data, text->len, &now);
    if (is_better(bench, &now) && now.diagnostics == 0) {
        (*better)++;
        cr_expect(is_free(bench->kinds, change->at, change->kind == CHANGE_INSERT),
                  "change %d/%u of byte %zu, after \"%.40s\", makes findings better in silence",
                  (int)change->kind, change->which, change->at,
                  bench->rules.data + (change->at > 40 ? change->at - 40 : 0));
    }
    buf_deinit(&now.keys);
}

static void run_unsealed(enum change_kind kind)
{
    struct bench bench = {0};
    bench_init(&bench);
    cr_expect_gt(each_change(&bench, kind, check_unsealed), 0, "some free byte does");
    bench_deinit(&bench);
}

Test(mutation, bits_that_flip)
{
    run_unsealed(CHANGE_FLIP);
}

Test(mutation, bytes_that_go)
{
    run_unsealed(CHANGE_DELETE);
}

Test(mutation, bytes_that_come)
{
    run_unsealed(CHANGE_INSERT);
}

// ---- under a seal

// Writes without waiting for the disk, as there are many.
static void rewrite(const char *path, const struct buf *text)
{
    FILE *file = fopen(path, "w");
    cr_assert_not_null(file, "%s", path);
    cr_assert_eq(fwrite(text->data, 1, text->len, file), text->len);
    cr_assert_eq(fclose(file), 0);
}

static void check_sealed(struct bench *bench, const struct change *change, struct buf *text,
                         size_t *better)
{
    struct findings now;
    rewrite(bench->file, text);
    find_in_folder(bench, bench->folder, &now);
    cr_expect_gt(now.errors, 0, "change %d/%u of byte %zu", (int)change->kind, change->which,
                 change->at);
    cr_expect_eq(now.count, 0, "change %d/%u of byte %zu: a changed rule is used",
                 (int)change->kind, change->which, change->at);
    (*better) += is_better(bench, &now) ? 1 : 0;
    buf_deinit(&now.keys);
}

static void run_sealed(enum change_kind kind)
{
    struct bench bench = {0};
    struct seal_result result;
    struct err err = ERR_INIT;
    bench_init(&bench);
    bench.folder = sandbox_make();
    bench.file = sandbox_write("rules.json", bench.rules.data, bench.rules.len);
    cr_assert_eq(seal_write(bench.folder, &result, &err), ERR_OK, "%s", err.message);
    struct findings sealed;
    find_in_folder(&bench, bench.folder, &sealed);
    cr_assert_eq(sealed.diagnostics, 0);
    cr_assert_str_eq(buf_text(&sealed.keys), buf_text(&bench.before.keys));
    buf_deinit(&sealed.keys);
    (void)each_change(&bench, kind, check_sealed);
    mem_free(&bench.file);
    sandbox_remove();
    bench_deinit(&bench);
}

Test(mutation, bits_that_flip_under_a_seal)
{
    run_sealed(CHANGE_FLIP);
}

Test(mutation, bytes_that_go_under_a_seal)
{
    run_sealed(CHANGE_DELETE);
}

Test(mutation, bytes_that_come_under_a_seal)
{
    run_sealed(CHANGE_INSERT);
}
