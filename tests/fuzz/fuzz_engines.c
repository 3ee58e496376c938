// SPDX-License-Identifier: MIT
//
// Input: a rule file (JSON, on one line), a line end, inventory lines. Whatever they are, the fast
// engine, with every kernel of the scanner and both ways to judge, says of them what the slow one says: the same findings
// with the same evidence, the same problems, the same counts.
#include "base/check.h"
#include "base/limits.h"
#include "base/mem.h"
#include "run_engine.h"
#include "scan/scanner.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { OUT_BYTES = 64 * 1024 * 1024, COPIES = 3 };

static const char PACK[] =
    "{\"uuid\": \"p\", \"name\": \"P\", \"spec_catalog_vo_list\": [{\"uuid\": \"c\", \"root\": "
    "\"p\", \"parent\": \"p\", \"serial_number\": 1, \"level_number\": 0, \"is_leaf\": true, "
    "\"check_items\": [{\"uuid\": \"a\", \"name\": \"A\"}]}]}";

static const char WAIVERS[] =
    "{\"waivers\": [{\"id\": \"w\", \"rule\": \"*\", \"resource\": \"i-?\", \"reason\": \"r\", "
    "\"approver\": \"role\", \"until\": \"2030-01-01\"}]}";

static struct pack *pack;
static struct waiver_set waivers;

static void forget(void)
{
    pack_destroy(&pack);
    waiver_set_deinit(&waivers);
}

static void prepare(void)
{
    struct diags diags;
    struct err err = ERR_INIT;
    diags_init(&diags);
    REQUIRE(pack_load(PACK, strlen(PACK), "pack", &pack, &diags, &err) == ERR_OK);
    REQUIRE(waiver_set_load(&waivers, WAIVERS, strlen(WAIVERS), "waivers", &diags, &err) == ERR_OK);
    diags_deinit(&diags);
    REQUIRE(atexit(forget) == 0);
}

// Each record several times, so that what is remembered of one is asked for by the next.
static char *repeat_lines(const char *lines, size_t len, size_t *len_out)
{
    char *repeated = mem_alloc((len + 1) * COPIES, 1);
    for (size_t i = 0; i < COPIES; i++) {
        memcpy(repeated + i * (len + 1), lines, len);
        repeated[i * (len + 1) + len] = '\n';
    }
    *len_out = (len + 1) * COPIES;
    return repeated;
}

static void compare(const struct eval_rules *rules, struct span lines)
{
    const struct binding_input bound = {
        .pack = pack, .rules = rules, .as_of_ms = INT64_C(1790000000000)};
    struct eval_input input = {.waivers = &waivers, .engine = EVAL_ENGINE_TREE};
    struct buf wanted;
    struct buf found;
    buf_init(&wanted, OUT_BYTES);
    buf_init(&found, OUT_BYTES);
    run_engine(&bound, &input, lines, &wanted);
    input.engine = EVAL_ENGINE_TAPE;
    for (size_t i = 0; scan_kernel_at(i) != NULL; i++) {
        input.kernel = scan_kernel_at(i);
        for (size_t together = 0; together < 2; together++) {
            input.judge_together_min = together;
            buf_reset(&found);
            run_engine(&bound, &input, lines, &found);
            INVARIANT(found.len == wanted.len &&
                      memcmp(buf_text(&found), buf_text(&wanted), found.len) == 0);
        }
    }
    buf_deinit(&wanted);
    buf_deinit(&found);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    const char *line_end = size == 0 ? NULL : memchr(text, '\n', size);
    if (line_end == NULL) {
        return 0;
    }
    if (pack == NULL) {
        prepare();
    }
    size_t rules_len = (size_t)(line_end - text);
    struct rule_set set = {0};
    struct diags diags;
    struct err err = ERR_INIT;
    diags_init(&diags);
    if (rule_set_add(&set, text, rules_len, "rules", &diags, &err) == ERR_OK) {
        struct eval_rules *rules = eval_rules_create(&set, &diags);
        size_t len;
        char *lines = repeat_lines(line_end + 1, size - rules_len - 1, &len);
        compare(rules, (struct span){lines, len});
        mem_free(&lines);
        eval_rules_destroy(&rules);
    }
    rule_set_deinit(&set);
    diags_deinit(&diags);
    return 0;
}
