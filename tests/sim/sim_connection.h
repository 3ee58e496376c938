// SPDX-License-Identifier: MIT
//
// What the simulation knows of connections besides redis/connection.h, whose functions
// sim_connection.c puts in the place of the real ones. Thread: one.
#pragma once

#include "redis/connection.h"
#include "sim_world.h"

// The path of a connection is cut: commands that are under way may arrive or not, answers are lost.
void sim_connection_cut(struct redis_connection *connection);
// The server has gone: so are all connections.
void sim_connections_cut_all(void);
// Their daemon is dead: nobody is called back any more. What is on its way may arrive.
void sim_connections_die(const struct sim_actor *actor);
// What is still on its way is freed, at the end of a world.
void sim_connections_forget(void);
