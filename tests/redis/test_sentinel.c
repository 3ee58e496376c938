// SPDX-License-Identifier: MIT
//
// The master is where Sentinel says: from real Sentinels, and from ones that are silent, cut off or
// wrong.
#include "fake_names.h"
#include "fake_server.h"
#include "fixture.h"
#include "loop_run.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

enum { NODES_MAX = 4, CHECK_MS = 20 };

struct nodes {
    struct redis_node list[NODES_MAX];
    size_t count;
};

static void add_node(struct nodes *nodes, uint16_t port)
{
    nodes->list[nodes->count++] = (struct redis_node){.host = "127.0.0.1", .port = port};
}

// A fixture without a server of its own that asks `nodes`.
static void open_fixture(struct fixture *f, const struct nodes *nodes)
{
    fixture_open_tcp(f, 1);
    f->config.host = NULL;
    f->config.port = 0;
    f->config.sentinels = nodes->list;
    f->config.sentinel_count = nodes->count;
    f->config.master_name = "main";
}

static struct redis_server *start_server(void)
{
    return redis_server_start(&(struct redis_server_options){.tcp = true});
}

static void print_address(const struct redis_server *server, char *text_out, size_t size)
{
    (void)snprintf(text_out, size, "127.0.0.1:%u", (unsigned)redis_server_port(server));
}

static void expect_master(const struct fixture *f, const struct redis_server *server)
{
    char text[64];
    print_address(server, text, sizeof(text));
    cr_expect_str_eq(redis_connection_master(f->connection), text);
}

static void expect_answer(struct fixture *f)
{
    struct answer answer;
    fixture_ask(f, "SET a b", &answer);
    cr_expect_str_eq(answer.text, "OK", "%s%s", answer.text, answer.err.message);
}

// ---- real ones

static struct redis_server *start_sentinel(const struct redis_server *master, const char *more)
{
    char lines[512];
    (void)snprintf(lines, sizeof(lines),
                   "sentinel monitor main 127.0.0.1 %u 1\n"
                   "sentinel down-after-milliseconds main 2000\n"
                   "sentinel failover-timeout main 4000\n%s",
                   (unsigned)redis_server_port(master), more);
    return redis_server_start(&(struct redis_server_options){.sentinel = lines});
}

Test(sentinel, names_the_master)
{
    struct redis_server *master = start_server();
    struct redis_server *sentinel = start_sentinel(master, "");
    struct nodes nodes = {0};
    add_node(&nodes, 1); // nobody listens there
    add_node(&nodes, redis_server_port(sentinel));
    nodes.list[1].host = "two.example.com"; // whose first address has no Sentinel
    struct fixture f;
    open_fixture(&f, &nodes);
    fixture_connect(&f);
    cr_expect_str_eq(redis_connection_master(f.connection), "");
    fixture_wait_ready(&f, 1);
    cr_expect(f.down_calls == 0, "%s", f.down_err.message);
    expect_master(&f, master);
    expect_answer(&f);
    fixture_close(&f);
    redis_server_stop(&sentinel);
    redis_server_stop(&master);
}

Test(sentinel, has_a_password_of_its_own)
{
    struct redis_server *master = start_server();
    struct redis_server *sentinel =
        start_sentinel(master, "user default on >of-sentinel ~* &* +@all\n");
    struct nodes nodes = {0};
    add_node(&nodes, redis_server_port(sentinel));
    struct fixture f;
    open_fixture(&f, &nodes);
    fixture_connect(&f);
    fixture_wait_down(&f, 1);
    cr_expect(f.down_err.kind == ERR_DENIED, "%s", f.down_err.message);
    cr_expect(strstr(f.down_err.message, "sentinel 127.0.0.1:") != NULL, "%s", f.down_err.message);
    struct fixture g;
    open_fixture(&g, &nodes);
    struct secret *password = secret_create("of-sentinel", strlen("of-sentinel"));
    g.config.sentinel_password = password;
    fixture_connect(&g);
    secret_destroy(&password); // it was copied
    fixture_wait_ready(&g, 1);
    expect_answer(&g);
    fixture_close(&g);
    fixture_close(&f);
    redis_server_stop(&sentinel);
    redis_server_stop(&master);
}

