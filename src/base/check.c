// SPDX-License-Identifier: MIT
#include "base/check.h"

#include <stdio.h>
#include <stdlib.h>

_Noreturn void check_failed(const char *kind, const char *expression, const char *file, int line)
{
    (void)fprintf(stderr, "packreport: %s failed: %s (%s:%d)\n", kind, expression, file, line);
    abort();
}
