// SPDX-License-Identifier: MIT
#include "document.h"

#include <criterion/criterion.h>

static void expect(const char *json, bool is_xml, const char *wanted)
{
    struct buf out;
    buf_init(&out, DOCUMENT_BYTES_MAX);
    json_t *tree = json_loads(json, JSON_DECODE_ANY, NULL);
    cr_assert(tree != NULL, "%s", json);
    document_write(&out, tree, is_xml, "R");
    cr_expect_str_eq(buf_text(&out), wanted, "%s", buf_text(&out));
    json_decref(tree);
    buf_deinit(&out);
}

#define XML(inner) "<?xml version='1.0' encoding='UTF-8'?><R>" inner "</R>"

Test(document, writes_one_tree_in_both_forms)
{
    expect("{\"a\": 1, \"b\": {\"c\": \"x\"}}", false, "{\"a\":1,\"b\":{\"c\":\"x\"}}");
    expect("{\"a\": 1, \"b\": {\"c\": \"x\"}}", true, XML("<a>1</a><b><c>x</c></b>"));
    expect("{\"a\": [1, {\"b\": true}, \"\"]}", true, XML("<a>1</a><a><b>true</b></a><a></a>"));
    expect("{\"a\": {}, \"b\": [], \"c\": null, \"d\": 0.5}", true,
           XML("<a></a><c></c><d>0.5</d>"));
}

Test(document, has_the_link_of_an_error_in_a_cdata_section)
{
    expect("{\"Recommend\": \"https://h/?q=a&b=c\", \"Other\": \"a&b\"}", true,
           XML("<Recommend><![CDATA[https://h/?q=a&b=c]]></Recommend><Other>a&amp;b</Other>"));
    expect("{\"Recommend\": \"a]]>&\"}", true, XML("<Recommend>a]]&gt;&amp;</Recommend>"));
    expect("{\"Recommend\": \"\\u0001\"}", true, XML("<Recommend>\xef\xbf\xbd</Recommend>"));
    expect("{\"Recommend\": {\"a\": 1}}", true, XML("<Recommend><a>1</a></Recommend>"));
}

Test(document, escapes_what_xml_takes_for_markup_and_what_it_has_no_place_for)
{
    expect("{\"a\": \"https://h/?x=1&y=<2>\"}", true, XML("<a>https://h/?x=1&amp;y=&lt;2&gt;</a>"));
    expect("{\"a\": \"]]>\\u0001\\t\\n\\r\xe5\xae\x89\"}", true,
           XML("<a>]]&gt;\xef\xbf\xbd\t\n&#13;\xe5\xae\x89</a>"));
    expect("{\"a\": \"x\\ufffe\\uffff\\ufffd\\uff5ey\"}", true,
           XML("<a>x\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbd\x9ey</a>"));
}

Test(document, an_account_id_is_a_number_as_far_as_the_vendor_has_them)
{
    json_t *tree = json_pack("{s:o,s:o,s:o}", "a", document_account_id("100000000000001"), "b",
                             document_account_id("9223372036854775807"), "c",
                             document_account_id("9999999999999999999"));
    struct buf out;
    buf_init(&out, DOCUMENT_BYTES_MAX);
    document_write(&out, tree, false, "R");
    cr_expect_str_eq(buf_text(&out), "{\"a\":100000000000001,\"b\":9223372036854775807,"
                                     "\"c\":\"9999999999999999999\"}");
    buf_deinit(&out);
    json_decref(tree);
}
