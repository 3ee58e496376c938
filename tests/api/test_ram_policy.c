// SPDX-License-Identifier: MIT
#include "support.h"

#include "base/check.h"
#include "base/mem.h"
#include "malformed.h"

#include <criterion/criterion.h>
#include <stdint.h>
#include <string.h>

enum { A_IMPLICIT = RAM_IMPLICIT_DENY, A_ALLOWED = RAM_ALLOWED, AN_EXPLICIT = RAM_EXPLICIT_DENY };

#define ONE(members)       "[{'Version': '1', 'Statement': [{" members "}]}]"
#define TWO(first, second) "[{'Version': '1', 'Statement': [{" first "}, {" second "}]}]"
#define ALLOW_ALL          "'Effect': 'Allow', 'Action': '*', 'Resource': '*'"
#define DENY(members)      "'Effect': 'Deny', " members
#define ALLOW(members)     "'Effect': 'Allow', " members
#define ANYWHERE           ", 'Resource': '*'"

// 2026-11-21T19:30:44.750Z
#define NOW_MS INT64_C(1795289444750)

static const char *const RESOURCES[] = {
    "acs:config:*:100000000000001:*",
    "acs:config:*:100000000000001:compliancepack/cp-a8a8626622af0082abcd",
};

static struct ram_request request_from(const char *source_ip)
{
    return (struct ram_request){
        .action = "config:GenerateCompliancePackReport",
        .resources = RESOURCES,
        .resource_count = ARRAY_LEN(RESOURCES),
        .now_ms = NOW_MS,
        .source_ip = source_ip,
    };
}

struct row {
    const char *policies;
    int decision;
};

static void expect_rows(const struct row *rows, size_t count, const struct ram_request *request)
{
    for (size_t i = 0; i < count; i++) {
        struct ram_policies *policies = policies_of(rows[i].policies);
        cr_expect_eq((int)ram_policies_decide(policies, request), rows[i].decision, "%s",
                     rows[i].policies);
        ram_policies_destroy(&policies);
    }
}

Test(ram_policy, effects_and_their_order)
{
    static const struct row ROWS[] = {
        {"[]", A_IMPLICIT},
        {ONE(ALLOW_ALL), A_ALLOWED},
        {ONE(DENY("'Action': '*'" ANYWHERE)), AN_EXPLICIT},
        {TWO(ALLOW_ALL, DENY("'Action': 'config:*'" ANYWHERE)), AN_EXPLICIT},
        {TWO(DENY("'Action': 'config:*'" ANYWHERE), ALLOW_ALL), AN_EXPLICIT},
        {TWO(ALLOW_ALL, DENY("'Action': 'ecs:*'" ANYWHERE)), A_ALLOWED},
        {TWO(DENY("'Action': 'ecs:*'" ANYWHERE), ALLOW("'Action': 'oss:*'" ANYWHERE)), A_IMPLICIT},
        {"[{'Version': '1', 'Statement': [{" ALLOW_ALL "}]},"
         " {'Version': '1', 'Statement': [{" DENY("'Action': '*'" ANYWHERE) "}]}]",
         AN_EXPLICIT},
    };
    struct ram_request request = request_from("10.1.2.3");
    expect_rows(ROWS, ARRAY_LEN(ROWS), &request);
}

