// SPDX-License-Identifier: MIT
//
// ListCompliancePacks, page by page as the source gives them. Filters by what no pack of the source
// has are answered without asking it.
#include "call.h"
#include "pack_document.h"
#include "pack_reading.h"

#include "base/buf.h"
#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>

enum { QUOTED_BYTES_MAX = 40, QUOTED_ROOM = 256, DETAIL_BYTES = 384, RIGHT_BYTES = 48 };

struct list_query {
    struct pack_list_page page;
    bool is_empty; // a filter that no pack passes
};

static void refuse(struct api_call *call, const char *name, struct span value, const char *right)
{
    struct api_refusal refusal;
    struct buf quoted;
    char detail[DETAIL_BYTES];
    buf_init(&quoted, QUOTED_ROOM);
    text_quote(&quoted, value.bytes, value.len, QUOTED_BYTES_MAX);
    (void)snprintf(detail, sizeof(detail), "It is %s; %s.", buf_text(&quoted), right);
    buf_deinit(&quoted);
    gateway_refuse_invalid(&refusal, name, detail);
    api_call_refuse(call, &refusal);
}

struct number {
    const char *name;
    int64_t fallback;
    int64_t most;
};

// From 1 on. False when the call was refused.
static bool read_number(struct api_call *call, const struct number *number, int64_t *value_out)
{
    const struct span *text = parameters_get(&call->parameters, number->name);
    *value_out = number->fallback;
    if (text == NULL || (text_to_int64(text->bytes, text->len, value_out) && *value_out >= 1 &&
                         *value_out <= number->most)) {
        return true;
    }
    char right[RIGHT_BYTES];
    (void)snprintf(right, sizeof(right), "1 to %" PRId64 " is right", number->most);
    refuse(call, number->name, *text, right);
    return false;
}

static bool read_page(struct api_call *call, struct pack_list_page *page_out)
{
    static const struct number NUMBER = {"PageNumber", 1, PACK_LIST_NUMBER_MAX};
    static const struct number SIZE = {"PageSize", PACK_LIST_SIZE_DEFAULT, PACK_PAGE_MAX};
    int64_t number;
    int64_t size;
    if (!read_number(call, &NUMBER, &number) || !read_number(call, &SIZE, &size)) {
        return false;
    }
    *page_out = (struct pack_list_page){.number = (uint64_t)number, .size = (unsigned)size};
    return true;
}

// "Tag", or "Tag.1.Key" as some clients flatten it.
static bool asks_for_tags(const struct parameters *parameters)
{
    for (size_t i = 0; i < parameters->count; i++) {
        const struct span name = parameters->items[i].name;
        if (name.len >= 3 && memcmp(name.bytes, "Tag", 3) == 0 &&
            (name.len == 3 || name.bytes[3] == '.')) {
            return true;
        }
    }
    return false;
}

static bool read_query(struct api_call *call, struct list_query *query_out)
{
    const struct span *status = parameters_get(&call->parameters, "Status");
    const struct span *risk = parameters_get(&call->parameters, "RiskLevel");
    *query_out = (struct list_query){.is_empty = asks_for_tags(&call->parameters)};
    if (status != NULL && span_equals_text(*status, "CREATING")) {
        query_out->is_empty = true;
    } else if (status != NULL && !span_equals_text(*status, "ACTIVE")) {
        refuse(call, "Status", *status, "ACTIVE or CREATING is right");
        return false;
    }
    if (risk != NULL) {
        // An empty list would say that there is no such pack, where nobody knows.
        refuse(call, "RiskLevel", *risk,
               "the source of the packs knows no risk level; leave it out");
        return false;
    }
    return read_page(call, &query_out->page);
}

static json_t *in_answer(json_t *take_result)
{
    json_t *members = json_object();
    (void)json_object_set_new(members, "CompliancePacksResult", take_result);
    return members;
}

static json_t *make(const struct api_call *call, struct span json, const char *name,
                    struct err *err)
{
    struct diags diags;
    struct pack_page packs;
    diags_init(&diags);
    enum err_kind kind = pack_page_load(json.bytes, json.len, name, &packs, &diags, err);
    diags_deinit(&diags);
    if (kind != ERR_OK) {
        return NULL;
    }
    json_t *result = pack_document_list(call->entry.request.account_id, &call->page, &packs);
    pack_page_deinit(&packs);
    return in_answer(result);
}

void list_packs_run(struct api_call *call)
{
    struct list_query query;
    if (!read_query(call, &query)) {
        return;
    }
    call->page = query.page;
    if (query.is_empty) {
        api_call_succeed(call, in_answer(pack_document_list(call->account->id, &query.page, NULL)));
        return;
    }
    const struct pack_list_request request = {
        .account = call->account,
        .language = call->entry.request.language,
        .offset = (query.page.number - 1) * query.page.size,
        .limit = query.page.size,
        .trace = &call->trace,
    };
    struct pack_source *source = call->door->parts.source;
    (void)source->methods->list(source, &request, pack_reading_on_fetched,
                                pack_reading_create(call, make));
}
