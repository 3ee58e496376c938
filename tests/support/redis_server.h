// SPDX-License-Identifier: MIT
//
// A private redis-server for one test: a real one (or what PACKREPORT_REDIS_SERVER in the
// environment names, valkey-server for one, which is to pass the same tests), in a temporary folder
// of its own, on a Unix socket and, when asked for, on a free port of 127.0.0.1. It dies with the
// process that started it. Whatever goes wrong here is a broken test environment: it is said on
// standard error, and the process aborts. Add tests/support/redis_server.c to the SOURCES of the
// test. Thread: one.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct redis_server;

struct redis_server_options {
    bool tcp;         // listens on a free loopback port, too
    bool append_only; // appendonly yes, appendfsync always; otherwise nothing is kept on disk
    // PEM files: it listens on a free loopback port with TLS in place of `tcp`, and asks for no
    // client certificate. NULL: none.
    const char *tls_cert;
    const char *tls_key;
    // More settings as on redis-server's command line ("--requirepass", "secret", …), ended by
    // NULL. NULL for none.
    const char *const *arguments;
    // Lines of a sentinel.conf ("sentinel monitor …"): a Sentinel in place of a server, always on a
    // port. It takes neither `append_only` nor `arguments`. NULL for a server.
    const char *sentinel;
};

// Starts a server and waits until it answers. NULL options: Unix socket only, nothing on disk.
struct redis_server *redis_server_start(const struct redis_server_options *options);
// Ends the server, frozen or not, and removes its folder. NULL does nothing; nulls *server.
void redis_server_stop(struct redis_server **server);

// Ends the process as a crash does (SIGKILL), or in order (SIGTERM: clients are disconnected, files
// are written). The folder and the addresses stay.
void redis_server_kill(struct redis_server *server);
void redis_server_shut_down(struct redis_server *server);
// Starts it again in the same folder, on the same addresses, and waits until it answers.
void redis_server_launch(struct redis_server *server);
// redis_server_shut_down and redis_server_launch.
void redis_server_restart(struct redis_server *server);

// SIGSTOP and SIGCONT: the server is there, takes connections, and says nothing.
void redis_server_freeze(struct redis_server *server);
void redis_server_thaw(struct redis_server *server);

// Sends one command over a connection of its own, as a line ("CONFIG SET maxmemory 1", quotes as in
// redis-cli), and returns the reply: a line with its type byte and without the line end ("+OK",
// ":3", "-ERR …"), a bulk reply as "$" and its bytes, of a list only its head ("*2"). Valid until
// the next call. For users without a password only.
const char *redis_server_command(struct redis_server *server, const char *line);

const char *redis_server_unix_path(const struct redis_server *server);
uint16_t redis_server_port(const struct redis_server *server); // 0 without tcp and TLS
const char *redis_server_folder(const struct redis_server *server);
pid_t redis_server_pid(const struct redis_server *server);