// It answers the question all the same, which a real one does where the default user has no password.
Test(sentinel, that_refuses_the_password_is_not_believed)
{
    struct redis_server *master = start_server();
    char port[16];
    char address[64];
    (void)snprintf(port, sizeof(port), "%u", (unsigned)redis_server_port(master));
    (void)snprintf(address, sizeof(address), "*2\r\n$9\r\n127.0.0.1\r\n$%zu\r\n%s\r\n",
                   strlen(port), port);
    const char *const answers[] = {"-WRONGPASS invalid username-password pair\r\n", address, NULL};
    struct nodes nodes = {0};
    add_node(&nodes, 0);
    struct fixture f;
    open_fixture(&f, &nodes);
    struct fake_server *fake =
        fake_server_start(&f.loop, &(struct fake_script){.answers = answers});
    nodes.list[0].port = fake_server_port(fake);
    struct secret *password = secret_create("wrong", strlen("wrong"));
    f.config.sentinel_password = password;
    f.config.sentinel_user = "somebody";
    fixture_connect(&f);
    fixture_wait_down(&f, 1);
    cr_expect(f.down_err.kind == ERR_DENIED, "%s", f.down_err.message);
    cr_expect(strstr(f.down_err.message, ": AUTH: Redis replied: WRONGPASS") != NULL, "%s",
              f.down_err.message);
    cr_expect(f.ready_calls == 0);
    secret_destroy(&password);
    fake_server_stop(fake);
    fixture_close(&f);
    redis_server_stop(&master);
}

static bool knows_the_replica(void *sentinel)
{
    return strstr(redis_server_command(sentinel, "INFO sentinel"), "slaves=1") != NULL;
}

static bool answers_ok(struct fixture *f)
{
    struct answer answer;
    fixture_ask(f, "SET a b", &answer);
    return strcmp(answer.text, "OK") == 0;
}

Test(sentinel, failover_is_followed_and_the_old_master_is_not_used_again)
{
    struct redis_server *master = start_server();
    char of_master[64];
    (void)snprintf(of_master, sizeof(of_master), "127.0.0.1 %u", redis_server_port(master));
    const char *const settings[] = {"--replicaof", of_master, NULL};
    struct redis_server *replica =
        redis_server_start(&(struct redis_server_options){.tcp = true, .arguments = settings});
    struct redis_server *sentinel = start_sentinel(master, "");
    struct nodes nodes = {0};
    add_node(&nodes, redis_server_port(sentinel));
    struct fixture f;
    open_fixture(&f, &nodes);
    f.config.role_check_ms = CHECK_MS;
    fixture_connect(&f);
    fixture_wait_ready(&f, 1);
    expect_master(&f, master);
    cr_assert(loop_run_until(&f.loop, knows_the_replica, sentinel));
    redis_server_kill(master);
    fixture_wait_ready(&f, 2);
    expect_master(&f, replica);
    expect_answer(&f);
    redis_server_launch(master); // says that it is a master, until Sentinel tells it otherwise
    while (strstr(redis_server_command(replica, "INFO replication"), "connected_slaves:1") ==
           NULL) {
        cr_expect(answers_ok(&f));
    }
    expect_master(&f, replica);
    fixture_close(&f);
    redis_server_stop(&sentinel);
    redis_server_stop(&replica);
    redis_server_stop(&master);
}

// ---- such as do not help

struct fakes {
    struct fake_server *servers[NODES_MAX];
    char texts[NODES_MAX][64];
    const char *answers[NODES_MAX][2];
    struct nodes nodes;
};

// `port` 0: says `other`, NULL for nothing at all.
static void add_fake(struct fakes *fakes, uv_loop_t *loop, uint16_t port, const char *other)
{
    size_t i = fakes->nodes.count;
    if (port != 0) {
        (void)snprintf(fakes->texts[i], sizeof(fakes->texts[i]),
                       "*2\r\n$9\r\n127.0.0.1\r\n$5\r\n%05u\r\n", (unsigned)port);
        other = fakes->texts[i];
    }
    fakes->answers[i][0] = other;
    fakes->servers[i] =
        fake_server_start(loop, &(struct fake_script){.answers = fakes->answers[i]});
    add_node(&fakes->nodes, fake_server_port(fakes->servers[i]));
}

static void connect_by(struct fixture *f, struct fakes *fakes)
{
    f->config.host = NULL;
    f->config.sentinels = fakes->nodes.list;
    f->config.sentinel_count = fakes->nodes.count;
    f->config.master_name = "main";
    fixture_connect(f);
}

static void end(struct fixture *f, struct fakes *fakes)
{
    for (size_t i = 0; i < fakes->nodes.count; i++) {
        fake_server_stop(fakes->servers[i]);
    }
    fixture_close(f);
}

