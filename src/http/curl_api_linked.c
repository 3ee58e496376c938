// SPDX-License-Identifier: MIT
#include "curl_api.h"

const struct curl_api *curl_api(void)
{
    static const struct curl_api api = {
#define CURL_API_LINKED(name) .name = curl_##name,
        CURL_API(CURL_API_LINKED)
#undef CURL_API_LINKED
    };
    return &api;
}
