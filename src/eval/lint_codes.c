// SPDX-License-Identifier: MIT
//
// All that may be found in rules. docs/writing-rules.md lists them, and a test compares the two.
#include "eval/lint.h"

#include "base/check.h"

#include <stdlib.h>
#include <string.h>

static const struct lint_code CODES[] = {
    // what files of cases may have wrong
    {"case.duplicate", LINT_ERROR, "Member given twice", "Give each member once."},
    {"case.empty", LINT_ERROR, "Empty text", "Give a text."},
    {"case.evidence", LINT_ERROR, "Evidence of an outcome without any",
     "Leave `evidence` out, or expect NON_COMPLIANT or INSUFFICIENT_DATA."},
    {"case.json", LINT_ERROR, "File of cases that is no JSON", "Correct the JSON at this place."},
    {"case.limit", LINT_ERROR, "Too many cases, or too large a file", "Split the file."},
    {"case.member.unknown", LINT_ERROR, "Unknown member of a case",
     "Use a member that cases have."},
    {"case.missing", LINT_ERROR, "Case without a required member", "Add the member."},
    {"case.shape", LINT_ERROR, "File of cases that holds none",
     "Write {\"cases\": [...]}; rules belong into a file that does not end with .test.json."},
    {"case.time", LINT_ERROR, "Time that is none",
     "Write a date or a time with zone: 2026-11-21 or 2026-11-21T19:30:44Z."},
    {"case.type", LINT_ERROR, "Value of the wrong type in a case",
     "Give a value of the type named."},
    {"case.value", LINT_ERROR, "Outcome that a case cannot expect",
     "Expect COMPLIANT, NON_COMPLIANT, INSUFFICIENT_DATA or NOT_APPLICABLE."},
    // what is taken, and can hardly be meant
    {"lint.branch.false", LINT_WARNING, "Branch that is never true",
     "Correct the clauses that rule each other out, or leave the branch out."},
    {"lint.branch.repeated", LINT_WARNING, "Branch that is there already",
     "Leave one of the two out, or correct the one that was meant to differ."},
    {"lint.branch.true", LINT_WARNING, "Branch that is never false",
     "Correct the clauses, or leave the branch out."},
    {"lint.file.empty", LINT_ERROR, "File without rules",
     "Add a rule, or remove the file: nothing is read from a folder that has such a file."},
    {"lint.item.unchecked", LINT_NOTE, "Check item without a rule",
     "Write a rule for it, or answer it with an attestation."},
    {"lint.list.repeated", LINT_NOTE, "Value that is listed twice", "List it once."},
    {"lint.member.useless", LINT_NOTE, "Member without effect", "Leave it out."},
    {"lint.never.fails", LINT_WARNING, "Rule that no resource can fail",
     "Correct the clauses: as it is, nothing will ever be found."},
    {"lint.never.passes", LINT_WARNING, "Rule that no resource can pass",
     "Correct the clauses: as it is, every resource will be found, or none be judged."},
    {"lint.path.absent", LINT_NOTE, "Path that finds nothing, where that passes",
     "Make sure that the path is right: a misspelt one would pass as well."},
    {"lint.path.unseen", LINT_WARNING, "Path that finds nothing in the inventory",
     "Correct the path, or make sure that the inventory holds the property."},
    {"lint.rule.repeated", LINT_WARNING, "Rule that judges as another one does",
     "Bind one rule to the check items of both, or correct the one that was meant to differ."},
    {"lint.scope.dead", LINT_WARNING, "Scope that no resource is in",
     "Correct what is included, or what is excluded: exclusion wins."},
    {"lint.scope.useless", LINT_NOTE, "Value of a scope without effect", "Leave it out."},
    {"lint.type.misspelt", LINT_WARNING, "Resource type that is almost one of the inventory",
     "Write it as the inventory does."},
    {"lint.type.unseen", LINT_NOTE, "Resource type that is not in the inventory",
     "Make sure that it is spelt right; the account may just have none."},
    {"lint.value.mixed", LINT_NOTE, "Operator that cannot judge some of the values",
     "Make sure that these resources may go without a verdict."},
    {"lint.value.type", LINT_WARNING, "Operator that can judge none of the values",
     "Use an operator for values of this type, or correct the path."},
    // what the loader and the compiler of rules complain about
    {"rule.condition", LINT_ERROR, "Rule without one condition",
     "Give one of `condition`, `ComplianceConditions` and `policy_rule`."},
    {"rule.condition.children", LINT_ERROR, "Children in the wrong place",
     "Give children to a group, at least one, and none to a clause."},
    {"rule.condition.clauses", LINT_ERROR, "Too many clauses", "Split the rule."},
    {"rule.condition.depth", LINT_ERROR, "Groups nested too deep", "Write the condition flatter."},
    {"rule.condition.member", LINT_ERROR, "Unknown member of a condition",
     "Use a member that clauses or groups have."},
    {"rule.condition.missing", LINT_ERROR, "Condition without a required member",
     "Add the member."},
    {"rule.condition.own", LINT_ERROR, "Not in the vendor's language",
     "Use what the vendor has, or check without --strict-vendor."},
    {"rule.condition.type", LINT_ERROR, "Value of the wrong type in a condition",
     "Give a value of the type named."},
    {"rule.desired.invalid", LINT_ERROR, "Desired value that the operator does not take",
     "Give a value as the message says."},
    {"rule.desired.missing", LINT_ERROR, "Operator without a desired value", "Add `desired`."},
    {"rule.duplicate", LINT_ERROR, "Member given twice", "Give each member once."},
    {"rule.empty", LINT_ERROR, "Empty text or list", "Give a text, or at least one element."},
    {"rule.form", LINT_ERROR, "Member of the other kind of rule", "Leave it out."},
    {"rule.id.taken", LINT_ERROR, "Id of another rule", "Give each rule an id of its own."},
    {"rule.item", LINT_ERROR, "Check item without one name",
     "Name each check item by its `uuid` or by its `name`."},
    {"rule.item.ambiguous", LINT_WARNING, "Name of several check items",
     "Name the check item by its uuid."},
    {"rule.json", LINT_ERROR, "Rule file that is no JSON", "Correct the JSON at this place."},
    {"rule.limit", LINT_ERROR, "Too many rules, or too large a file", "Split the file."},
    {"rule.member.unknown", LINT_ERROR, "Unknown member of a rule",
     "Use a member that rules have."},
    {"rule.missing", LINT_ERROR, "Rule without a required member", "Add the member."},
    {"rule.number", LINT_ERROR, "Number that is not compared",
     "Give an exponent of at most 9 digits."},
    {"rule.operator.unknown", LINT_ERROR, "Unknown operator", "Use an operator that there is."},
    {"rule.parameter.constraint", LINT_ERROR, "Parameter outside of its constraints",
     "Give a value that fits, or correct the constraint."},
    {"rule.parameter.missing", LINT_ERROR, "Parameter without a value",
     "Give it a value in `parameterValues`, or a `default_value`."},
    {"rule.parameter.type", LINT_ERROR, "Parameter of the wrong type",
     "Give a value of the parameter's type, or a type that there is."},
    {"rule.parameter.unknown", LINT_ERROR, "Unknown parameter", "Define it in `parameters`."},
    {"rule.parameter.value", LINT_ERROR, "Value of a parameter in a wrong form",
     "Give the value itself, or {\"value\": …}."},
    {"rule.path.invalid", LINT_ERROR, "Path that is no JSONPath",
     "Correct it at the position named; `packreport jsonpath` shows what a path finds."},
    {"rule.path.pattern", LINT_ERROR, "Path with a pattern that is none",
     "Correct the pattern (I-Regexp, RFC 9485)."},
    {"rule.policy.comparator", LINT_ERROR, "Unknown comparator", "Use a comparator that there is."},
    {"rule.policy.conditions", LINT_ERROR, "Too many conditions", "Split the rule."},
    {"rule.policy.depth", LINT_ERROR, "allOf and anyOf nested too deep", "Write the rule flatter."},
    {"rule.policy.missing", LINT_ERROR, "Condition without a required member", "Add the member."},
    {"rule.policy.pattern", LINT_ERROR, "Pattern that the comparator does not take",
     "Give a pattern of the type named."},
    {"rule.policy.template", LINT_ERROR, "Template that is none",
     "Write one \"${expression}\", as docs/writing-rules.md lists them."},
    {"rule.policy.type", LINT_ERROR, "Value of the wrong type in a policy_rule",
     "Give allOf or anyOf an array, and each condition as an object."},
    {"rule.quantifier.operator", LINT_ERROR, "Quantifier of an operator that takes none",
     "Leave the quantifier out."},
    {"rule.quantifier.unknown", LINT_ERROR, "Unknown quantifier", "Use all, any or none."},
    {"rule.shape", LINT_ERROR, "File that holds no rules",
     "Write a rule, an array of rules, or {\"rules\": [...]}."},
    {"rule.source.unknown", LINT_ERROR, "Unknown featureSource",
     "Use CONFIGURATION, RESOURCE or CONFIGURATION_FIELD_<JSONPath>."},
    {"rule.type", LINT_ERROR, "Value of the wrong type", "Give a value of the type named."},
    {"rule.unbound", LINT_WARNING, "Rule that is bound to no check item",
     "Name check items of the pack in `checkItems`."},
    {"rule.unbound.broken", LINT_ERROR, "Broken rule that may belong to any check item",
     "Mend it, or remove it."},
    {"rule.value", LINT_ERROR, "Value that the member does not take",
     "Give one of the values named."},
    {"rules.file.ignored", LINT_WARNING, "File that is not read",
     "End the name of a rule file with .json."},
    // seals
    {"rules.seal.changed", LINT_ERROR, "File that differs from its seal",
     "Put back what was sealed, or seal the folder again."},
    {"rules.seal.invalid", LINT_ERROR, "Line of a seal that is none",
     "Seal the folder again: packreport rules seal."},
    {"rules.seal.missing", LINT_ERROR, "Sealed file that is not there",
     "Put it back, or seal the folder again."},
    {"rules.seal.unlisted", LINT_ERROR, "File that is not sealed",
     "Remove it, or seal the folder again."},
};

static const char *const SEVERITIES[] = {
    [LINT_NOTE] = "note", [LINT_WARNING] = "warning", [LINT_ERROR] = "error"};

const char *lint_severity_text(enum lint_severity severity)
{
    return SEVERITIES[severity];
}

const struct lint_code *lint_codes(size_t *count_out)
{
    *count_out = ARRAY_LEN(CODES);
    return CODES;
}

static int compare_code(const void *key, const void *element)
{
    return strcmp(key, ((const struct lint_code *)element)->code);
}

const struct lint_code *lint_code_find(const char *code)
{
    return bsearch(code, CODES, ARRAY_LEN(CODES), sizeof(CODES[0]), compare_code);
}
