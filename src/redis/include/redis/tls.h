// SPDX-License-Identifier: MIT
//
// TLS to Redis: what the connections of a process share. It is read from files once, at the start
// or a reload; a connection keeps what it was made with until it connects again.
//
// TLS 1.2 or newer; the server's certificate and its name are always verified, and nothing is sent
// before they are. There is no way back to plain text. In a build without TLS (hiredis before 1.1)
// redis_tls_create is all that can be called, and refuses. Thread: created on any, then that of the
// loop whose connections use it.
#pragma once

#include "base/err.h"
#include "base/secret.h"

#include <stdbool.h>

enum { REDIS_TLS_CA_FILES_MAX = 10000 }; // in a folder of authorities

struct redis_tls;

struct redis_tls_config {
    // PEM file of the authorities that may sign the server's certificate, or a folder of such files
    // under the names that `openssl rehash` gives them; NULL: the system's.
    const char *ca_path;
    const char *cert_file;    // PEM, our certificate and then its chain; NULL: none
    const struct secret *key; // PEM, that of cert_file; NULL exactly when cert_file is
    const char *server_name;  // whom the server's certificate has to name; NULL: the host asked for
};

// Whether this build has TLS, as a line for --version: "TLS to Redis: yes (hiredis 1.2.0)".
const char *redis_tls_support(void);

// ERR_CONFIG: which of the files cannot be used, and why. One reference is the caller's. The config
// is not kept.
enum err_kind redis_tls_create(const struct redis_tls_config *config, struct redis_tls **tls_out,
                               struct err *err);
// NULL for NULL.
struct redis_tls *redis_tls_ref(struct redis_tls *tls);
// Nulls *tls; nothing for NULL. Links that were made with it go on.
void redis_tls_unref(struct redis_tls **tls);