Test(ram_policy, actions)
{
    static const struct row ROWS[] = {
        {ONE(ALLOW("'Action': 'config:GenerateCompliancePackReport'" ANYWHERE)), A_ALLOWED},
        {ONE(ALLOW("'Action': 'Config:generatecompliancepackreport'" ANYWHERE)), A_ALLOWED},
        {ONE(ALLOW("'Action': 'config:Generate*'" ANYWHERE)), A_ALLOWED},
        {ONE(ALLOW("'Action': 'config:*Report'" ANYWHERE)), A_ALLOWED},
        {ONE(ALLOW("'Action': 'config:?enerateCompliancePackReport'" ANYWHERE)), A_ALLOWED},
        {ONE(ALLOW("'Action': '*'" ANYWHERE)), A_ALLOWED},
        {ONE(ALLOW("'Action': 'con*'" ANYWHERE)), A_ALLOWED},
        {ONE(ALLOW("'Action': 'config:GetCompliancePackReport'" ANYWHERE)), A_IMPLICIT},
        {ONE(ALLOW("'Action': 'config:Generate?'" ANYWHERE)), A_IMPLICIT},
        {ONE(ALLOW("'Action': 'config:GenerateCompliancePackReports'" ANYWHERE)), A_IMPLICIT},
        {ONE(ALLOW("'Action': 'config:GenerateCompliancePackRepor'" ANYWHERE)), A_IMPLICIT},
        {ONE(ALLOW("'Action': ['config:Get*', 'config:Generate*']" ANYWHERE)), A_ALLOWED},
        {ONE(ALLOW("'Action': ['config:Get*', 'ecs:*']" ANYWHERE)), A_IMPLICIT},
        {ONE(ALLOW("'NotAction': 'config:Get*'" ANYWHERE)), A_ALLOWED},
        {ONE(ALLOW("'NotAction': ['config:Get*', 'config:Generate*']" ANYWHERE)), A_IMPLICIT},
        {ONE(ALLOW("'NotAction': '*'" ANYWHERE)), A_IMPLICIT},
        {ONE(DENY("'NotAction': 'config:Get*'" ANYWHERE)), AN_EXPLICIT},
        {TWO(ALLOW_ALL, DENY("'NotAction': 'config:*'" ANYWHERE)), A_ALLOWED},
    };
    struct ram_request request = request_from("10.1.2.3");
    expect_rows(ROWS, ARRAY_LEN(ROWS), &request);
}

#define ON(resource) "'Action': '*', 'Resource': " resource

Test(ram_policy, resources_by_the_old_and_the_new_name)
{
    static const struct row ROWS[] = {
        {ONE(ALLOW(ON("'acs:config:*:100000000000001:*'"))), A_ALLOWED},
        {ONE(ALLOW(ON("'acs:config:*:100000000000001:compliancepack/cp-a8a8626622af0082abcd'"))),
         A_ALLOWED},
        {ONE(ALLOW(ON("'acs:config:*:100000000000001:compliancepack/cp-a8*'"))), A_ALLOWED},
        {ONE(ALLOW(ON("'acs:config:*:*:compliancepack/*'"))), A_ALLOWED},
        {ONE(ALLOW(ON("'acs:*'"))), A_ALLOWED},
        {ONE(ALLOW(ON("'*'"))), A_ALLOWED},
        {ONE(ALLOW(ON("['acs:oss:*', '*:100000000000001:*']"))), A_ALLOWED},
        {ONE(ALLOW(ON("'acs:config:*:100000000000002:*'"))), A_IMPLICIT},
        {ONE(ALLOW(ON("'acs:config:*:100000000000001:compliancepack/cp-b*'"))), A_IMPLICIT},
        {ONE(ALLOW(ON("'acs:config:*:100000000000001:compliancepack/CP-A8A8626622AF0082ABCD'"))),
         A_IMPLICIT},
        {ONE(ALLOW(ON("'acs:config:*:100000000000001:compliancepack/cp-a8a8626622af0082abc'"))),
         A_IMPLICIT},
        {ONE(ALLOW(ON("'acs:config:cn-shanghai:100000000000001:compliancepack/*'"))), A_IMPLICIT},
        {TWO(ALLOW(ON("'acs:config:*:100000000000001:*'")),
             DENY(ON("'acs:config:*:100000000000001:compliancepack/cp-a8*'"))),
         AN_EXPLICIT},
        {TWO(ALLOW(ON("'acs:config:*:100000000000001:*'")),
             DENY(ON("'acs:config:*:100000000000001:compliancepack/cp-b*'"))),
         A_ALLOWED},
    };
    struct ram_request request = request_from("10.1.2.3");
    expect_rows(ROWS, ARRAY_LEN(ROWS), &request);
}

