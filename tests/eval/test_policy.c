// SPDX-License-Identifier: MIT
//
// Rules in Huawei Config's language: the published examples, the truth table of the comparators,
// the order of allOf and anyOf, parameters, and what is said of each mistake. In the texts here "
// is written `, because templates need '.
#include "support.h"

#include "base/mem.h"

#include <criterion/criterion.h>
#include <string.h>

static char *json_of(const char *quoted)
{
    char *json = mem_text(quoted);
    for (char *at = json; *at != '\0'; at++) {
        *at = *at == '`' ? '"' : *at;
    }
    return json;
}

static struct eval_rules *compile_rule(const char *members, bool strict_vendor, struct diags *diags)
{
    char *quoted = mem_format("{`id`: `r`, `resourceTypes`: [`evs.volumes`, `t`], `checkItems`: "
                              "[{`uuid`: `u`}], %s}",
                              members);
    char *json = json_of(quoted);
    struct rule_set set = {.strict_vendor = strict_vendor};
    struct err err = ERR_INIT;
    cr_assert_eq(rule_set_add(&set, json, strlen(json), "r.json", diags, &err), ERR_OK, "%s: %s",
                 json, err.message);
    mem_free(&json);
    mem_free(&quoted);
    return eval_rules_create(&set, diags);
}

static struct eval_rules *good_rule(const char *members)
{
    struct diags diags;
    diags_init(&diags);
    struct eval_rules *rules = compile_rule(members, false, &diags);
    char *text = support_diags_text(&diags);
    cr_assert_str_empty(text, "%s: %s", members, text);
    mem_free(&text);
    diags_deinit(&diags);
    return rules;
}

static enum outcome judge(const struct eval_rules *rules, const char *record,
                          struct evidence *evidence)
{
    char *quoted = mem_format("{`resourceId`: `i`, %s}", record);
    char *json = json_of(quoted);
    enum outcome outcome = support_judge_record(rules, json, evidence);
    mem_free(&json);
    mem_free(&quoted);
    return outcome;
}

struct sample {
    const char *record;
    enum outcome outcome;
};

static void check_samples(const char *members, const struct sample *samples, size_t count)
{
    struct eval_rules *rules = good_rule(members);
    for (size_t i = 0; i < count; i++) {
        enum outcome outcome = judge(rules, samples[i].record, NULL);
        cr_expect_eq(outcome, samples[i].outcome, "%s is %s", samples[i].record,
                     outcome_text(outcome));
    }
    eval_rules_destroy(&rules);
}

#define DISK(properties) "`resourceType`: `evs.volumes`, `configuration`: {" properties "}"

Test(policy, judges_volumes_encrypted_check)
{
    static const char RULE[] =
        "`policy_rule`: {`allOf`: ["
        "{`value`: `${resource().provider}`, `comparator`: `equals`, `pattern`: `evs`},"
        "{`value`: `${resource().type}`, `comparator`: `equals`, `pattern`: `volumes`},"
        "{`value`: `${resource().properties.status}`, `comparator`: `equals`, `pattern`: `in-use`},"
        "{`anyOf`: ["
        "{`value`: `${resource().properties.metadata}`, `comparator`: `notContainsKey`, `pattern`: "
        "`systemEncrypted`},"
        "{`value`: `${resource().properties.metadata.systemEncrypted}`, `comparator`: `equals`, "
        "`pattern`: `0`}]}]}";
    static const struct sample SAMPLES[] = {
        {DISK("`status`: `in-use`, `metadata`: {}"), OUTCOME_NON_COMPLIANT},
        {DISK("`status`: `in-use`, `metadata`: {`systemEncrypted`: `0`}"), OUTCOME_NON_COMPLIANT},
        {DISK("`status`: `in-use`, `metadata`: {`systemEncrypted`: `1`}"), OUTCOME_COMPLIANT},
        {DISK("`status`: `available`, `metadata`: {}"), OUTCOME_COMPLIANT},
        {DISK("`status`: `available`"), OUTCOME_COMPLIANT},
        {DISK("`status`: `in-use`"), OUTCOME_INSUFFICIENT_DATA},
        {DISK("`metadata`: {}"), OUTCOME_INSUFFICIENT_DATA},
        {DISK("`status`: `in-use`, `metadata`: {`systemEncrypted`: 0}"), OUTCOME_INSUFFICIENT_DATA},
        {"`resourceType`: `EVS.Volumes`, `configuration`: {`status`: `in-use`, `metadata`: {}}",
         OUTCOME_NON_COMPLIANT},
        {"`resourceType`: `evs.volumes`", OUTCOME_INSUFFICIENT_DATA},
        {"`resourceType`: `t`", OUTCOME_COMPLIANT},
        {"`resourceType`: `ecs.cloudservers`", OUTCOME_NOT_APPLICABLE},
    };
    check_samples(RULE, SAMPLES, ARRAY_LEN(SAMPLES));
}

