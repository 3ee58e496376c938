// SPDX-License-Identifier: MIT
// The plain C answer: jansson tree for each line, rule tree walked for each rule. cc -O2 jansson_eval.c -ljansson -lpcre2-8
#define _GNU_SOURCE
#define PCRE2_CODE_UNIT_WIDTH 8
#include <jansson.h>
#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
enum op {
    AND,
    OR,
    STR_EQ,
    STR_NE,
    STR_IN,
    STR_HAS,
    NUM_EQ,
    GT,
    GE,
    LE,
    FILLED,
    EMPTY,
    ARR_HAS,
    ARR_NOT,
    REGEX
};
static const char *names[] = {"and",
                              "or",
                              "StringEquals",
                              "NotStringEquals",
                              "StringIn",
                              "StringContains",
                              "Equals",
                              "Greater",
                              "GreaterOrEquals",
                              "LessOrEquals",
                              "IsNotStringEmpty",
                              "IsStringEmpty",
                              "Contains",
                              "NotContains",
                              "StringMatches"};
struct seg {
    char *key;
    size_t idx;
};
struct node {
    enum op op;
    struct node **kid;
    size_t nkid;
    struct seg seg[8];
    size_t nseg;
    json_t *want;
    double num;
    const char *str;
    pcre2_code *re;
    pcre2_match_data *md;
};
static struct node *compile(json_t *c)
{
    struct node *n = calloc(1, sizeof *n);
    const char *o = json_string_value(json_object_get(c, "operator"));
    size_t i;
    for (i = 0; i < sizeof names / sizeof *names; i++)
        if (!strcmp(o, names[i]))
            n->op = (enum op)i;
    json_t *k = json_object_get(c, "children");
    if (k) {
        n->nkid = json_array_size(k);
        n->kid = calloc(n->nkid, sizeof *n->kid);
        for (i = 0; i < n->nkid; i++)
            n->kid[i] = compile(json_array_get(k, i));
        return n;
    }
    const char *src = json_string_value(json_object_get(c, "featureSource"));
    if (src && !strcmp(src, "CONFIGURATION"))
        n->seg[n->nseg++].key = "configuration";
    for (const char *p = json_string_value(json_object_get(c, "featurePath")) + 1; *p;) {
        struct seg *s = &n->seg[n->nseg++];
        if (*p == '[') {
            char *e;
            s->idx = strtoul(p + 1, &e, 10);
            p = e + 1;
        } else {
            size_t w = strcspn(++p, ".[");
            s->key = strndup(p, w);
            p += w;
        }
    }
    n->want = json_object_get(c, "desired");
    n->num = json_number_value(n->want);
    n->str = json_string_value(n->want);
    if (n->op == REGEX) {
        int e;
        PCRE2_SIZE off;
        n->re = pcre2_compile((PCRE2_SPTR)n->str, PCRE2_ZERO_TERMINATED, 0, &e, &off, NULL);
        pcre2_jit_compile(n->re, PCRE2_JIT_COMPLETE);
        n->md = pcre2_match_data_create(4, NULL);
    }
    return n;
}
static int has(json_t *a, const char *s)
{
    size_t i;
    json_t *x;
    json_array_foreach(a, i, x) if (json_is_string(x) && !strcmp(json_string_value(x), s)) return 1;
    return 0;
}
static int same(json_t *r, const char *s)
{
    return json_is_string(r) ? !strcmp(json_string_value(r), s)
                             : json_is_boolean(r) && !strcmp(json_is_true(r) ? "true" : "false", s);
}
static int eval(const struct node *n, json_t *r)
{
    if (n->op == AND) {
        for (size_t i = 0; i < n->nkid; i++)
            if (!eval(n->kid[i], r))
                return 0;
        return 1;
    }
    if (n->op == OR) {
        for (size_t i = 0; i < n->nkid; i++)
            if (eval(n->kid[i], r))
                return 1;
        return 0;
    }
    for (size_t i = 0; i < n->nseg && r; i++)
        r = n->seg[i].key ? json_object_get(r, n->seg[i].key) : json_array_get(r, n->seg[i].idx);
    if (!r)
        return n->op == STR_NE || n->op == ARR_NOT || n->op == EMPTY;
    switch (n->op) {
    case STR_EQ:
        return same(r, n->str);
    case STR_NE:
        return !same(r, n->str);
    case STR_IN:
        return json_is_string(r) && has(n->want, json_string_value(r));
    case STR_HAS:
        return json_is_string(r) && strstr(json_string_value(r), n->str);
    case FILLED:
        return !json_is_string(r) || json_string_length(r);
    case EMPTY:
        return json_is_string(r) && !json_string_length(r);
    case NUM_EQ:
        return json_is_number(r) && json_number_value(r) == n->num;
    case GT:
        return json_is_number(r) && json_number_value(r) > n->num;
    case GE:
        return json_is_number(r) && json_number_value(r) >= n->num;
    case LE:
        return json_is_number(r) && json_number_value(r) <= n->num;
    case ARR_HAS:
        return json_is_array(r) && has(r, n->str);
    case ARR_NOT:
        return !(json_is_array(r) && has(r, n->str));
    case REGEX:
        return json_is_string(r) && pcre2_match(n->re, (PCRE2_SPTR)json_string_value(r),
                                                json_string_length(r), 0, 0, n->md, NULL) >= 0;
    default:
        return 0;
    }
}
int main(int c, char **v)
{
    if (c < 3)
        return 1;
    json_t *rules = json_load_file(v[1], 0, NULL);
    size_t nr = json_array_size(rules);
    struct node **t = calloc(nr, sizeof *t);
    long *cnt = calloc(nr, sizeof *cnt);
    for (size_t i = 0; i < nr; i++)
        t[i] = compile(json_object_get(json_array_get(rules, i), "cond"));
    FILE *f = fopen(v[2], "rb");
    char *l = NULL;
    size_t cap = 0;
    ssize_t n;
    while ((n = getline(&l, &cap, f)) > 0) {
        json_t *j = json_loadb(l, (size_t)n, 0, NULL);
        if (!j)
            return 2;
        for (size_t i = 0; i < nr; i++)
            cnt[i] += eval(t[i], j);
        json_decref(j);
    }
    printf("[");
    for (size_t i = 0; i < nr; i++)
        printf("%s%ld", i ? "," : "", cnt[i]);
    printf("]\n");
    return 0;
}
