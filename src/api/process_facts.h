// SPDX-License-Identifier: MIT
//
// What this process uses of the machine, as Prometheus' clients tell it. Private to api. Thread:
// any. Reads /proc, which takes some tens of microseconds.
#pragma once

#include <stdint.h>

struct process_facts {
    int64_t cpu_ms; // of all threads, in user mode and in the kernel
    uint64_t resident_bytes;
    uint64_t open_files; // file descriptors
    uint64_t open_files_max;
};

// What cannot be read is 0.
struct process_facts process_facts_read(void);