Test(sentinel, that_does_not_help_is_passed_over)
{
    static const char *const ANSWERS[] = {
        NULL, // silent
        "*-1\r\n",
        "-IDONTKNOW not yet\r\n",
        "*2\r\n$0\r\n\r\n$4\r\n6379\r\n",
        "*2\r\n$9\r\n127.0.0.1\r\n$5\r\n99999\r\n",
        "+OK\r\n",
    };
    struct redis_server *master = start_server();
    for (size_t i = 0; i < ARRAY_LEN(ANSWERS); i++) {
        struct fixture f;
        struct fakes fakes = {0};
        fixture_open_tcp(&f, 1);
        add_fake(&fakes, &f.loop, 0, ANSWERS[i]);
        add_fake(&fakes, &f.loop, redis_server_port(master), NULL);
        connect_by(&f, &fakes);
        fixture_wait_ready(&f, 1);
        cr_expect(f.down_calls == 0, "%s", f.down_err.message);
        // The one that answered is asked first the next time.
        unsigned asked = fake_server_clients(fakes.servers[0]);
        struct err why = ERR_INIT;
        (void)err_set(&why, ERR_UNAVAILABLE, "a test");
        redis_connection_renew(f.connection, &why);
        fixture_wait_ready(&f, 2);
        cr_expect(fake_server_clients(fakes.servers[0]) == asked);
        end(&f, &fakes);
    }
    redis_server_stop(&master);
}

Test(sentinel, when_none_helps_it_says_so_and_goes_on_asking)
{
    struct fixture f;
    struct fakes fakes = {0};
    fixture_open_tcp(&f, 1);
    add_fake(&fakes, &f.loop, 0, "*-1\r\n");
    add_fake(&fakes, &f.loop, 0, "*-1\r\n");
    connect_by(&f, &fakes);
    fixture_wait_down(&f, 3);
    cr_expect(f.down_err.kind == ERR_UNAVAILABLE, "%s", f.down_err.message);
    cr_expect(strstr(f.down_err.message, "none of 2 Sentinels names the master \"main\"") != NULL,
              "%s", f.down_err.message);
    cr_expect(strstr(f.down_err.message, "it knows no master named \"main\"") != NULL, "%s",
              f.down_err.message);
    end(&f, &fakes);
}

// One that was cut off still names what is a replica now.
Test(sentinel, that_names_no_master_is_asked_last)
{
    struct redis_server *master = start_server();
    struct redis_server *replica = start_server();
    char line[64];
    (void)snprintf(line, sizeof(line), "REPLICAOF 127.0.0.1 %u",
                   (unsigned)redis_server_port(master));
    (void)redis_server_command(replica, line);
    struct fixture f;
    struct fakes fakes = {0};
    fixture_open_tcp(&f, 1);
    add_fake(&fakes, &f.loop, redis_server_port(replica), NULL);
    add_fake(&fakes, &f.loop, redis_server_port(master), NULL);
    connect_by(&f, &fakes);
    fixture_wait_ready(&f, 1);
    cr_expect(f.down_calls == 1 && strstr(f.down_err.message, "is a replica") != NULL, "%s",
              f.down_err.message);
    expect_master(&f, master);
    end(&f, &fakes);
    redis_server_stop(&replica);
    redis_server_stop(&master);
}

static bool was_asked_often(void *context)
{
    const struct fakes *fakes = context;
    return fake_server_clients(fakes->servers[0]) + fake_server_clients(fakes->servers[1]) +
               fake_server_clients(fakes->servers[2]) >
           20;
}

struct destination {
    const struct fixture *fixture;
    const struct redis_server *server;
};

static bool has_arrived(void *context)
{
    const struct destination *destination = context;
    const struct fixture *f = destination->fixture;
    char text[64];
    print_address(destination->server, text, sizeof(text));
    return redis_connection_is_ready(f->connection) &&
           strcmp(redis_connection_master(f->connection), text) == 0;
}

