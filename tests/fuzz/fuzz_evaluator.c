// SPDX-License-Identifier: MIT
//
// Input: inventory lines. However they look, each is a record, a bad line or blank; the counts add
// up; and the findings are the same when every line is a block of its own.
#include "base/check.h"
#include "base/mem.h"
#include "base/text.h"
#include "eval/evaluator.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char PACK[] =
    "{\"uuid\": \"p\", \"name\": \"P\", \"spec_catalog_vo_list\": [{\"uuid\": \"c\", \"root\": "
    "\"p\", \"parent\": \"p\", \"serial_number\": 1, \"level_number\": 0, \"is_leaf\": true, "
    "\"check_items\": [{\"uuid\": \"a\", \"name\": \"A\"}, {\"uuid\": \"b\", \"name\": \"B\"}]}]}";

static const char RULES[] =
    "[{\"id\": \"scoped\", \"checkItems\": [{\"uuid\": \"a\"}], \"resourceTypes\": [\"t\"], "
    "\"scope\": {\"excludeTags\": [{\"key\": \"env\", \"value\": \"dev\"}], \"regionIds\": "
    "[\"north\"]}, \"condition\": {\"operator\": \"or\", \"children\": [{\"featureSource\": "
    "\"CONFIGURATION\", \"featurePath\": \"$.v\", \"operator\": \"Less\", \"desired\": 5}, "
    "{\"featureSource\": \"CONFIGURATION\", \"featurePath\": \"$..w[*]\", \"operator\": "
    "\"ContainsAll\", \"desired\": \"x,y\"}, {\"featureSource\": \"CONFIGURATION\", "
    "\"featurePath\": \"$.b\", \"operator\": \"Base64Contains\", \"desired\": \"x\"}]}}, "
    "{\"id\": \"inner\", \"checkItems\": [{\"name\": \"B\"}], \"resourceTypes\": [\"t\"], "
    "\"missing\": \"INSUFFICIENT_DATA\", \"condition\": {\"featureSource\": "
    "\"CONFIGURATION_FIELD_$.j\", \"featurePath\": \"$.k\", \"operator\": \"NotStringIn\", "
    "\"desired\": \"x, y\"}}]";

static const char WAIVERS[] =
    "{\"waivers\": [{\"id\": \"w\", \"rule\": \"s*\", \"resource\": \"i-?\", \"reason\": \"r\", "
    "\"approver\": \"role\", \"until\": \"2030-01-01\"}]}";

struct fixture {
    struct pack *pack;
    struct eval_rules *rules;
    struct waiver_set waivers;
    struct binding *binding;
    struct evaluator *evaluator;
};

static void fixture_init(struct fixture *fixture)
{
    struct diags diags;
    struct err err = ERR_INIT;
    struct rule_set set = {0};
    diags_init(&diags);
    REQUIRE(pack_load(PACK, strlen(PACK), "pack", &fixture->pack, &diags, &err) == ERR_OK);
    REQUIRE(rule_set_add(&set, RULES, strlen(RULES), "rules", &diags, &err) == ERR_OK);
    REQUIRE(waiver_set_load(&fixture->waivers, WAIVERS, strlen(WAIVERS), "waivers", &diags, &err) ==
            ERR_OK);
    fixture->rules = eval_rules_create(&set, &diags);
    const struct binding_input bound = {.pack = fixture->pack, .rules = fixture->rules};
    fixture->binding = binding_create(&bound, &diags);
    const struct binding *const bindings[] = {fixture->binding};
    const struct eval_input input = {
        .bindings = bindings, .binding_count = ARRAY_LEN(bindings), .waivers = &fixture->waivers};
    fixture->evaluator = evaluator_create(&input);
    ENSURE(diags.errors == 0);
    diags_deinit(&diags);
}

// libFuzzer calls the target from one thread; what is made once goes at exit, for the leak check.
static struct fixture fixture;

static void fixture_deinit(void)
{
    evaluator_destroy(&fixture.evaluator);
    binding_destroy(&fixture.binding);
    eval_rules_destroy(&fixture.rules);
    waiver_set_deinit(&fixture.waivers);
    pack_destroy(&fixture.pack);
}