#define TAG_RULE                                                                                   \
    "`parameters`: {`specifiedTagKey`: {`type`: `String`, `min_length`: 1, `max_length`: 128, "    \
    "`pattern`: `^[a-z]`}, "                                                                       \
    "`specifiedTagValue`: {`type`: `Array`, `min_items`: 0, `max_items`: 40}}, "                   \
    "`policy_rule`: {`anyOf`: [{`value`: `${contains(resource().tags, "                            \
    "parameters('specifiedTagKey'))}`, `comparator`: `equals`, `pattern`: false}, {`allOf`: "      \
    "[{`value`: `${length(parameters('specifiedTagValue'))}`, `comparator`: `greater`, "           \
    "`pattern`: 0}, {`value`: `${getValue(resource().tags, parameters('specifiedTagKey'))}`, "     \
    "`comparator`: `notIn`, `pattern`: `${parameters('specifiedTagValue')}`}]}]}"

Test(policy, judges_required_tag_check)
{
    static const struct sample SAMPLES[] = {
        {"`resourceType`: `t`, `tags`: {`env`: `prod`}", OUTCOME_COMPLIANT},
        {"`resourceType`: `t`, `tags`: {`env`: `Prod`}", OUTCOME_NON_COMPLIANT},
        {"`resourceType`: `t`, `tags`: {`env`: `test`}", OUTCOME_NON_COMPLIANT},
        {"`resourceType`: `t`, `tags`: {}", OUTCOME_NON_COMPLIANT},
        {"`resourceType`: `t`, `tags`: null", OUTCOME_NON_COMPLIANT},
        {"`resourceType`: `t`", OUTCOME_NON_COMPLIANT},
    };
    check_samples(TAG_RULE ", `parameterValues`: {`specifiedTagKey`: {`value`: `env`}, "
                           "`specifiedTagValue`: {`value`: [`prod`, `stage`]}}",
                  SAMPLES, ARRAY_LEN(SAMPLES));
    static const struct sample ANY_VALUE[] = {
        {"`resourceType`: `t`, `tags`: {`env`: `test`}", OUTCOME_COMPLIANT},
        {"`resourceType`: `t`, `tags`: {}", OUTCOME_NON_COMPLIANT},
    };
    check_samples(TAG_RULE
                  ", `parameterValues`: {`specifiedTagKey`: `env`, `specifiedTagValue`: []}",
                  ANY_VALUE, ARRAY_LEN(ANY_VALUE));
}

Test(policy, judges_allowed_images_by_id)
{
    static const char RULE[] =
        "`parameters`: {`listOfAllowedImages`: {`type`: `Array`, `default_value`: [`img-1`, "
        "`img-2`]}}, `policy_rule`: {`allOf`: ["
        "{`value`: `${resource().provider}`, `comparator`: `equals`, `pattern`: `evs`},"
        "{`value`: `${resource().type}`, `comparator`: `equals`, `pattern`: `volumes`},"
        "{`value`: `${resource().properties.imageId}`, `comparator`: `notIn`, `pattern`: "
        "`${parameters('listOfAllowedImages')}`}]}";
    static const struct sample SAMPLES[] = {
        {DISK("`imageId`: `img-2`"), OUTCOME_COMPLIANT},
        {DISK("`imageId`: `img-3`"), OUTCOME_NON_COMPLIANT},
        {DISK("`imageId`: null"), OUTCOME_INSUFFICIENT_DATA},
        {DISK(""), OUTCOME_INSUFFICIENT_DATA},
    };
    check_samples(RULE, SAMPLES, ARRAY_LEN(SAMPLES));
}

