// SPDX-License-Identifier: MIT
//
// Whether a worker is there for what somebody waits for. Private to cli.
#pragma once

#include "session.h"

#include <stdbool.h>

// True when the list of workers has none, or only such as are silent (queue/control.h); false also when
// it cannot be read, since what is wrong then is said by the call that matters.
bool alive_is_nobody(struct session *session);
// Then says on standard error that `what` ("report") waits for one: a hint and no fault, since one may come
// at any time.
void alive_hint(struct session *session, const char *what);