// A master that does not know yet that it was replaced takes what is lost later.
Test(sentinel, master_is_left_when_two_name_another_and_not_when_one_does)
{
    struct redis_server *old = start_server();
    struct redis_server *fresh = start_server();
    for (unsigned for_fresh = 1; for_fresh <= 2; for_fresh++) {
        struct fixture f;
        struct fakes fakes = {0};
        fixture_open_tcp(&f, 1);
        f.config.role_check_ms = 1;
        add_fake(&fakes, &f.loop, redis_server_port(old), NULL);
        add_fake(&fakes, &f.loop, redis_server_port(fresh), NULL);
        add_fake(&fakes, &f.loop, redis_server_port(for_fresh == 2 ? fresh : old), NULL);
        connect_by(&f, &fakes);
        fixture_wait_ready(&f, 1);
        if (for_fresh == 2) {
            // The one Sentinel that is wrong may be asked first again, and the old master be left twice.
            struct destination destination = {.fixture = &f, .server = fresh};
            cr_assert(loop_run_until(&f.loop, has_arrived, &destination));
            cr_expect(strstr(f.down_err.message, "Sentinel has made") != NULL, "%s",
                      f.down_err.message);
        } else {
            cr_assert(loop_run_until(&f.loop, was_asked_often, &fakes));
            expect_master(&f, old);
            cr_expect(f.ready_calls == 1);
        }
        expect_answer(&f);
        end(&f, &fakes);
    }
    redis_server_stop(&fresh);
    redis_server_stop(&old);
}

// ---- names

Test(sentinel, whose_name_is_not_found_in_time_is_passed_over)
{
    struct redis_server *master = start_server();
    struct fixture f;
    struct fakes fakes = {0};
    fixture_open_tcp(&f, 1);
    add_fake(&fakes, &f.loop, redis_server_port(master), NULL);
    add_fake(&fakes, &f.loop, redis_server_port(master), NULL);
    fakes.nodes.list[0].host = "held.example.com";
    fake_names_hold();
    connect_by(&f, &fakes);
    fixture_wait_ready(&f, 1);
    fake_names_release(); // its answer is for nobody now
    expect_answer(&f);
    cr_expect(f.down_calls == 0 && fake_server_clients(fakes.servers[0]) == 0);
    end(&f, &fakes);
    redis_server_stop(&master);
}

static bool was_asked_again(void *context)
{
    const struct fakes *fakes = context;
    return fake_server_clients(fakes->servers[0]) > 1;
}

static bool is_ready(void *context)
{
    const struct fixture *f = context;
    return f->ready_calls > 0;
}

// The addresses of the name before are not taken for those of the next.
Test(sentinel, names_another_host_while_the_first_is_looked_up)
{
    struct redis_server *master = start_server();
    struct fixture f;
    struct fakes fakes = {0};
    fixture_open_tcp(&f, 1);
    f.config.connect_timeout_ms = 1000;
    add_fake(&fakes, &f.loop, redis_server_port(master), NULL);
    (void)snprintf(fakes.texts[0], sizeof(fakes.texts[0]),
                   "*2\r\n$16\r\nheld.example.com\r\n$5\r\n%05u\r\n",
                   (unsigned)redis_server_port(master));
    fake_names_hold();
    connect_by(&f, &fakes);
    fixture_wait_down(&f, 1);
    cr_expect(strstr(f.down_err.message, "held.example.com: resolve") != NULL, "%s",
              f.down_err.message);
    (void)snprintf(fakes.texts[0], sizeof(fakes.texts[0]),
                   "*2\r\n$15\r\nnowhere.invalid\r\n$5\r\n%05u\r\n",
                   (unsigned)redis_server_port(master));
    cr_assert(loop_run_until(&f.loop, was_asked_again, &fakes));
    // It waits for the second name now; nothing tells of that.
    cr_expect(!loop_run_until_in(&f.loop, is_ready, &f, 100));
    fake_names_release();
    fixture_wait_down(&f, 3);
    cr_expect(f.ready_calls == 0);
    cr_expect(strstr(f.down_err.message, "nowhere.invalid: resolve") != NULL, "%s",
              f.down_err.message);
    end(&f, &fakes);
    redis_server_stop(&master);
}

// ---- without Sentinel

Test(sentinel, role_is_checked_without_one_too)
{
    struct fixture f;
    fixture_open(&f, NULL);
    f.config.role_check_ms = CHECK_MS;
    fixture_connect(&f);
    fixture_wait_ready(&f, 1);
    (void)redis_server_command(f.server, "REPLICAOF 127.0.0.1 1");
    fixture_wait_down(&f, 1); // nothing was sent but the check
    cr_expect(strstr(f.down_err.message, "is a replica") != NULL, "%s", f.down_err.message);
    (void)redis_server_command(f.server, "REPLICAOF NO ONE");
    fixture_wait_ready(&f, 2);
    fixture_close(&f);
}
