// SPDX-License-Identifier: MIT
//
// Policies and access keys from JSON with ' for ". What should be right and is not fails the test.
#pragma once

#include "access_keys.h"
#include "ram_policy.h"

// The policies of an array; NULL with `err` when they are refused.
struct ram_policies *policies_read(const char *quoted, struct err *err);
struct ram_policies *policies_of(const char *quoted);

enum err_kind keys_read(const char *quoted, struct access_keys **keys_out, struct err *err);
struct access_keys *keys_of(const char *quoted);