#define IF(condition) ONE(ALLOW_ALL ", 'Condition': {" condition "}")

Test(ram_policy, times)
{
    static const struct row ROWS[] = {
        {IF("'DateEquals': {'acs:CurrentTime': '2026-11-21T19:30:44Z'}"), A_ALLOWED},
        {IF("'DateEquals': {'acs:CurrentTime': '2026-11-22T03:30:44+08:00'}"), A_ALLOWED},
        {IF("'DateEquals': {'acs:CurrentTime': '2026-11-21T19:30:45Z'}"), A_IMPLICIT},
        {IF("'DateEquals': {'acs:CurrentTime': ['2026-11-20', '2026-11-21T19:30:44Z']}"),
         A_ALLOWED},
        {IF("'DateNotEquals': {'acs:CurrentTime': '2026-11-21T19:30:44Z'}"), A_IMPLICIT},
        {IF("'DateNotEquals': {'acs:CurrentTime': '2026-11-21T19:30:45Z'}"), A_ALLOWED},
        {IF("'DateLessThan': {'acs:CurrentTime': '2026-11-21T19:30:44Z'}"), A_IMPLICIT},
        {IF("'DateLessThan': {'acs:CurrentTime': '2026-11-21T19:30:45Z'}"), A_ALLOWED},
        {IF("'DateLessThanEquals': {'acs:CurrentTime': '2026-11-21T19:30:43Z'}"), A_IMPLICIT},
        {IF("'DateLessThanEquals': {'acs:CurrentTime': '2026-11-21T19:30:44Z'}"), A_ALLOWED},
        {IF("'DateGreaterThan': {'acs:CurrentTime': '2026-11-21T19:30:44Z'}"), A_IMPLICIT},
        {IF("'DateGreaterThan': {'acs:CurrentTime': '2026-11-21T19:30:43Z'}"), A_ALLOWED},
        {IF("'DateGreaterThanEquals': {'acs:CurrentTime': '2026-11-21T19:30:45Z'}"), A_IMPLICIT},
        {IF("'DateGreaterThanEquals': {'acs:CurrentTime': '2026-11-21T19:30:44Z'}"), A_ALLOWED},
        {IF("'NumericEquals': {'acs:CurrentTime': 1795289444}"), A_ALLOWED},
        {IF("'NumericEquals': {'acs:CurrentTime': '1795289444'}"), A_ALLOWED},
        {IF("'NumericEquals': {'acs:CurrentTime': 1795289445}"), A_IMPLICIT},
        {IF("'NumericNotEquals': {'acs:CurrentTime': [1, 1795289444]}"), A_IMPLICIT},
        {IF("'NumericNotEquals': {'acs:CurrentTime': [1, 2]}"), A_ALLOWED},
        {IF("'NumericLessThan': {'acs:CurrentTime': 1795289444}"), A_IMPLICIT},
        {IF("'NumericLessThan': {'acs:CurrentTime': 1795289445}"), A_ALLOWED},
        {IF("'NumericLessThanEquals': {'acs:CurrentTime': 1795289443}"), A_IMPLICIT},
        {IF("'NumericLessThanEquals': {'acs:CurrentTime': 1795289444}"), A_ALLOWED},
        {IF("'NumericGreaterThan': {'acs:CurrentTime': 1795289444}"), A_IMPLICIT},
        {IF("'NumericGreaterThan': {'acs:CurrentTime': 1795289443}"), A_ALLOWED},
        {IF("'NumericGreaterThanEquals': {'acs:CurrentTime': 1795289445}"), A_IMPLICIT},
        {IF("'NumericGreaterThanEquals': {'acs:CurrentTime': 1795289444}"), A_ALLOWED},
        {IF("'StringEquals': {'acs:CurrentTime': '2026-11-21T19:30:44Z'}"), A_ALLOWED},
        {IF("'StringLike': {'acs:CurrentTime': '2026-11-*'}"), A_ALLOWED},
        {IF("'StringLike': {'acs:CurrentTime': '2026-12-*'}"), A_IMPLICIT},
        {IF("'StringNotLike': {'acs:CurrentTime': ['2026-11-*', '2026-12-*']}"), A_IMPLICIT},
        {IF("'StringNotLike': {'acs:CurrentTime': '2026-12-*'}"), A_ALLOWED},
    };
    struct ram_request request = request_from("10.1.2.3");
    expect_rows(ROWS, ARRAY_LEN(ROWS), &request);
}

