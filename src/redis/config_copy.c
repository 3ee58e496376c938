// SPDX-License-Identifier: MIT
#include "config_copy.h"

#include "base/mem.h"

static void check(const struct redis_config *config)
{
    bool by_sentinel = config->sentinel_count > 0;
    bool by_cluster = config->cluster != NULL;
    REQUIRE(!by_cluster || (!by_sentinel && config->unix_path == NULL && config->database == 0));
    REQUIRE(by_sentinel || by_cluster || config->unix_path != NULL ||
            (config->host != NULL && config->port != 0));
    REQUIRE(!by_sentinel || (config->unix_path == NULL && config->master_name != NULL));
    REQUIRE(config->sentinel_count <= REDIS_SENTINELS_MAX);
    REQUIRE(config->connect_timeout_ms > 0 && config->command_timeout_ms > 0);
    REQUIRE(config->backoff_base_ms > 0 && config->backoff_cap_ms > 0);
}

void redis_config_copy_init(struct redis_config_copy *copy, const struct redis_config *config)
{
    check(config);
    copy->config = *config;
    copy->password = secret_dup(config->password);
    copy->sentinel_password = secret_dup(config->sentinel_password);
    for (size_t i = 0; i < config->sentinel_count; i++) {
        copy->sentinels[i] = config->sentinels[i];
        copy->sentinels[i].host = mem_text(config->sentinels[i].host);
    }
    copy->config.unix_path = mem_text(config->unix_path);
    copy->config.host = mem_text(config->host);
    copy->config.sentinels = copy->sentinels;
    copy->config.master_name = mem_text(config->master_name);
    copy->config.sentinel_user = mem_text(config->sentinel_user);
    copy->config.sentinel_password = copy->sentinel_password;
    copy->config.tls = redis_tls_ref(config->tls);
    copy->config.user = mem_text(config->user);
    copy->config.password = copy->password;
    copy->config.name = mem_text(config->name);
}

void redis_config_copy_deinit(struct redis_config_copy *copy)
{
    for (size_t i = 0; i < copy->config.sentinel_count; i++) {
        mem_free(&copy->sentinels[i].host);
    }
    mem_free(&copy->config.unix_path);
    mem_free(&copy->config.host);
    mem_free(&copy->config.master_name);
    mem_free(&copy->config.sentinel_user);
    mem_free(&copy->config.user);
    mem_free(&copy->config.name);
    secret_destroy(&copy->sentinel_password);
    secret_destroy(&copy->password);
    redis_tls_unref(&copy->config.tls);
}

void redis_config_copy_set_password(struct redis_config_copy *copy, const struct secret *password)
{
    struct secret *fresh = secret_dup(password);
    secret_destroy(&copy->password);
    copy->password = fresh;
    copy->config.password = fresh;
}

void redis_config_copy_set_tls(struct redis_config_copy *copy, struct redis_tls *tls)
{
    REQUIRE((copy->config.tls == NULL) == (tls == NULL));
    struct redis_tls *old = copy->config.tls;
    copy->config.tls = redis_tls_ref(tls);
    redis_tls_unref(&old);
}
