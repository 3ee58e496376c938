// SPDX-License-Identifier: MIT
//
// A TCP server on the test's own loop that answers as it is told, for what a real Redis does not do
// on demand: old versions, silence, resets, nonsense.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <uv.h>

enum fake_ending {
    FAKE_SILENCE, // takes everything, says nothing
    FAKE_RESET,   // ends the connection with RST
    FAKE_CLOSE,   // ends it in order
};

struct fake_script {
    const char *hello; // sent to each new client; NULL: nothing
    // Answers to the first, second, … command of each client, ended by NULL. The next command, or
    // the new client itself when there is none, is met with `ending`.
    const char *const *answers;
    enum fake_ending ending;
};

struct fake_server;

struct fake_server *fake_server_start(uv_loop_t *loop, const struct fake_script *script);
uint16_t fake_server_port(const struct fake_server *server);
unsigned fake_server_clients(const struct fake_server *server); // so far
// Closes the server and its clients; the loop must run on for them to go.
void fake_server_stop(struct fake_server *server);

// Answers to the greeting of a connection without password, database and name.
#define FAKE_CLIENT_ID  ":7\r\n"
#define FAKE_NO_HELLO   "-ERR unknown command\r\n"
#define FAKE_INFO(text) fake_info(text)
const char *fake_info(const char *text); // as a bulk reply; valid until the next call