Test(ram_policy, addresses)
{
    static const struct row ROWS[] = {
        {IF("'IpAddress': {'acs:SourceIp': '10.1.2.3'}"), A_ALLOWED},
        {IF("'IpAddress': {'acs:SourceIp': '10.1.2.3/32'}"), A_ALLOWED},
        {IF("'IpAddress': {'acs:SourceIp': '10.1.2.4'}"), A_IMPLICIT},
        {IF("'IpAddress': {'acs:SourceIp': '10.0.0.0/8'}"), A_ALLOWED},
        {IF("'IpAddress': {'acs:SourceIp': '10.255.255.255/8'}"), A_ALLOWED},
        {IF("'IpAddress': {'acs:SourceIp': '10.1.2.0/30'}"), A_ALLOWED},
        {IF("'IpAddress': {'acs:SourceIp': '10.1.2.4/30'}"), A_IMPLICIT},
        {IF("'IpAddress': {'acs:SourceIp': '0.0.0.0/0'}"), A_ALLOWED},
        {IF("'IpAddress': {'acs:SourceIp': '::/0'}"), A_IMPLICIT},
        {IF("'IpAddress': {'acs:SourceIp': '::ffff:10.0.0.0/104'}"), A_ALLOWED},
        {IF("'IpAddress': {'acs:SourceIp': ['192.168.0.0/16', '10.0.0.0/8']}"), A_ALLOWED},
        {IF("'NotIpAddress': {'acs:SourceIp': ['192.168.0.0/16', '10.0.0.0/8']}"), A_IMPLICIT},
        {IF("'NotIpAddress': {'acs:SourceIp': ['192.168.0.0/16', '172.16.0.0/12']}"), A_ALLOWED},
        {IF("'StringEquals': {'acs:SourceIp': '10.1.2.3'}"), A_ALLOWED},
        {IF("'StringLike': {'acs:SourceIp': '10.*'}"), A_ALLOWED},
        {IF("'StringLike': {'acs:SourceIp': '11.*'}"), A_IMPLICIT},
    };
    // The same client, as a socket for both families shows it.
    struct ram_request request = request_from("10.1.2.3");
    expect_rows(ROWS, ARRAY_LEN(ROWS), &request);
    request = request_from("::ffff:10.1.2.3");
    expect_rows(ROWS, ARRAY_LEN(ROWS), &request);
    static const struct row ROWS_V6[] = {
        {IF("'IpAddress': {'acs:SourceIp': '2001:db8::/32'}"), A_ALLOWED},
        {IF("'IpAddress': {'acs:SourceIp': '2001:DB8:0::1'}"), A_ALLOWED},
        {IF("'IpAddress': {'acs:SourceIp': '2001:db9::/32'}"), A_IMPLICIT},
        {IF("'IpAddress': {'acs:SourceIp': '2001:db8::/127'}"), A_ALLOWED},
        {IF("'IpAddress': {'acs:SourceIp': '::/0'}"), A_ALLOWED},
        {IF("'IpAddress': {'acs:SourceIp': '0.0.0.0/0'}"), A_IMPLICIT},
        {IF("'StringEquals': {'acs:SourceIp': '2001:db8::1'}"), A_ALLOWED},
    };
    request = request_from("2001:db8::1");
    expect_rows(ROWS_V6, ARRAY_LEN(ROWS_V6), &request);
}

