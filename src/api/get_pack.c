// SPDX-License-Identifier: MIT
//
// GetCompliancePack. The vendor's packs are made of rules, those of the source of check items: a
// check item is here what a rule is there. Members that the source has nothing for are left out.
#include "call.h"
#include "pack_document.h"
#include "pack_reading.h"

#include "domain/pack.h"

static json_t *make(const struct api_call *call, struct span json, const char *name,
                    struct err *err)
{
    struct diags diags;
    struct pack *pack = NULL;
    diags_init(&diags);
    enum err_kind kind = pack_load(json.bytes, json.len, name, &pack, &diags, err);
    diags_deinit(&diags);
    if (kind != ERR_OK) {
        return NULL;
    }
    json_t *members = json_object();
    (void)json_object_set_new(members, "CompliancePack",
                              pack_document_whole(&call->entry.request, pack));
    pack_destroy(&pack);
    return members;
}

void get_pack_run(struct api_call *call)
{
    enum pack_presence presence;
    const struct request *asked = &call->entry.request;
    if (pack_lookup_recall(call->door->packs, asked->account_id, asked->pack_id, &presence) &&
        presence == PACK_ABSENT) {
        api_call_refuse_code(call, ANSWER_PACK_UNKNOWN, "");
        return;
    }
    const struct pack_request request = {.account = call->account,
                                         .pack_id = asked->pack_id,
                                         .language = asked->language,
                                         .trace = &call->trace};
    struct pack_source *source = call->door->parts.source;
    (void)source->methods->fetch(source, &request, pack_reading_on_fetched,
                                 pack_reading_create(call, make));
}
