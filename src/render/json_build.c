// SPDX-License-Identifier: MIT
#include "json_build.h"

#include "base/text.h"
#include "json_write.h"

#include <string.h>

enum {
    // Percentages have two decimals: three digits before the point and two behind it.
    PERCENT_DIGITS = 5,
};

json_t *build_object(void)
{
    json_t *object = json_object();
    ENSURE(object != NULL);
    return object;
}

json_t *build_array(void)
{
    json_t *array = json_array();
    ENSURE(array != NULL);
    return array;
}

json_t *build_text(const char *text)
{
    size_t len = strlen(text);
    json_t *value = NULL;
    if (text_is_utf8(text, len, NULL)) {
        value = json_stringn_nocheck(text, len);
    } else {
        struct buf clean;
        buf_init(&clean, 3 * len); // U+FFFD takes three bytes
        text_append_clean(&clean, text, len);
        value = json_stringn_nocheck(buf_text(&clean), clean.len);
        buf_deinit(&clean);
    }
    ENSURE(value != NULL);
    return value;
}

void build_put(json_t *object, const char *name, json_t *take_value)
{
    ENSURE(json_object_set_new(object, name, take_value) == 0);
}

void build_push(json_t *array, json_t *take_value)
{
    ENSURE(json_array_append_new(array, take_value) == 0);
}

void build_put_text(json_t *object, const char *name, const char *text)
{
    build_put(object, name, build_text(text));
}

void build_put_text_if_any(json_t *object, const char *name, const char *text)
{
    if (text != NULL && text[0] != '\0') {
        build_put_text(object, name, text);
    }
}

void build_put_number(json_t *object, const char *name, uint64_t number)
{
    // jansson's integers are signed; no count of ours comes near the edge.
    build_put(object, name, json_integer(number > INT64_MAX ? INT64_MAX : (json_int_t)number));
}

void build_put_time(json_t *object, const char *name, int64_t unix_ms)
{
    char text[TEXT_TIME_BYTES];
    text_time(unix_ms, text);
    build_put_text(object, name, text);
}

json_t *build_counts(const struct outcome_counts *counts)
{
    json_t *object = build_object();
    for (int i = 0; i < OUTCOME_COUNT; i++) {
        build_put_number(object, outcome_text((enum outcome)i), counts->of[i]);
    }
    return object;
}

static json_t *build_score(struct score score)
{
    json_t *object = build_object();
    build_put_number(object, "numerator", score.numerator);
    build_put_number(object, "denominator", score.denominator);
    int basis_points = score_basis_points(score);
    build_put(object, "percent", basis_points < 0 ? json_null() : json_real(basis_points / 100.0));
    return object;
}

json_t *build_scores(const struct scores *scores)
{
    json_t *object = build_object();
    build_put(object, "byCount", build_score(scores->by_count));
    build_put(object, "byRisk", build_score(scores->by_risk));
    build_put(object, "byCountWithoutWaivers", build_score(scores->by_count_without_waivers));
    build_put(object, "byRiskWithoutWaivers", build_score(scores->by_risk_without_waivers));
    return object;
}

const char *build_file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

static json_t *build_diag(const struct diag *diag)
{
    json_t *object = build_object();
    build_put_text(object, "severity", diag->severity == DIAG_ERROR ? "error" : "warning");
    build_put_text(object, "code", diag->code);
    build_put_text(object, "message", diag->message);
    if (diag->file != NULL) {
        build_put_text(object, "file", build_file_name(diag->file));
    }
    if (diag->line > 0) {
        build_put_number(object, "line", diag->line);
    }
    if (diag->pointer != NULL) {
        build_put_text(object, "pointer", diag->pointer);
    }
    return object;
}

json_t *build_diags(const struct diags *diags)
{
    json_t *list = build_array();
    for (size_t i = 0; i < diags->count; i++) {
        build_push(list, build_diag(&diags->items[i]));
    }
    json_t *object = build_object();
    build_put_number(object, "errors", diags->errors);
    build_put_number(object, "warnings", diags->warnings);
    build_put_number(object, "notListed", diags->errors + diags->warnings - diags->count);
    build_put(object, "list", list);
    return object;
}

void build_write_with(json_t *take_value, const json_t *place, const char *const *texts,
                      size_t count, struct buf *out)
{
    const struct json_texts given = {.place = place, .texts = texts, .count = count};
    json_write_with(take_value, PERCENT_DIGITS, &given, out);
    (void)buf_append_char(out, '\n');
    json_decref(take_value);
}

void build_write(json_t *take_value, struct buf *out)
{
    build_write_with(take_value, NULL, NULL, 0, out);
}