Test(ram_policy, a_key_that_the_request_has_not)
{
    static const struct row ROWS[] = {
        {IF("'IpAddress': {'acs:SourceIp': '0.0.0.0/0'}"), A_IMPLICIT},
        {IF("'NotIpAddress': {'acs:SourceIp': '0.0.0.0/0'}"), A_ALLOWED},
        {IF("'StringLike': {'acs:SourceIp': '*'}"), A_IMPLICIT},
        {IF("'StringNotLike': {'acs:SourceIp': '*'}"), A_ALLOWED},
        {IF("'StringNotEquals': {'acs:SourceIp': '10.1.2.3'}"), A_ALLOWED},
    };
    static const char *const NONE[] = {"", "socket", "10.0.0.0/8"};
    for (size_t i = 0; i < ARRAY_LEN(NONE); i++) {
        struct ram_request request = request_from(NONE[i]);
        expect_rows(ROWS, ARRAY_LEN(ROWS), &request);
    }
}

Test(ram_policy, booleans)
{
    static const struct row SECURE[] = {
        {IF("'Bool': {'acs:SecureTransport': 'true'}"), A_ALLOWED},
        {IF("'Bool': {'acs:SecureTransport': true}"), A_ALLOWED},
        {IF("'Bool': {'acs:SecureTransport': ['false', 'true']}"), A_ALLOWED},
        {IF("'Bool': {'acs:SecureTransport': 'false'}"), A_IMPLICIT},
        {IF("'Bool': {'acs:SecureTransport': false}"), A_IMPLICIT},
        {IF("'Bool': {'acs:MFAPresent': 'true'}"), A_IMPLICIT},
        {IF("'Bool': {'acs:MFAPresent': 'false'}"), A_ALLOWED},
        {IF("'StringEquals': {'acs:SecureTransport': 'true'}"), A_ALLOWED},
        {IF("'StringEquals': {'acs:SecureTransport': 'True'}"), A_IMPLICIT},
        {IF("'StringEqualsIgnoreCase': {'acs:SecureTransport': 'True'}"), A_ALLOWED},
        {IF("'StringEqualsIgnoreCase': {'acs:SecureTransport': 'Tru'}"), A_IMPLICIT},
        {IF("'StringNotEqualsIgnoreCase': {'acs:SecureTransport': 'True'}"), A_IMPLICIT},
        {IF("'StringNotEqualsIgnoreCase': {'acs:SecureTransport': 'False'}"), A_ALLOWED},
        {IF("'StringNotEquals': {'acs:SecureTransport': 'True'}"), A_ALLOWED},
        {IF("'StringNotEquals': {'acs:SecureTransport': 'true'}"), A_IMPLICIT},
    };
    struct ram_request request = request_from("10.1.2.3");
    request.is_secure = true;
    expect_rows(SECURE, ARRAY_LEN(SECURE), &request);
    static const struct row WITH_MFA[] = {
        {IF("'Bool': {'acs:MFAPresent': 'true'}"), A_ALLOWED},
        {IF("'Bool': {'acs:SecureTransport': 'true'}"), A_IMPLICIT},
    };
    request.is_secure = false;
    request.is_mfa_present = true;
    expect_rows(WITH_MFA, ARRAY_LEN(WITH_MFA), &request);
}

