// SPDX-License-Identifier: MIT
//
// hiredis on libuv. Ours, because the adapter that comes with hiredis 0.14 ignores errors of the
// poll handle: a refused or reset connection would never be noticed. Thread: the loop's.
#pragma once

#include "base/err.h"
#include "base/loop.h"
#include "hiredis_api.h"

// Lets the loop drive `context`, which has a socket and no error. Its handles end by
// themselves when hiredis lets go of the context; `closing` counts them while they are open. `on_read` comes after
// each read that did not end the context. On failure the context is as before.
enum err_kind redis_adapter_attach(uv_loop_t *loop, redisAsyncContext *context,
                                   struct loop_closing *closing,
                                   void (*on_read)(redisAsyncContext *context), struct err *err);
