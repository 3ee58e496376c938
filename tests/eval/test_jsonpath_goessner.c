// SPDX-License-Identifier: MIT
//
// The older spellings of Goessner's article and of vendor samples: taken in the lenient mode alone,
// and never at the cost of a path that RFC 9535 has.
#include "base/check.h"
#include "paths.h"

#include <criterion/criterion.h>

static const char DOCUMENT[] =
    "{\"a\":4,\"b\":-1,\"a-b\":[1,2,3],\"2nd\":{\"c-d\":5},\"length\":7,"
    "\"list\":[{\"k-1\":\"x\",\"n\":1,\"length\":9},{\"k-1\":\"y\",\"n\":2}],"
    "\"book\":[{\"title\":\"one\",\"price\":8},{\"title\":\"two\",\"price\":12,\"isbn\":\"i\"}]}";

struct example {
    const char *path;
    const char *found;
};

// Only the lenient mode takes these.
static const struct example OLD[] = {
    // names without quotes
    {"$.a-b", "[[1,2,3]]"},
    {"$.a-b[1]", "[2]"},
    {"$.2nd.c-d", "[5]"},
    {"$..c-d", "[5]"},
    {"$..2nd", "[{\"c-d\":5}]"},
    {"$[a]", "[4]"},
    {"$[a-b][0]", "[1]"},
    {"$[ list ][0][k-1]", "[\"x\"]"},
    {"$[a,b]", "[4,-1]"},
    {"$[a, 'b']", "[4,-1]"},
    {"$.list[*].k-1", "[\"x\",\"y\"]"},
    // the root as the current node
    {"@", NULL},
    {"@.a", "[4]"},
    {"@['a-b'][0]", "[1]"},
    // scripts that count from the end
    {"$.a-b[(@.length-1)]", "[3]"},
    {"$['a-b'][(@.length-1)]", "[3]"},
    {"$['a-b'][( @.length - 2 )]", "[2]"},
    {"$['a-b'][(@.length-4)]", "[]"},
    {"$['a-b'][(@.length-1),0]", "[3,1]"},
    {"$..book[(@.length-1)].title", "[\"two\"]"},
    {"$.a[(@.length-1)]", "[]"},
    // filters
    {"$.list[?(@.k-1=='y')].n", "[2]"},
    {"$.list[?(@.k-1==='y')].n", "[2]"},
    {"$.list[?(@.k-1!=='y')].n", "[1]"},
    {"$.list[?(@[n]==2)].n", "[2]"},
    {"$.list[?($.2nd.c-d==5 && @.n<2)].n", "[1]"},
};

Test(jsonpath_goessner, takes_old_spellings_only_when_lenient)
{
    for (size_t i = 0; i < ARRAY_LEN(OLD); i++) {
        struct jsonpath *path = NULL;
        struct err err = ERR_INIT;
        cr_expect_eq(paths_parse(OLD[i].path, JSONPATH_STRICT, &path, &err), ERR_INVALID, "%s",
                     OLD[i].path);
        cr_expect_null(path);
        cr_expect_eq(paths_parse(OLD[i].path, JSONPATH_LENIENT, &path, &err), ERR_OK, "%s: %s",
                     OLD[i].path, err.message);
        cr_expect_str_eq(jsonpath_text(path), OLD[i].path);
        jsonpath_destroy(&path);
        if (OLD[i].found != NULL) {
            paths_expect(OLD[i].path, DOCUMENT, JSONPATH_LENIENT, OLD[i].found);
        }
    }
}

// The paths of Goessner's article that RFC 9535 took over, and near misses of the old spellings:
// the same in both modes.
static const struct example SHARED[] = {
    {"$..book[-1:].title", "[\"two\"]"},
    {"$..book[0,1].title", "[\"one\",\"two\"]"},
    {"$..book[:2].price", "[8,12]"},
    {"$..book[?(@.isbn)].title", "[\"two\"]"},
    {"$..book[?(@.price<10)].title", "[\"one\"]"},
    {"$.book[?(@.price==12)].title", "[\"two\"]"},
    {"$.book[*].title", "[\"one\",\"two\"]"},
    {"$.length", "[7]"},
    {"$.list[?(@.length>1)].n", "[1]"}, // the member, not the number of members
    {"$.list.length", "[]"},
    {"$['a-b'][1:-1]", "[2]"},
    {"$['2nd']['c-d']", "[5]"},
    {"$.list[?@.n==-1 || @.n>-1].n", "[1,2]"},
    {"$.list[?@['k-1']=='x'].n", "[1]"},
};

Test(jsonpath_goessner, changes_nothing_about_what_rfc_9535_has)
{
    for (size_t i = 0; i < ARRAY_LEN(SHARED); i++) {
        paths_expect(SHARED[i].path, DOCUMENT, JSONPATH_STRICT, SHARED[i].found);
        paths_expect(SHARED[i].path, DOCUMENT, JSONPATH_LENIENT, SHARED[i].found);
    }
}

Test(jsonpath_goessner, refuses_what_it_does_not_know)
{
    static const struct example CASES[] = {
        {"a.b", "position 1: expected a path that begins with $, found \"a\""},
        {"$.a[(@.length)]", "position 14: expected \"-\" and how far before the end, found \")\""},
        {"$.a[(@.length-0)]", "position 15: the last element is @.length-1"},
        {"$.a[(@.length+1)]",
         "position 14: expected \"-\" and how far before the end, found \"+\""},
        {"$.a[(@.size-1)]", "position 6: expected @.length-1 or the like, found \"@\""},
        {"$.a[(@.length-1]", "position 16: expected \")\", found \"]\""},
        {"$.a[(1)]", "position 6: expected @.length-1 or the like, found \"1\""},
        {"$[-a]", "position 4: expected a digit, found \"a\""},
        {"$[2nd]", "position 4: expected \",\" or \"]\", found \"n\""},
        {"$[/]", "position 3: expected a name, an index, a slice, a filter or *, found \"/\""},
        {"$.a.length()", "position 11: expected \".\" or \"[\", found \"(\""},
        {"$.-a", "position 3: expected a name or * after the dot, found \"-\""},
    };
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        paths_expect_refusal(CASES[i].path, JSONPATH_LENIENT, CASES[i].found);
    }
}

Test(jsonpath_goessner, finds_one_node_at_most_with_a_script)
{
    struct jsonpath *path = NULL;
    struct err err = ERR_INIT;
    cr_assert_eq(paths_parse("$.a-b[(@.length-1)]", JSONPATH_LENIENT, &path, &err), ERR_OK);
    cr_expect(jsonpath_is_singular(path));
    jsonpath_destroy(&path);
}