static char truth_of(const char *policy_rule, const char *configuration)
{
    char *members = mem_format("`policy_rule`: %s", policy_rule);
    char *record = mem_format("`resourceType`: `t`, `configuration`: %s", configuration);
    struct eval_rules *rules = good_rule(members);
    enum outcome outcome = judge(rules, record, NULL);
    eval_rules_destroy(&rules);
    mem_free(&record);
    mem_free(&members);
    return outcome == OUTCOME_NON_COMPLIANT ? 'T' : outcome == OUTCOME_COMPLIANT ? 'F' : 'U';
}

// Values in the order of the letters of a row: missing, null, object with the key x, "", [],
// nested list, big integer, larger than 64 bits, real, boolean, not ASCII, "x", list with "x".
static const char *const VALUES[] = {
    "{}",
    "{`v`: null}",
    "{`v`: {`x`: `x`}}",
    "{`v`: ``}",
    "{`v`: []}",
    "{`v`: [[`x`]]}",
    "{`v`: 9223372036854775807}",
    "{`v`: 36893488147419103232}",
    "{`v`: 1.5}",
    "{`v`: true}",
    "{`v`: `安全`}",
    "{`v`: `x`}",
    "{`v`: [`y`, `x`]}",
};

Test(policy, compares_every_kind_of_value)
{
    static const struct {
        const char *comparator;
        const char *pattern;
        const char *expected;
    } ROWS[] = {
        {"equals", "`x`", "UUUFUUUUUUFTU"},
        {"notEquals", "`x`", "UUUTUUUUUUTFU"},
        {"equals", "9223372036854775807", "UUUUUUTFFUUUU"},
        {"equals", "true", "UUUUUUUUUTUUU"},
        {"equals", "null", "UTFFFFFFFFFFF"},
        {"equals", "[]", "UUUUTFUUUUUUF"},
        {"equals", "{`x`: `x`}", "UUTUUUUUUUUUU"},
        {"in", "[`x`, `y`]", "UUUFUUUUUUFTU"},
        {"notIn", "[`x`, `y`]", "UUUTUUUUUUTFU"},
        {"in", "[`x`, true]", "UUUUUUUUUTUTU"},
        {"in", "[]", "UFFFFFFFFFFFF"},
        {"greater", "5", "UUUUUUTTFUUUU"},
        {"greaterOrEquals", "9223372036854775807", "UUUUUUTTFUUUU"},
        {"less", "`5`", "UUUUUUFFTUUUU"},
        {"lessOrEquals", "1.5", "UUUUUUFFTUUUU"},
        {"containsKey", "`x`", "UUTUUUUUUUUUU"},
        {"notContainsKey", "`x`", "UUFUUUUUUUUUU"},
        {"contains", "`x`", "UUTFFUUUUUFTT"},
        {"notContains", "`x`", "UUFTTUUUUUTFF"},
    };
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
        char *rule = mem_format("{`value`: `${resource().properties.v}`, `comparator`: `%s`, "
                                "`pattern`: %s}",
                                ROWS[i].comparator, ROWS[i].pattern);
        for (size_t j = 0; j < ARRAY_LEN(VALUES); j++) {
            char truth = truth_of(rule, VALUES[j]);
            // A missing value is null neither, so nothing is known of it.
            cr_expect_eq(truth, ROWS[i].expected[j], "%s %s on %s is %c", ROWS[i].comparator,
                         ROWS[i].pattern, VALUES[j], truth);
        }
        mem_free(&rule);
    }
}

