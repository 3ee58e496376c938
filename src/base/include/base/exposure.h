// SPDX-License-Identifier: MIT
//
// Who can get at a file that holds a secret. Thread: any.
#pragma once

#include <stdbool.h>
#include <sys/stat.h>

enum { EXPOSURE_MODE_SHOWN = 07777 }; // the bits of a mode that a message shows

// Whether its mode lets others than its owner at a file: a bit of 0077 is set. Only a file of root
// may have 0040, which is how systemd.exec(5), LoadCredential=, shows a credential that an access
// control list opens for the service's user, and how root lends a file to a group.
bool exposure_is_there(const struct stat *status);