Test(ram_policy, all_operators_and_keys_have_to_hold)
{
    static const struct row ROWS[] = {
        {IF("'IpAddress': {'acs:SourceIp': '10.0.0.0/8'}, 'DateLessThan': {'acs:CurrentTime': "
            "'2027-01-01'}"),
         A_ALLOWED},
        {IF("'IpAddress': {'acs:SourceIp': '10.0.0.0/8'}, 'DateLessThan': {'acs:CurrentTime': "
            "'2026-01-01'}"),
         A_IMPLICIT},
        {IF("'Bool': {'acs:SecureTransport': 'false', 'acs:MFAPresent': 'false'}"), A_ALLOWED},
        {IF("'Bool': {'acs:SecureTransport': 'false', 'acs:MFAPresent': 'true'}"), A_IMPLICIT},
        {TWO(ALLOW_ALL, DENY("'Action': '*', 'Resource': '*', 'Condition': {'NotIpAddress': "
                             "{'acs:SourceIp': '10.0.0.0/8'}}")),
         A_ALLOWED},
        {TWO(ALLOW_ALL, DENY("'Action': '*', 'Resource': '*', 'Condition': {'NotIpAddress': "
                             "{'acs:SourceIp': '192.168.0.0/16'}}")),
         AN_EXPLICIT},
    };
    struct ram_request request = request_from("10.1.2.3");
    expect_rows(ROWS, ARRAY_LEN(ROWS), &request);
}