// A number in a rule is what was written there, not the double next to it.
Test(policy, compares_numbers_exactly)
{
    static const struct {
        const char *comparator;
        const char *pattern;
        const char *value;
        char truth;
    } CASES[] = {
        {"in", "[9223372036854775807.5, 12345678901234567.25]", "12345678901234567.25", 'T'},
        {"in", "[9223372036854775807.5, 12345678901234567.25]", "12345678901234568", 'F'},
        {"notIn", "[12345678901234567.25]", "12345678901234567.25", 'F'},
        {"equals", "18446744073709551617", "18446744073709551617", 'T'},
        {"equals", "18446744073709551617", "18446744073709551616", 'F'},
        {"equals", "18446744073709551617", "`18446744073709551617`", 'U'},
        {"equals", "9007199254740993.0", "9007199254740992", 'F'},
        {"equals", "123456789012345678901234567890", "123456789012345678901234567890.0", 'T'},
        {"equals", "{`k`: [1.10, 1e400]}", "{`k`: [1.1, 10e399]}", 'T'},
        {"notEquals", "0.1234567890123456789", "0.1234567890123456788", 'T'},
        {"equals", "-0", "0.0", 'T'},
        {"less", "1e400", "1e399", 'T'},
        {"greater", "0", "1e-400", 'T'},
        {"contains", "1.10", "[1.1]", 'T'},
        {"containsKey", "`1.5`", "{`1.5`: 0}", 'T'},
    };
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        char *rule = mem_format("{`value`: `${resource().properties.v}`, `comparator`: `%s`, "
                                "`pattern`: %s}",
                                CASES[i].comparator, CASES[i].pattern);
        char *value = mem_format("{`v`: %s}", CASES[i].value);
        char truth = truth_of(rule, value);
        cr_expect_eq(truth, CASES[i].truth, "%s %s on %s is %c", CASES[i].comparator,
                     CASES[i].pattern, CASES[i].value, truth);
        mem_free(&value);
        mem_free(&rule);
    }
}

Test(policy, quotes_numbers_as_they_were_written)
{
    struct eval_rules *rules = good_rule(
        "`policy_rule`: {`value`: `${resource().properties.v}`, `comparator`: `notIn`, `pattern`: "
        "`${parameters('p')}`}, `parameters`: {`p`: {`type`: `Array`}}, `parameterValues`: {`p`: "
        "[9223372036854775807.5, 12345678901234567.25, 1.10]}");
    struct evidence evidence;
    evidence_init(&evidence);
    cr_expect_eq(judge(rules, "`resourceType`: `t`, `configuration`: {`v`: 1.20}", &evidence),
                 OUTCOME_NON_COMPLIANT);
    cr_expect_str_eq(buf_text(&evidence.configuration), "1.20");
    cr_expect_str_eq(buf_text(&evidence.desired_value),
                     "[9223372036854775807.5,12345678901234567.25,1.10]");
    evidence_deinit(&evidence);
    eval_rules_destroy(&rules);
}

#define IS(value)                                                                                  \
    "{`value`: `${resource().properties.v}`, `comparator`: `equals`, `pattern`: " value "}"
#define UNKNOWN "{`value`: `${resource().properties.absent}`, `comparator`: `equals`, `pattern`: 1}"

Test(policy, stops_at_the_member_that_decides)
{
    static const struct {
        const char *rule;
        char truth;
    } CASES[] = {
        {"{`allOf`: [" IS("1") ", " IS("1") "]}", 'T'},
        {"{`allOf`: [" IS("2") ", " UNKNOWN "]}", 'F'},
        {"{`allOf`: [" UNKNOWN ", " IS("2") "]}", 'F'},
        {"{`allOf`: [" UNKNOWN ", " IS("1") "]}", 'U'},
        {"{`anyOf`: [" IS("1") ", " UNKNOWN "]}", 'T'},
        {"{`anyOf`: [" UNKNOWN ", " IS("1") "]}", 'T'},
        {"{`anyOf`: [" UNKNOWN ", " IS("2") "]}", 'U'},
        {"{`anyOf`: [" IS("2") ", {`allOf`: [" IS("1") "]}]}", 'T'},
        {"{`anyOf`: [" IS("2") ", " IS("3") "]}", 'F'},
    };
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        cr_expect_eq(truth_of(CASES[i].rule, "{`v`: 1}"), CASES[i].truth, "%s", CASES[i].rule);
    }
}

// Members `m0`: 0 to `m<count-1>`, from the last on if they are to fall.
static char *members_of(size_t count, bool is_falling)
{
    struct buf members;
    buf_init(&members, 8 * 1024 * 1024);
    for (size_t i = 0; i < count; i++) {
        size_t number = is_falling ? count - 1 - i : i;
        (void)buf_append_format(&members, "%s`m%zu`: %zu", i > 0 ? "," : "", number, number);
    }
    return buf_take(&members);
}

