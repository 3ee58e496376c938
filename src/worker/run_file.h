// SPDX-License-Identifier: MIT
//
// The file of sorted runs of sightings, and the merging of runs. Private to sighting_sort. Blocking.
// Thread: its owner's.
#pragma once

#include "sighting_sort.h"

// One run: sightings that lie one behind the other in the file, sorted.
struct sighting_run {
    uint64_t begin; // sightings before it
    uint64_t count;
};

struct run_file {
    int fd; // -1 when there is none
    char *path;
    uint64_t end; // sightings
};
#define RUN_FILE_INIT ((struct run_file){.fd = -1})

// Makes a file in the folder and takes its name away, so that it goes with its last user. Without a
// folder (NULL) it lies in memory. ERR_IO.
enum err_kind run_file_open(struct run_file *file, const char *folder, struct err *err);
void run_file_close(struct run_file *file);

// Writes behind the end. ERR_IO.
enum err_kind run_file_append(struct run_file *file, const struct sighting *sightings, size_t count,
                              struct err *err);
// Gives the space of a run back, where the file system can; it is not read again.
void run_file_forget(struct run_file *file, const struct sighting_run *run);

// Negative, 0 or positive, by identity and then by place.
int sighting_compare(const void *a, const void *b);

// What is merged, and where their parts are read into: `capacity` sightings, at least one a run.
struct run_merge_input {
    struct run_file *file;
    const struct sighting_run *runs;
    size_t run_count;
    struct sighting *memory;
    size_t capacity;
    const atomic_bool *stop;
};

struct run_reader;
struct run_merge {
    struct run_merge_input input;
    struct run_reader *readers;
    struct run_reader **heap; // of those with something left, the least head first
    size_t heap_count;
};

// ERR_IO, ERR_CANCELLED. To be ended in either case. The runs are copied; the rest is borrowed.
enum err_kind run_merge_begin(struct run_merge *merge, const struct run_merge_input *input,
                              struct err *err);
enum err_kind run_merge_next(struct run_merge *merge, struct sighting *sighting_out,
                             bool *found_out, struct err *err);
void run_merge_end(struct run_merge *merge);
