// SPDX-License-Identifier: MIT
//
// Lines and columns of what JSON pointers name in files, each of which is read once. Private to
// cli. Thread: main.
#pragma once

#include "domain/diag.h"
#include "domain/json_place.h"

struct places;

struct places *places_create(void);
void places_destroy(struct places **places);

// All zero when the file cannot be read (again).
struct json_place places_find(struct places *places, const char *file, const char *pointer);

// Gives lines and columns to diagnostics that have only a pointer.
void places_locate(struct places *places, struct diags *diags);
