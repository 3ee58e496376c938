// SPDX-License-Identifier: MIT
//
// The script that docs/report.md gives to an auditor, taken from there and run on a report.
#include "base/file.h"
#include "base/mem.h"
#include "render/render.h"
#include "sample_report.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FILE_BYTES = 1 << 20 };

static char *folder;
static struct sample_report *sample;

static void write_text(const char *name, const char *text, size_t len)
{
    struct err err = ERR_INIT;
    char *path = file_join(folder, name);
    cr_assert_eq(file_write(path, text, len, 0600, &err), ERR_OK, "%s", err.message);
    mem_free(&path);
}

static void read_text(const char *path, struct buf *out)
{
    struct err err = ERR_INIT;
    buf_init(out, FILE_BYTES);
    cr_assert_eq(file_read(path, out, &err), ERR_OK, "%s", err.message);
}

static void take_script_from_the_docs(void)
{
    static const char FENCE[] = "```js\n";
    struct buf page;
    read_text(TEST_SOURCE_DIR "/docs/report.md", &page);
    const char *script = strstr(buf_text(&page), FENCE);
    cr_assert_not_null(script);
    script += strlen(FENCE);
    const char *end = strstr(script, "```");
    cr_assert_not_null(end);
    write_text("recompute.mjs", script, (size_t)(end - script));
    buf_deinit(&page);
}

static void begin(void)
{
    folder = mem_text("/tmp/packreport-auditor-XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
    sample = sample_report_create();
    struct buf document;
    sample_report_render(sample, &document);
    write_text("report.json", document.data, document.len);
    buf_deinit(&document);
    take_script_from_the_docs();
}

static void end(void)
{
    struct err err;
    (void)file_remove_tree(folder, &err);
    mem_free(&folder);
    sample_report_destroy(&sample);
}

TestSuite(auditor, .init = begin, .fini = end);

static void write_findings(const char *const *lines)
{
    struct buf all;
    buf_init(&all, FILE_BYTES);
    for (size_t i = 0; i < SAMPLE_FINDINGS; i++) {
        buf_append_text(&all, lines[i]);
    }
    write_text("findings.ndjson", all.data, all.len);
    buf_deinit(&all);
}

// Runs the script with its output in a file; the exit status.
static int recompute(struct buf *out)
{
    char *script = file_join(folder, "recompute.mjs");
    char *output = file_join(folder, "output");
    pid_t pid = fork();
    cr_assert_geq(pid, 0);
    if (pid == 0) {
        int fd = open(output, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (fd >= 0 && dup2(fd, STDOUT_FILENO) >= 0 && dup2(fd, STDERR_FILENO) >= 0) {
            execlp("node", "node", script, folder, (char *)NULL);
        }
        _exit(127);
    }
    int status;
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    read_text(output, out);
    mem_free(&script);
    mem_free(&output);
    cr_assert(WIFEXITED(status));
    return WEXITSTATUS(status);
}

Test(auditor, comes_to_the_same_scores)
{
    struct buf out;
    write_findings((const char *const *)sample->lines);
    cr_assert_eq(recompute(&out), 0, "%s", buf_text(&out));
    cr_assert_str_eq(buf_text(&out), "byCount: 2 of 3\n"
                                     "byCountWithoutWaivers: 2 of 4\n"
                                     "byRisk: 3 of 6\n"
                                     "byRiskWithoutWaivers: 3 of 9\n");
    buf_deinit(&out);
}

Test(auditor, sees_a_finding_that_was_left_out)
{
    struct buf out;
    const char *lines[SAMPLE_FINDINGS];
    memcpy(lines, sample->lines, sizeof(lines));
    lines[0] = "";
    write_findings(lines);
    cr_assert_eq(recompute(&out), 1, "%s", buf_text(&out));
    cr_assert_not_null(strstr(buf_text(&out), "byCount: 3 of 3, but the report says 2 of 3\n"),
                       "%s", buf_text(&out));
    buf_deinit(&out);
}
