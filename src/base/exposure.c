// SPDX-License-Identifier: MIT
#include "base/exposure.h"

enum { OTHERS = S_IRWXG | S_IRWXO };

bool exposure_is_there(const struct stat *status)
{
    mode_t forbidden = status->st_uid == 0 ? OTHERS & (mode_t)~S_IRGRP : OTHERS;
    return (status->st_mode & forbidden) != 0;
}