// The second of two objects has its members in the opposite order. A hundred thousand that were
// searched for one after the other would take minutes.
Test(policy, compares_objects_of_any_size, .timeout = 60)
{
    static const size_t SIZES[] = {1, 15, 16, 17, 100 * 1000};
    static const char SAME[] = "{`value`: `${resource().properties.a}`, `comparator`: `equals`, "
                               "`pattern`: `${resource().properties.b}`}";
    for (size_t i = 0; i < ARRAY_LEN(SIZES); i++) {
        char *rising = members_of(SIZES[i], false);
        char *falling = members_of(SIZES[i], true);
        char *same = mem_format("{`a`: {%s}, `b`: {%s}}", rising, falling);
        char *other = mem_format("{`a`: {%s, `x`: 1}, `b`: {%s, `x`: 2}}", rising, falling);
        char *unlike = mem_format("{`a`: {%s, `x`: 1}, `b`: {%s, `y`: 1}}", rising, falling);
        cr_expect_eq(truth_of(SAME, same), 'T', "%zu", SIZES[i]);
        cr_expect_eq(truth_of(SAME, other), 'F', "%zu", SIZES[i]);
        cr_expect_eq(truth_of(SAME, unlike), 'F', "%zu", SIZES[i]);
        mem_free(&rising);
        mem_free(&falling);
        mem_free(&same);
        mem_free(&other);
        mem_free(&unlike);
    }
}

Test(policy, calls_functions)
{
    static const struct {
        const char *value;
        const char *pattern;
        char truth;
    } CASES[] = {
        {"${ resource().id }", "`i`", 'T'},
        {"${resource().region_id}", "`north`", 'T'},
        {"${resource().name}", "`n`", 'U'},
        {"${resource().checksum}", "`abc`", 'T'},
        {"${length( resource().properties.list )}", "2", 'T'},
        {"${length(resource().properties.text)}", "2", 'U'},
        {"${length(resource().properties.absent)}", "0", 'U'},
        {"${contains(resource().properties.list, 'a')}", "true", 'T'},
        {"${contains(resource().properties.text, 'ex')}", "true", 'T'},
        {"${contains(resource().properties.object, 'a-b')}", "true", 'T'},
        {"${contains(resource().properties.object, 'c')}", "false", 'T'},
        {"${contains(resource().properties.number, 'c')}", "false", 'U'},
        {"${getValue(resource().properties.object, 'a-b')}", "1", 'T'},
        {"${getValue(resource().properties, 'object').a-b}", "1", 'T'},
        {"${getValue(resource().properties.object, 'c')}", "1", 'U'},
        {"${getValue(resource().properties.list, 'c')}", "1", 'U'},
        {"${getValue(resource(), 'provider')}", "`t`", 'T'},
        {"${resource().type}", "`t`", 'U'},
        {"plain $ text", "`plain $ text`", 'T'},
    };
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        char *members = mem_format("`policy_rule`: {`value`: `%s`, `comparator`: `equals`, "
                                   "`pattern`: %s}",
                                   CASES[i].value, CASES[i].pattern);
        struct eval_rules *rules = good_rule(members);
        enum outcome outcome =
            judge(rules,
                  "`resourceType`: `t`, `regionId`: `north`, `checksum`: `abc`, `configuration`: "
                  "{`list`: [`a`, `b`], `text`: `text`, `object`: {`a-b`: 1}, `number`: 7}",
                  NULL);
        char truth = outcome == OUTCOME_NON_COMPLIANT ? 'T'
                     : outcome == OUTCOME_COMPLIANT   ? 'F'
                                                      : 'U';
        cr_expect_eq(truth, CASES[i].truth, "%s is %c", CASES[i].value, truth);
        eval_rules_destroy(&rules);
        mem_free(&members);
    }
}

Test(policy, quotes_the_condition_that_decided)
{
    struct eval_rules *rules =
        good_rule("`policy_rule`: {`allOf`: [{`value`: `${resource().provider}`, `comparator`: "
                  "`equals`, `pattern`: `t`}, {`value`: `${resource().properties.size}`, "
                  "`comparator`: `greater`, `pattern`: 100}]}");
    struct evidence evidence;
    evidence_init(&evidence);
    cr_expect_eq(judge(rules, "`resourceType`: `t`, `configuration`: {`size`: `200`}", &evidence),
                 OUTCOME_NON_COMPLIANT);
    cr_expect_str_eq(buf_text(&evidence.configuration), "200");
    cr_expect_str_eq(buf_text(&evidence.desired_value), "100");
    cr_expect_str_eq(buf_text(&evidence.operator_name), "greater");
    cr_expect_str_eq(buf_text(&evidence.property), "$['configuration']['size']");
    cr_expect_str_eq(buf_text(&evidence.reason),
                     "the condition of the policy rule, which describes a violation, holds");
    cr_expect_eq(judge(rules, "`resourceType`: `t`, `configuration`: {}", &evidence),
                 OUTCOME_INSUFFICIENT_DATA);
    cr_expect_str_eq(buf_text(&evidence.configuration), "");
    cr_expect_str_eq(buf_text(&evidence.reason),
                     "a value of the condition was not found in the resource");
    cr_expect_eq(judge(rules, "`resourceType`: `t`, `configuration`: {`size`: []}", &evidence),
                 OUTCOME_INSUFFICIENT_DATA);
    cr_expect_str_eq(buf_text(&evidence.reason),
                     "the values are of types that the comparator does not compare");
    evidence_deinit(&evidence);
    eval_rules_destroy(&rules);
}

