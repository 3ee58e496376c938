// SPDX-License-Identifier: MIT
//
// Whether the policies of an access key let it do what it asks for. Private to api. Thread: the loop's.
#pragma once

#include "call.h"

// False when the call was refused, with what is missing (AccessDeniedDetail). The call has its
// operation and its request. A key without policies, and an open door, may do all.
bool permission_check(struct api_call *call);
