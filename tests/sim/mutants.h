// SPDX-License-Identifier: MIT
//
// Scripts that are broken on purpose: tests/chaos/mutants.cmake and one more (CMakeLists.txt), as a
// table that ends with a name of NULL.
#pragma once

#include "sim_redis.h"

extern const struct sim_redis_mutant sim_mutants[];
