// SPDX-License-Identifier: MIT
#include "base/buf.h"
#include "daemon.h"
#include "reload.h"

#include <stdio.h>
#include <stdlib.h>

enum { PROBLEM_BYTES = 16 * 1024 };

int daemon_check(const struct settings *settings)
{
    struct err err = ERR_INIT;
    struct judgement judgement = {0};
    struct redis_tls *tls = NULL;
    enum err_kind kind = redis_tls_read(settings, &tls, &err);
    redis_tls_unref(&tls);
    if (kind != ERR_OK || judgement_load(settings, &judgement, &err) != ERR_OK) {
        (void)fprintf(stderr, "packreportd: %s\n", err.message);
        return err_kind_exit_status(err.kind);
    }
    const struct diags *problems = &judgement.rulebook->problems;
    struct buf line;
    buf_init(&line, PROBLEM_BYTES);
    for (size_t i = 0; i < problems->count; i++) {
        buf_reset(&line);
        diag_format(&problems->items[i], &line);
        (void)fprintf(stderr, "packreportd: %s\n", buf_text(&line));
    }
    buf_deinit(&line);
    int status = problems->errors > 0 ? err_kind_exit_status(ERR_CONFIG) : EXIT_SUCCESS;
    judgement_deinit(&judgement);
    return status;
}
