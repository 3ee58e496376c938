// SPDX-License-Identifier: MIT
//
// The build without TLS: the hiredis that it is made with cannot be given another way to read and
// write.
#include "tls_session.h"

#define TEXT_OF(number) #number
#define TEXT(number)    TEXT_OF(number)

const char *redis_tls_support(void)
{
    return "TLS to Redis: no (hiredis " TEXT(HIREDIS_MAJOR) "." TEXT(HIREDIS_MINOR) "." TEXT(
        HIREDIS_PATCH) ")";
}

static enum err_kind refuse(struct err *err)
{
    return err_set(err, ERR_CONFIG, "this build has no TLS to Redis");
}

enum err_kind redis_tls_create(const struct redis_tls_config *config, struct redis_tls **tls_out,
                               struct err *err)
{
    (void)config;
    (void)tls_out;
    return refuse(err);
}

// There is none to be had, so nothing can be asked of one.

struct redis_tls *redis_tls_ref(struct redis_tls *tls)
{
    REQUIRE(tls == NULL);
    return tls;
}

void redis_tls_unref(struct redis_tls **tls)
{
    REQUIRE(*tls == NULL);
}

enum err_kind redis_tls_session_attach(const struct redis_tls *tls, const char *host,
                                       redisAsyncContext *context,
                                       struct redis_tls_session **session_out, struct err *err)
{
    (void)tls;
    (void)host;
    (void)context;
    (void)session_out;
    return refuse(err);
}

// cppcheck-suppress constParameter ; the shape is that of the build with TLS
void redis_tls_session_begin(struct redis_tls_session *session)
{
    REQUIRE(session == NULL);
}

bool redis_tls_session_is_secure(const struct redis_tls_session *session)
{
    REQUIRE(session == NULL);
    return false;
}

bool redis_tls_session_has_unread(const struct redis_tls_session *session)
{
    REQUIRE(session == NULL);
    return false;
}

const struct err *redis_tls_session_failure(const struct redis_tls_session *session)
{
    static const struct err NONE = {.kind = ERR_OK};
    REQUIRE(session == NULL);
    return &NONE;
}