static void expect_said(const char *members, bool strict_vendor, const char *wanted)
{
    struct diags diags;
    diags_init(&diags);
    struct eval_rules *rules = compile_rule(members, strict_vendor, &diags);
    char *said = support_diags_text(&diags);
    char *text = json_of(wanted);
    cr_expect_eq(diags.errors, 1, "one mistake, one error: %s", said);
    cr_expect_not_null(strstr(said, text), "%s\n  %s", members, said);
    cr_expect(eval_rules_set(rules)->rules[0].broken);
    mem_free(&text);
    mem_free(&said);
    eval_rules_destroy(&rules);
    diags_deinit(&diags);
}

#define VALUE(template)                                                                            \
    "`policy_rule`: {`value`: `" template "`, `comparator`: `equals`, `pattern`: 1}"
#define PARAMETER(definition, value)                                                               \
    "`policy_rule`: {`value`: `${parameters('p')}`, `comparator`: `equals`, `pattern`: 1}, "       \
    "`parameters`: {`p`: " definition "}, `parameterValues`: {" value "}"

Test(policy, names_each_mistake_and_its_place)
{
    static const struct {
        const char *members;
        const char *said;
    } CASES[] = {
        {VALUE("${resorce().id}"), "unknown function `resorce` at byte 3; did you mean "
                                   "`resource`? (at /policy_rule/value) [rule.policy.template]"},
        {VALUE("${substring('a')}"), "at byte 3; resource, parameters, contains, length or"},
        {VALUE("${resource}"), "'(' behind the function is missing at byte 11"},
        {VALUE("${resource(}"), "')' behind the arguments is missing at byte 12"},
        {VALUE("${resource().}"), "the name behind the '.' is missing at byte 14"},
        {VALUE("${resource() x}"), "the expression ends before byte 14, and more follows"},
        {VALUE("${length()}"), "a function is missing at byte 10"},
        {VALUE("${length(resource(), 'a')}"), "length takes 1 arguments, and there is one more at "
                                              "byte 20"},
        {VALUE("${contains(resource())}"), "',' before the next argument is missing at byte 22"},
        {VALUE("${contains(resource(), 'a)}"), "the text that begins at byte 24 has no ' at its"},
        {VALUE("${parameters(resource())}"), "parameters at byte 3 takes the name of a parameter"},
        {VALUE("${parameters('p')}"), "parameter `p` is not defined in parameters (at "
                                      "/policy_rule/value)"},
        {VALUE("${}"), "a function is missing at byte 3"},
        {VALUE("size: ${resource().id}"), "has to be one template, `${…}`"},
        {VALUE("${resource().id"), "has to be one template"},
        {"`policy_rule`: {}",
         "this is empty; allOf, anyOf, or value, comparator and pattern are right "
         "(at /policy_rule) [rule.policy.missing]"},
        {"`policy_rule`: {`comparator`: `equals`, `pattern`: 1}",
         "value is missing; give a value or a template"},
        {"`policy_rule`: {`allOf`: []}", "allOf has to be an array of at least one rule (at "
                                         "/policy_rule/allOf)"},
        {"`policy_rule`: {`allOf`: [7]}", "this is a number; allOf, anyOf or a condition is an "
                                          "object (at /policy_rule/allOf/0)"},
        {"`policy_rule`: {`allOf`: [{`value`: 1, `comparator`: `equals`, `pattern`: 1}], `x`: 1}",
         "unknown member `x`; one of `allOf` is right (at /policy_rule/x)"},
        {"`policy_rule`: {`anyOf`: [{`value`: 1, `comparator`: `equal`, `pattern`: 1}]}",
         "unknown comparator `equal`; did you mean `equals`? (at "
         "/policy_rule/anyOf/0/comparator) [rule.policy.comparator]"},
        {"`policy_rule`: {`value`: 1, `comparator`: `matches`, `pattern`: 1}",
         "one of these is right: equals, notEquals, in, notIn, greater"},
        {"`policy_rule`: {`value`: 1, `comparator`: `in`, `pattern`: 1}",
         "pattern is a number; in takes an array, or a template that yields one (at "
         "/policy_rule/pattern)"},
        {"`policy_rule`: {`value`: 1, `comparator`: `containsKey`, `pattern`: 1}",
         "containsKey takes a text"},
        {PARAMETER("{`type`: `Text`}", "`p`: 1"), "unknown type of a parameter; String, Array"},
        {PARAMETER("{`type`: `String`}", "`p`: 1"),
         "this is a number; a parameter of type String takes a text (at /parameterValues/p)"},
        {PARAMETER("{`type`: `Integer`}", "`p`: 1.5"), "takes a whole number"},
        {PARAMETER("{`type`: `DateTime`}", "`p`: `soon`"), "a date, or a time with zone, as text"},
        {PARAMETER("{`type`: `Boolean`, `default_value`: `no`}", "`p`: true"),
         "a parameter of type Boolean takes true or false (at /parameters/p/default_value)"},
        {PARAMETER("{`type`: `Integer`, `maximum`: 5}", "`p`: 6"),
         "the value is 6; maximum is 5 (at /parameterValues/p) [rule.parameter.constraint]"},
        {PARAMETER("{`type`: `Float`, `minimum`: 0.5}", "`p`: 0.25"),
         "the value is 0.25; minimum is 0.5"},
        {PARAMETER("{`type`: `Integer`, `maximum`: 18446744073709551616}",
                   "`p`: 18446744073709551617"),
         "the value is 18446744073709551617; maximum is 18446744073709551616"},
        {PARAMETER("{`type`: `Float`, `minimum`: 0.10000000000000000001}", "`p`: 1.0e-1"),
         "the value is 1.0e-1; minimum is 0.10000000000000000001"},
        {PARAMETER("{`type`: `Float`, `allowed_values`: [9007199254740993.0]}",
                   "`p`: 9007199254740992.0"),
         "the value is none of allowed_values (at /parameterValues/p)"},
        {PARAMETER("{`type`: `Integer`}", "`p`: 1.0"), "takes a whole number"},
        {PARAMETER("{`type`: `String`}", "`p`: 1.5"),
         "this is a number; a parameter of type String"},
        {PARAMETER("{`type`: `DateTime`}", "`p`: 2026.5"), "this is a number; a parameter of type"},
        {PARAMETER("{`type`: `String`, `pattern`: 7.5}", "`p`: `a`"),
         "pattern is a number; it has to be a text (at /parameters/p/pattern)"},
        {"`policy_rule`: {`value`: 1, `comparator`: 1.5, `pattern`: 1}",
         "comparator is a number; it has to be a text"},
        {"`policy_rule`: {`value`: 1, `comparator`: `containsKey`, `pattern`: 1.5}",
         "pattern is a number; containsKey takes a text"},
        {"`policy_rule`: {`value`: 1, `comparator`: `equals`, `pattern`: 1e1000000000}",
         "more than 9 digits; no more are right (at /policy_rule/pattern) [rule.number]"},
        {PARAMETER("{`type`: `Float`, `maximum`: 5}", "`p`: 1e1000000000"),
         "more than 9 digits; no more are right (at /parameterValues/p) [rule.number]"},
        {PARAMETER("{`type`: `String`, `max_length`: 2}", "`p`: `安全x`"),
         "the number of characters is 3; max_length is 2"},
        {PARAMETER("{`type`: `Array`, `min_length`: 1}", "`p`: [`a`, ``]"),
         "the number of characters is 0; min_length is 1"},
        {PARAMETER("{`type`: `Array`, `max_items`: 1}", "`p`: [1, 2]"),
         "the number of items is 2; max_items is 1"},
        {PARAMETER("{`type`: `String`, `allowed_values`: [`a`]}", "`p`: `b`"),
         "the value is none of allowed_values (at /parameterValues/p)"},
        {PARAMETER("{`type`: `String`, `maximum`: 1}", "`p`: `b`"),
         "maximum does not go with a parameter of type String (at /parameters/p/maximum)"},
        {PARAMETER("{`type`: `Integer`, `maximum`: `1`}", "`p`: 1"),
         "maximum is a text; it has to be a number"},
        {PARAMETER("{`type`: `String`, `pattern`: `^a+$`}", "`p`: `aab`"),
         "the text does not match the constraint pattern `^a+$` (at /parameterValues/p) "
         "[rule.parameter.constraint]"},
        {PARAMETER("{`type`: `Array`, `pattern`: `^[a-z]$`}", "`p`: [`a`, `1`]"),
         "the text does not match the constraint pattern `^[a-z]$` (at /parameterValues/p)"},
        {PARAMETER("{`type`: `String`, `pattern`: `b`, `default_value`: `a`}", "`p`: `b`"),
         "the text does not match the constraint pattern `b` (at /parameters/p/default_value)"},
        {PARAMETER("{`type`: `String`, `pattern`: `a(`}", "`p`: `a`"),
         "pattern is no I-Regexp (RFC 9485): "},
        {PARAMETER("{`type`: `String`, `pattern`: 7}", "`p`: `a`"),
         "pattern is a number; it has to be a text (at /parameters/p/pattern)"},
        {PARAMETER("{`type`: `Integer`, `pattern`: `a`}", "`p`: 1"),
         "pattern does not go with a parameter of type Integer (at /parameters/p/pattern)"},
        {PARAMETER("{`type`: `String`}", ""), "the parameter has no value; give one in "
                                              "parameterValues, or a default_value (at "
                                              "/parameters/p)"},
        {PARAMETER("{`type`: `String`}", "`p`: `a`, `q`: 1"),
         "no parameter of that name is defined in parameters (at /parameterValues/q)"},
        {PARAMETER("7", "`p`: 1"), "the definition of a parameter is an object"},
        {PARAMETER("{`type`: `String`, `minimun`: 1}", "`p`: `a`"), "did you mean `minimum`?"},
    };
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        expect_said(CASES[i].members, false, CASES[i].said);
    }
}

