// SPDX-License-Identifier: MIT
#include "pack_document.h"

#include "document.h"

struct summary {
    const char *account_id;
    const char *id;
    const char *name;
    const char *description;
};

// What both operations show. A pack that the source has is one that can be used, so none is
// CREATING.
static json_t *make_summary(const struct summary *summary)
{
    json_t *object = json_object();
    (void)json_object_set_new(object, "CompliancePackId", json_string(summary->id));
    (void)json_object_set_new(object, "CompliancePackName", json_string(summary->name));
    (void)json_object_set_new(object, "AccountId", document_account_id(summary->account_id));
    (void)json_object_set_new(object, "Description", json_string(summary->description));
    (void)json_object_set_new(object, "Status", json_string("ACTIVE"));
    return object;
}

json_t *pack_document_whole(const struct request *request, const struct pack *pack)
{
    json_t *rules = json_array();
    for (size_t i = 0; i < pack->item_count; i++) {
        json_t *rule = json_object();
        (void)json_object_set_new(rule, "ConfigRuleId", json_string(pack->items[i].uuid));
        (void)json_object_set_new(rule, "ConfigRuleName", json_string(pack->items[i].name));
        (void)json_array_append_new(rules, rule);
    }
    const struct summary summary = {.account_id = request->account_id,
                                    .id = request->pack_id,
                                    .name = pack->name,
                                    .description = pack->description};
    json_t *object = make_summary(&summary);
    (void)json_object_set_new(object, "ConfigRules", rules);
    (void)json_object_set_new(object, "Scope", json_object());
    (void)json_object_set_new(object, "Tags", json_array());
    return object;
}

json_t *pack_document_list(const char *account_id, const struct pack_list_page *page,
                           const struct pack_page *packs)
{
    json_t *list = json_array();
    uint64_t total = packs == NULL ? 0 : packs->total;
    uint64_t shown = 0;
    for (; packs != NULL && shown < packs->count && shown < page->size; shown++) {
        const struct pack_summary *pack = &packs->items[shown];
        const struct summary summary = {.account_id = account_id,
                                        .id = pack->id,
                                        .name = pack->name,
                                        .description = pack->description};
        (void)json_array_append_new(list, make_summary(&summary));
    }
    // A list that does not say how many there are has at least those that it showed.
    uint64_t known = shown == 0 ? 0 : (page->number - 1) * page->size + shown;
    json_t *result = json_object();
    (void)json_object_set_new(result, "PageNumber", json_integer((json_int_t)page->number));
    (void)json_object_set_new(result, "PageSize", json_integer((json_int_t)page->size));
    (void)json_object_set_new(result, "TotalCount",
                              json_integer((json_int_t)(total > known ? total : known)));
    (void)json_object_set_new(result, "CompliancePacks", list);
    return result;
}