Test(ram_policy, what_cannot_be_understood_is_refused)
{
    static const struct {
        const char *policies;
        const char *says;
    } ROWS[] = {
        {"{}", "this is an object; an array is right"},
        {"['x']", "this is text; an object is right (at /0)"},
        {"[{'Statement': [{" ALLOW_ALL "}]}]", "\"Version\" is missing; it is required (at /0)"},
        {"[{'Version': '1'}]", "\"Statement\" is missing; it is required (at /0)"},
        {"[{'Version': '2', 'Statement': [{" ALLOW_ALL "}]}]",
         "this is \"2\"; one of \"1\" is right (at /0/Version)"},
        {"[{'Version': 1, 'Statement': [{" ALLOW_ALL "}]}]",
         "this is an integer; text is right (at /0/Version)"},
        {"[{'Version': '1', 'Statement': []}]",
         "this is empty; one statement or more are right (at /0/Statement)"},
        {"[{'Version': '1', 'Statement': {" ALLOW_ALL "}}]",
         "this is an object; an array is right (at /0/Statement)"},
        {"[{'Version': '1', 'Statement': null}]", "this is null; a value is right"},
        {"[{'Version': '1', 'Statements': [{" ALLOW_ALL "}]}]", "did you mean \"Statement\"?"},
        {ONE("'Action': '*', 'Resource': '*'"), "\"Effect\" is missing"},
        {ONE("'Effect': 'allow', 'Action': '*', 'Resource': '*'"),
         "this is \"allow\"; did you mean \"Allow\"? (at /0/Statement/0/Effect)"},
        {ONE("'Effect': null, 'Action': '*', 'Resource': '*'"), "this is null"},
        {ONE(ALLOW("'Resource': '*'")), "\"Action\" is missing"},
        {ONE(ALLOW("'Action': '*'")), "\"Resource\" is missing"},
        {ONE(ALLOW("'Action': '*', 'NotAction': 'ecs:*'" ANYWHERE)),
         "\"Action\" and \"NotAction\" are both there; one of them is right (at /0/Statement/0)"},
        {ONE(ALLOW_ALL ", 'Principal': {'RAM': '*'}"),
         "unknown member \"Principal\"; one of \"Effect\", \"Action\", \"NotAction\""},
        {ONE(ALLOW_ALL ", 'NotResource': '*'"), "unknown member \"NotResource\""},
        {ONE(ALLOW("'Action': []" ANYWHERE)), "this is empty; one value or more are right"},
        {ONE(ALLOW("'Action': ['config:*', 5]" ANYWHERE)),
         "this is an integer; text is right (at /0/Statement/0/Action/1)"},
        {ONE(ALLOW("'Action': ''" ANYWHERE)), "this is empty; text is required"},
        {ONE(ALLOW("'Action': 'GetCompliancePackReport'" ANYWHERE)),
         "\"GetCompliancePackReport\" is no action; \"config:GetCompliancePackReport\" or a "
         "pattern as \"config:*\" is right (at /0/Statement/0/Action)"},
        {ONE(ALLOW("'NotAction': ['*', 'Get']" ANYWHERE)),
         "\"Get\" is no action; \"config:GetCompliancePackReport\""},
        {ONE(ALLOW(ON("'compliancepack/cp-1'"))),
         "\"compliancepack/cp-1\" is no resource; \"*\" or a pattern as "
         "\"acs:config:*:100000000000001:*\" is right (at /0/Statement/0/Resource)"},
        {ONE(ALLOW(ON("['*', 'x']"))), "(at /0/Statement/0/Resource/1)"},
        {ONE(ALLOW_ALL ", 'Condition': null"), "this is null; a value is right, or to leave"},
        {ONE(ALLOW_ALL ", 'Condition': []"), "this is an array; an object is right"},
        {IF(""), "this is empty; to leave it out is right (at /0/Statement/0/Condition)"},
        {IF("'Bool': {}"), "this is empty; to leave it out is right"},
        {IF("'Bool': null"), "this is null; an object is right"},
        {IF("'StringEqual': {'acs:SourceIp': 'x'}"),
         "\"StringEqual\" is no condition operator that is known here; did you mean "
         "\"StringEquals\"? (at /0/Statement/0/Condition/StringEqual)"},
        {IF("'ForAnyValue:StringLikes': {'acs:SourceIp': 'x'}"),
         "is no condition operator that is known here; one of those in docs/api.md is right"},
        {IF("'Bool': {'acs:SecureTransports': true}"),
         "\"acs:SecureTransports\" is no condition key that is known here; did you mean "
         "\"acs:SecureTransport\"?"},
        {IF("'StringEquals': {'ecs:tag/x': 'y'}"),
         "\"ecs:tag/x\" is no condition key that is known here; one of those in docs/api.md is "
         "right (at /0/Statement/0/Condition/StringEquals/ecs:tag~1x)"},
        {IF("'Bool': {'acs:SourceIp': true}"),
         "\"Bool\" does not fit \"acs:SourceIp\"; the String operators, \"IpAddress\" and "
         "\"NotIpAddress\" are right"},
        {IF("'IpAddress': {'acs:CurrentTime': '10.0.0.1'}"),
         "the String, Numeric and Date operators are right"},
        {IF("'NumericEquals': {'acs:MFAPresent': 1}"),
         "the String operators and \"Bool\" are right"},
        {IF("'DateEquals': {'acs:SecureTransport': '2026-01-01'}"), "does not fit"},
        {IF("'IpAddress': {'acs:SourceIp': '10.0.0.0/33'}"),
         "\"10.0.0.0/33\" is not right here; an address or range as \"10.0.0.1\""},
        {IF("'IpAddress': {'acs:SourceIp': ['10.0.0.0/8', '10.0.0']}"),
         "(at /0/Statement/0/Condition/IpAddress/acs:SourceIp/1)"},
        {IF("'IpAddress': {'acs:SourceIp': '10.0.0.0/'}"), "is not right here"},
        {IF("'IpAddress': {'acs:SourceIp': '10.0.0.0/-1'}"), "is not right here"},
        {IF("'IpAddress': {'acs:SourceIp': '10.0.0.0/08'}"), "is not right here"},
        {IF("'IpAddress': {'acs:SourceIp': '010.0.0.1'}"), "is not right here"},
        {IF("'IpAddress': {'acs:SourceIp': '2001:db8::/129'}"), "is not right here"},
        {IF("'IpAddress': {'acs:SourceIp': 'fe80::1%eth0'}"), "is not right here"},
        {IF("'IpAddress': {'acs:SourceIp': ''}"), "is not right here"},
        {IF("'IpAddress': {'acs:SourceIp': []}"), "this is empty; one value or more are right"},
        {IF("'IpAddress': {'acs:SourceIp': null}"), "this is not right here"},
        {IF("'Bool': {'acs:MFAPresent': 'yes'}"),
         "\"yes\" is not right here; true or false, in quotes or not, is"},
        {IF("'Bool': {'acs:MFAPresent': 1}"), "true or false"},
        {IF("'DateLessThan': {'acs:CurrentTime': 'tomorrow'}"),
         "\"tomorrow\" is not right here; a time as \"2026-11-21T19:30:44Z\" is"},
        {IF("'DateLessThan': {'acs:CurrentTime': '2026-02-30'}"), "is not right here"},
        {IF("'DateLessThan': {'acs:CurrentTime': 5}"), "a time as"},
        {IF("'NumericEquals': {'acs:CurrentTime': '5x'}"), "a whole number"},
        {IF("'NumericEquals': {'acs:CurrentTime': 1.5}"), "a whole number"},
        {IF("'StringEquals': {'acs:SourceIp': 5}"), "text of 1 to 2048 bytes"},
        {IF("'StringEquals': {'acs:SourceIp': ['x', null]}"), "text of 1 to 2048 bytes"},
    };
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
        struct err err = ERR_INIT;
        struct ram_policies *policies = policies_read(ROWS[i].policies, &err);
        cr_expect_null(policies, "%s", ROWS[i].policies);
        cr_expect_not_null(strstr(err.message, ROWS[i].says), "%s: %s", ROWS[i].policies,
                           err.message);
        cr_expect_null(strstr(err.message, "more error"), "%s: %s", ROWS[i].policies, err.message);
        ram_policies_destroy(&policies);
    }
}

