// SPDX-License-Identifier: MIT
//
// GetCompliancePackReport of a front door, or the same for an account group: where the last complete
// report of a pack lies. Private to cli. Thread: main.
#pragma once

#include "web.h"

struct ask_link {
    const char *endpoint;        // "https://host", with a port or not, without a path
    const char *access_key_file; // NULL: an open door
    const char *account;         // NULL: the key's
    const char *aggregator;      // NULL: a report of the account alone
    const char *pack;
};

// Whether a text is such an endpoint.
bool ask_link_is_endpoint(const char *text);

// The link (mem_free). ERR_NOT_FOUND when there is no complete report, or none that the door
// serves; ERR_DENIED, ERR_INVALID and ERR_UNAVAILABLE for what the door refuses, with its code and
// message; ERR_CORRUPT for what is no answer of a front door; ERR_CONFIG for the key's file.
enum err_kind ask_link(struct web *web, const struct ask_link *question, char **link_out,
                       struct err *err);
