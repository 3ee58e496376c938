// SPDX-License-Identifier: MIT
//
// The credential files of a folder, read at start and on reload, kept as secrets. Which of them are
// used is for the accounts to say, so a file that cannot be a token is no error until an account
// names it. Blocking; thread: the loop's, at start and on SIGHUP.
#pragma once

#include "base/err.h"
#include "base/secret.h"

enum { CREDENTIALS_MAX = 10000 }; // files in the folder

struct credentials;

// ERR_CONFIG when the folder cannot be read.
enum err_kind credentials_create(const char *folder, struct credentials **credentials_out,
                                 struct err *err);
void credentials_destroy(struct credentials **credentials);

// Reads all files again. A file that is gone is forgotten; one that can no longer be read as a
// token keeps its old content, and the error (ERR_CONFIG) names it. When the folder cannot be
// read, everything stays.
enum err_kind credentials_reload(struct credentials *credentials, struct err *err);

// The token in the file `name`; valid until the next reload. NULL with ERR_DENIED, naming the
// file, when there is none.
const struct secret *credentials_find(const struct credentials *credentials, const char *name,
                                      struct err *err);