Test(policy, bounds_depth_and_length)
{
    struct buf text;
    buf_init(&text, 64UL * 1024);
    (void)buf_append_text(&text, "`policy_rule`: {`value`: `${");
    for (int i = 0; i < 17; i++) {
        (void)buf_append_text(&text, "length(");
    }
    (void)buf_append_text(&text, "}`, `comparator`: `equals`, `pattern`: 1}");
    expect_said(buf_text(&text), false, "calls are nested more than 16 deep at byte 115");
    buf_reset(&text);
    (void)buf_append_text(&text, "`policy_rule`: {`value`: `${resource()");
    for (int i = 0; i < 33; i++) {
        (void)buf_append_text(&text, ".a");
    }
    (void)buf_append_text(&text, "}`, `comparator`: `equals`, `pattern`: 1}");
    expect_said(buf_text(&text), false, "more than 32 names in a path at byte 78");
    buf_reset(&text);
    (void)buf_append_text(&text, "`policy_rule`: ");
    for (int i = 0; i < 33; i++) {
        (void)buf_append_text(&text, "{`allOf`: [");
    }
    (void)buf_append_text(&text, "{`value`: 1, `comparator`: `equals`, `pattern`: 1}");
    for (int i = 0; i < 33; i++) {
        (void)buf_append_text(&text, "]}");
    }
    expect_said(buf_text(&text), false, "nested more than 32 deep");
    buf_deinit(&text);
}

// A comparator that no published rule has is ours.
Test(policy, refuses_its_own_comparators_under_strict_vendor)
{
    expect_said("`policy_rule`: {`value`: 1, `comparator`: `notEquals`, `pattern`: 1}", true,
                "notEquals is packreport's own, and strict_vendor allows only what the vendor has "
                "(at /policy_rule/comparator) [rule.condition.own]");
    struct diags diags;
    diags_init(&diags);
    struct eval_rules *rules = compile_rule(
        "`policy_rule`: {`value`: 1, `comparator`: `notIn`, `pattern`: [2]}", true, &diags);
    cr_expect_eq(diags.errors, 0);
    eval_rules_destroy(&rules);
    diags_deinit(&diags);
}
