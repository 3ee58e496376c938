// SPDX-License-Identifier: MIT
//
// What the front door does with a request. Private to api. Thread: the loop's.
#pragma once

#include "http/server.h"

// An http_handler; `owner` is the struct front_door. A link to a report is answered at
// once; anything else becomes a struct api_call, which is refused or given to its operation.
void reception_on_request(void *owner, struct http_call *http);
