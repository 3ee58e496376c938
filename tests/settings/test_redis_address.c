// SPDX-License-Identifier: MIT
#include "settings/redis_address.h"

#include <criterion/criterion.h>
#include <string.h>

struct good_address {
    const char *text;
    const char *unix_path;
    const char *host;
    uint16_t port;
};

static const struct good_address GOOD[] = {
    {"unix:/run/redis.sock", "/run/redis.sock", "", 0},
    {"redis.example.com", "", "redis.example.com", 6379},
    {"redis.example.com:6380", "", "redis.example.com", 6380},
    {"127.0.0.1:65535", "", "127.0.0.1", 65535},
    {"[::1]", "", "::1", 6379},
    {"[fe80::1%eth0]:7000", "", "fe80::1%eth0", 7000},
    {"redis://h", "", "h", 6379},
    {"redis://h:1", "", "h", 1},
};

Test(redis_address, reads_every_form)
{
    for (size_t i = 0; i < ARRAY_LEN(GOOD); i++) {
        struct redis_address address;
        struct err err = ERR_INIT;
        cr_assert_eq(redis_address_parse(GOOD[i].text, &address, &err), ERR_OK, "%s: %s",
                     GOOD[i].text, err.message);
        cr_expect_str_eq(address.unix_path, GOOD[i].unix_path);
        cr_expect_str_eq(address.host, GOOD[i].host);
        cr_expect_eq(address.port, GOOD[i].port);
    }
}

static const struct {
    const char *text;
    const char *message;
} BAD[] = {
    {"", "the host's name has 0 bytes; it needs 1 to 253"},
    {":6379", "the host's name has 0 bytes; it needs 1 to 253"},
    {"h:", "the port is not a number from 1 to 65535"},
    {"h:65536", "the port is not a number from 1 to 65535"},
    {"h:6379 ", "the port is not a number from 1 to 65535"},
    {"a b", "the host's name has a character that none can have; host:port, without quotes or "
            "blanks, is right"},
    {"/run/redis.sock", "a Unix socket is written unix:/path"},
    {"::1", "write an IPv6 address in brackets: [::1]:6379"},
    {"[::1", "\"[\" without \"]\""},
    {"[::1]6379", "behind the host stands \":\" and a port, or nothing"},
    {"unix:", "the path of a Unix socket begins with \"/\""},
#if !PACKREPORT_REDIS_TLS
    {"rediss://h",
     "this build has no TLS to Redis, which takes hiredis 1.1 or newer (Debian 13 has "
     "it, Debian 12 has not); use redis://, or a Unix socket to a local TLS tunnel"},
#else
    {"rediss://h/1", "nothing stands behind the port; the database is a setting of its own"},
    {"rediss:h", "the port is not a number from 1 to 65535"},
#endif
    {"redis://h/1", "nothing stands behind the port; the database is a setting of its own"},
    {"http://h", "write unix:/path, host:port, redis://host:port or rediss://host:port"},
    {"redis://:hunter2@h", "user and password do not belong into the address; use the settings "
                           "user and credential"},
};

Test(redis_address, says_what_would_be_right)
{
    for (size_t i = 0; i < ARRAY_LEN(BAD); i++) {
        struct redis_address address = {.host = "untouched"};
        struct err err = ERR_INIT;
        cr_expect_eq(redis_address_parse(BAD[i].text, &address, &err), ERR_CONFIG, "%s",
                     BAD[i].text);
        cr_expect_str_eq(err.message, BAD[i].message);
        cr_expect_str_eq(address.host, "untouched");
    }
}

Test(redis_address, reads_sentinels)
{
    struct sentinel_addresses sentinels;
    struct err err = ERR_INIT;
    cr_assert_eq(sentinel_addresses_parse(" a:1,b ,\t[::1]:3", &sentinels, &err), ERR_OK, "%s",
                 err.message);
    cr_assert_eq(sentinels.count, 3);
    cr_expect_str_eq(sentinels.list[0].host, "a");
    cr_expect_eq(sentinels.list[0].port, 1);
    cr_expect_str_eq(sentinels.list[1].host, "b");
    cr_expect_eq(sentinels.list[1].port, 26379);
    cr_expect_str_eq(sentinels.list[2].host, "::1");
    cr_expect_eq(sentinels.list[2].port, 3);
    cr_expect(!sentinels.tls);
    cr_expect_eq(sentinel_addresses_parse("", &sentinels, &err), ERR_CONFIG);
}

#if PACKREPORT_REDIS_TLS
Test(redis_address, knows_who_asks_for_tls)
{
    struct redis_address address;
    struct sentinel_addresses sentinels;
    struct err err = ERR_INIT;
    cr_assert_eq(redis_address_parse("rediss://h", &address, &err), ERR_OK, "%s", err.message);
    cr_expect(address.tls && address.port == REDIS_ADDRESS_PORT);
    cr_expect_str_eq(address.host, "h");
    cr_assert_eq(redis_address_parse("rediss://[::1]:7", &address, &err), ERR_OK, "%s",
                 err.message);
    cr_expect(address.tls && address.port == 7);
    cr_assert_eq(redis_address_parse("redis://h", &address, &err), ERR_OK, "%s", err.message);
    cr_expect(!address.tls);
    cr_assert_eq(sentinel_addresses_parse("rediss://a:1, rediss://[::1]", &sentinels, &err), ERR_OK,
                 "%s", err.message);
    cr_expect(sentinels.tls && sentinels.count == 2);
    cr_expect_str_eq(sentinels.list[1].host, "::1");
    cr_expect_eq(sentinel_addresses_parse("rediss://a, b", &sentinels, &err), ERR_CONFIG);
    cr_expect_str_eq(err.message, "\"b\": write rediss:// before all Sentinels, or before none");
    cr_assert_eq(cluster_addresses_parse("rediss://a, rediss://b:7", &sentinels, &err), ERR_OK,
                 "%s", err.message);
    cr_expect(sentinels.tls && sentinels.list[0].port == REDIS_ADDRESS_PORT);
    err = ERR_INIT;
    cr_expect_eq(cluster_addresses_parse("a, rediss://b", &sentinels, &err), ERR_CONFIG);
    cr_expect_str_eq(err.message,
                     "\"rediss://b\": write rediss:// before all nodes, or before none");
}
#endif
