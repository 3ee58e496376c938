// SPDX-License-Identifier: MIT
#include "process_facts.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { LINE_BYTES = 256 };

static int64_t milliseconds(const struct timeval *time)
{
    return (int64_t)time->tv_sec * 1000 + (int64_t)time->tv_usec / 1000;
}

// The second number of statm is the resident set, in pages (proc(5)).
static uint64_t resident_bytes(void)
{
    char line[LINE_BYTES];
    FILE *file = fopen("/proc/self/statm", "re");
    if (file == NULL) {
        return 0;
    }
    const char *second = fgets(line, sizeof(line), file) != NULL ? strchr(line, ' ') : NULL;
    uint64_t pages = second != NULL ? strtoull(second, NULL, 10) : 0;
    (void)fclose(file);
    return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static uint64_t open_files(void)
{
    uint64_t count = 0;
    DIR *folder = opendir("/proc/self/fd");
    if (folder == NULL) {
        return 0;
    }
    for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        count += entry->d_name[0] != '.' ? 1 : 0;
    }
    (void)closedir(folder);
    return count > 0 ? count - 1 : 0; // without that of the folder
}

struct process_facts process_facts_read(void)
{
    struct process_facts facts = {.resident_bytes = resident_bytes(), .open_files = open_files()};
    struct rusage usage;
    struct rlimit limit;
    if (getrusage(RUSAGE_SELF, &usage) == 0) {
        facts.cpu_ms = milliseconds(&usage.ru_utime) + milliseconds(&usage.ru_stime);
    }
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        facts.open_files_max = limit.rlim_cur;
    }
    return facts;
}
