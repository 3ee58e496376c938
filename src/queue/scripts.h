// SPDX-License-Identifier: MIT
//
// The Lua scripts, made into strings by scripts/embed.cmake. Private to queue.
#pragma once

extern const char queue_script_account[];
extern const char queue_script_accounts[];
extern const char queue_script_admit[];
extern const char queue_script_audit[];
extern const char queue_script_cancel[];
extern const char queue_script_claim[];
extern const char queue_script_dead[];
extern const char queue_script_depth[];
extern const char queue_script_finish[];
extern const char queue_script_inspect[];
extern const char queue_script_leave[];
extern const char queue_script_letter[];
extern const char queue_script_mend[];
extern const char queue_script_pause[];
extern const char queue_script_prepare[];
extern const char queue_script_probe[];
extern const char queue_script_read[];
extern const char queue_script_renew[];
extern const char queue_script_report[];
extern const char queue_script_sweep[];
extern const char queue_script_tell[];
extern const char queue_script_visit[];
extern const char queue_script_workers[];
