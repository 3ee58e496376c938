// SPDX-License-Identifier: MIT
//
// The pack source that asks SecMaster (source/pack_source.h is its interface). Apart from it, so
// that who only fetches packs sees nothing of HTTP. Thread: the loop's.
#pragma once

#include "base/err.h"
#include "http/client.h"
#include "source/pack_source.h"

struct secmaster_config {
    const char *credentials_folder; // holds the files that accounts name
    const char *language;           // X-Language when a request has none: "en-us" or "zh-cn"
    struct http_config http;
};
// GET {base_url}/v2/{project_id}/workspaces/{workspace_id}/sa/baseline/compliance-packages/{id}
// with X-Auth-Token, content-type and X-Language (huawei-secmaster.md 1.1); lists by POST
// …/compliance-packages/search (1.4). Every error shape of 1.3 and 5 is understood. ERR_CONFIG when
// the credentials folder or the CA file is not there.
enum err_kind pack_source_secmaster_create(uv_loop_t *loop, const struct secmaster_config *config,
                                           struct pack_source **source_out, struct err *err);