// `head`, `count` times `piece` with commas, `tail`.
static void expect_limit(const char *const parts[3], size_t limit, const char *says)
{
    for (size_t count = limit; count <= limit + 1; count++) {
        char *middle = repeat(parts[1], ",", count);
        char *json = mem_format("%s%s%s", parts[0], middle, parts[2]);
        struct err err = ERR_INIT;
        struct ram_policies *policies = policies_read(json, &err);
        cr_expect_eq(policies != NULL, count == limit, "%s", err.message);
        cr_expect(count == limit || err.kind == ERR_LIMIT);
        cr_expect(count == limit || strstr(err.message, says) != NULL, "%s", err.message);
        ram_policies_destroy(&policies);
        mem_free(&json);
        mem_free(&middle);
    }
}

Test(ram_policy, limits)
{
    static const char *const POLICIES[] = {"[", "{'Version': '1', 'Statement': [{" ALLOW_ALL "}]}",
                                           "]"};
    static const char *const STATEMENTS[] = {"[{'Version': '1', 'Statement': [", "{" ALLOW_ALL "}",
                                             "]}]"};
    static const char *const ACTIONS[] = {
        "[{'Version': '1', 'Statement': [{" ALLOW("'Resource': '*', 'Action': ["), "'*'", "]}]}]"};
    static const char *const VALUES[] = {"[{'Version': '1', 'Statement': [{" ALLOW_ALL
                                         ", 'Condition': {'StringEquals': {'acs:SourceIp': [",
                                         "'x'", "]}}}]}]"};
    expect_limit(POLICIES, RAM_POLICIES_MAX, "too many policies; at most 20");
    expect_limit(STATEMENTS, RAM_STATEMENTS_MAX, "too many statements; at most 100");
    expect_limit(ACTIONS, RAM_STRINGS_MAX, "too many values; at most 1000");
    expect_limit(VALUES, RAM_STRINGS_MAX, "too many values; at most 1000");
}

Test(ram_policy, the_longest_text)
{
    for (size_t len = RAM_STRING_BYTES_MAX; len <= RAM_STRING_BYTES_MAX + 1; len++) {
        char *text = repeat("*", "", len);
        char *json = mem_format(ONE(ALLOW("'Action': '%s'" ANYWHERE)), text);
        struct err err = ERR_INIT;
        struct ram_policies *policies = policies_read(json, &err);
        cr_expect_eq(policies != NULL, len == RAM_STRING_BYTES_MAX, "%s", err.message);
        ram_policies_destroy(&policies);
        mem_free(&json);
        mem_free(&text);
    }
}