static const struct fixture *fixture_get(void)
{
    if (fixture.evaluator == NULL) {
        fixture_init(&fixture);
        REQUIRE(atexit(fixture_deinit) == 0);
    }
    return &fixture;
}

// What came out of a run: findings as text, and the numbers.
struct result {
    struct buf findings;
    struct diags problems;
    struct eval_lane *lane;
};

static void on_finding(void *context, const struct finding *finding)
{
    struct result *result = context;
    INVARIANT(finding->outcome != OUTCOME_NOT_APPLICABLE);
    INVARIANT((finding->evidence == NULL) == (finding->outcome == OUTCOME_COMPLIANT));
    INVARIANT((finding->waiver_id[0] != '\0') == (finding->outcome == OUTCOME_IGNORED));
    (void)buf_append_format(
        &result->findings, "%llu %llu %s %.*s %s %s\n", (unsigned long long)finding->line,
        (unsigned long long)finding->offset, finding->rule_id, (int)finding->resource_id.len,
        finding->resource_id.bytes, outcome_text(finding->outcome),
        finding->evidence == NULL ? "" : buf_text(&finding->evidence->property));
}

static void result_init(struct result *result, const struct evaluator *evaluator)
{
    buf_init(&result->findings, (size_t)64 * 1024 * 1024);
    diags_init(&result->problems);
    result->lane = eval_lane_create(evaluator);
}

static void result_deinit(struct result *result)
{
    buf_deinit(&result->findings);
    diags_deinit(&result->problems);
    eval_lane_destroy(&result->lane);
}

static uint64_t run_by_lines(const struct evaluator *evaluator, const char *text, size_t size,
                             struct result *result)
{
    const struct eval_sink sink = {.context = result, .on_finding = on_finding};
    uint64_t line = 0;
    for (size_t at = 0; at < size;) {
        const char *end = memchr(text + at, '\n', size - at);
        size_t len = end == NULL ? size - at : (size_t)(end - (text + at)) + 1;
        line++;
        const struct eval_block block = {
            .bytes = text + at, .len = len, .first_line = line, .first_offset = at};
        evaluator_run_block(evaluator, result->lane, &block, &sink, &result->problems);
        at += len;
    }
    return line;
}

static void check_counts(const struct evaluator *evaluator, const struct result *result,
                         uint64_t lines)
{
    struct report report = {0};
    evaluator_report(evaluator, result->lane, 0, &report);
    INVARIANT(report.inventory.records + report.inventory.bad_lines +
                  report.inventory.blank_lines ==
              lines);
    INVARIANT(report.inventory.bad_lines == result->problems.errors);
    for (size_t i = 0; i < report.rule_count; i++) {
        uint64_t judged = 0;
        for (size_t j = 0; j < OUTCOME_COUNT; j++) {
            judged += report.rules[i].counts.of[j];
        }
        INVARIANT(judged == report.inventory.records);
    }
    for (size_t i = 0; i < result->problems.count; i++) {
        const char *message = result->problems.items[i].message;
        INVARIANT(text_is_utf8(message, strlen(message), NULL));
    }
    report_deinit(&report);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct evaluator *evaluator = fixture_get()->evaluator;
    // A copy of the exact size, so that a read past the end is seen.
    char *text = mem_dup(data, size);
    struct result whole;
    struct result parts;
    result_init(&whole, evaluator);
    result_init(&parts, evaluator);
    const struct eval_sink sink = {.context = &whole, .on_finding = on_finding};
    const struct eval_block block = {.bytes = text, .len = size, .first_line = 1};
    evaluator_run_block(evaluator, whole.lane, &block, &sink, &whole.problems);
    uint64_t lines = run_by_lines(evaluator, text, size, &parts);
    check_counts(evaluator, &whole, lines);
    check_counts(evaluator, &parts, lines);
    INVARIANT(whole.findings.len == parts.findings.len &&
              strcmp(buf_text(&whole.findings), buf_text(&parts.findings)) == 0);
    result_deinit(&whole);
    result_deinit(&parts);
    mem_free(&text);
    return 0;
}
