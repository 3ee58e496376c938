// SPDX-License-Identifier: MIT
#include "sighting_sort.h"

#include "base/mem.h"
#include "run_file.h"

#include <stdlib.h>
#include <string.h>

_Static_assert(sizeof(struct sighting) == 32, "without holes, as it goes into the file");

struct sighting_sort {
    const char *folder;
    const atomic_bool *stop;
    // Gathered; while runs are merged, the parts that are read. It grows up to `capacity`: most
    // inventories are small, and clearing all of it costs more than judging them.
    struct sighting *memory;
    size_t allocated;
    size_t capacity;
    size_t count;
    size_t at; // in memory, when there are no runs
    struct run_file file;
    size_t fan_in;
    struct sighting_run (*levels)[SIGHTING_FAN_IN_MAX]; // SIGHTING_LEVELS; NULL without a file
    size_t run_counts[SIGHTING_LEVELS];
    struct run_merge merge; // after finish, when there are runs
};

struct sighting_sort *sighting_sort_create(const char *folder, size_t memory_bytes,
                                           const atomic_bool *stop)
{
    REQUIRE(memory_bytes >= SIGHTING_SORT_MIN_BYTES);
    struct sighting_sort *sort = mem_alloc(1, sizeof(*sort));
    sort->folder = folder;
    sort->stop = stop;
    sort->capacity = memory_bytes / sizeof(*sort->memory);
    sort->file = RUN_FILE_INIT;
    // One part each of the memory for a run of every level, and one to write from.
    size_t fan_in = sort->capacity / (SIGHTING_LEVELS + 1);
    sort->fan_in = fan_in < SIGHTING_FAN_IN_MAX ? fan_in : SIGHTING_FAN_IN_MAX;
    return sort;
}

void sighting_sort_destroy(struct sighting_sort **sort)
{
    if (*sort == NULL) {
        return;
    }
    run_merge_end(&(*sort)->merge);
    run_file_close(&(*sort)->file);
    mem_free(&(*sort)->memory);
    mem_free(&(*sort)->levels);
    mem_free(sort);
}

// Writes what a merge gives behind the end of the file, from a part of the memory.
static enum err_kind write_merged(struct sighting_sort *sort, struct run_merge *merge,
                                  struct sighting *part, size_t room, struct err *err)
{
    bool found = true;
    while (found) {
        size_t count = 0;
        while (count < room && found) {
            if (run_merge_next(merge, &part[count], &found, err) != ERR_OK) {
                return err->kind;
            }
            count += found ? 1 : 0;
        }
        if (run_file_append(&sort->file, part, count, err) != ERR_OK) {
            return err->kind;
        }
    }
    return ERR_OK;
}

// Makes one run of all runs of a level, which is empty then.
static enum err_kind merge_level(struct sighting_sort *sort, size_t level,
                                 struct sighting_run *run_out, struct err *err)
{
    struct sighting_run *runs = sort->levels[level];
    size_t count = sort->run_counts[level];
    size_t room = sort->capacity / (count + 1);
    struct sighting_run merged = {.begin = sort->file.end};
    struct run_merge merge;
    const struct run_merge_input input = {.file = &sort->file,
                                          .runs = runs,
                                          .run_count = count,
                                          .memory = sort->memory + room,
                                          .capacity = sort->capacity - room,
                                          .stop = sort->stop};
    enum err_kind kind = run_merge_begin(&merge, &input, err);
    if (kind == ERR_OK) {
        kind = write_merged(sort, &merge, sort->memory, room, err);
    }
    run_merge_end(&merge);
    if (kind != ERR_OK) {
        return kind;
    }
    for (size_t i = 0; i < count; i++) {
        run_file_forget(&sort->file, &runs[i]);
    }
    sort->run_counts[level] = 0;
    merged.count = sort->file.end - merged.begin;
    *run_out = merged;
    return ERR_OK;
}

// The highest level, when it is full, becomes one run of itself.
static enum err_kind push_run(struct sighting_sort *sort, struct sighting_run run, struct err *err)
{
    for (size_t level = 0;; level += level + 1 < SIGHTING_LEVELS ? 1 : 0) {
        sort->levels[level][sort->run_counts[level]++] = run;
        if (sort->run_counts[level] < sort->fan_in) {
            return ERR_OK;
        }
        if (merge_level(sort, level, &run, err) != ERR_OK) {
            return err->kind;
        }
    }
}

static void sort_memory(struct sighting_sort *sort)
{
    if (sort->count > 0) {
        qsort(sort->memory, sort->count, sizeof(*sort->memory), sighting_compare);
    }
}

// Makes a run of what the memory holds.
static enum err_kind spill(struct sighting_sort *sort, struct err *err)
{
    if (sort->file.fd < 0) {
        if (run_file_open(&sort->file, sort->folder, err) != ERR_OK) {
            return err->kind;
        }
        sort->levels = mem_alloc(SIGHTING_LEVELS, sizeof(*sort->levels));
    }
    sort_memory(sort);
    struct sighting_run run = {.begin = sort->file.end, .count = sort->count};
    if (run_file_append(&sort->file, sort->memory, sort->count, err) != ERR_OK) {
        return err->kind;
    }
    sort->count = 0;
    return push_run(sort, run, err);
}

static void make_room(struct sighting_sort *sort, size_t needed)
{
    if (needed <= sort->allocated) {
        return;
    }
    size_t wanted = 2 * sort->allocated < sort->capacity ? 2 * sort->allocated : sort->capacity;
    sort->allocated = wanted > needed ? wanted : needed;
    sort->memory = mem_resize(sort->memory, sort->allocated, sizeof(*sort->memory));
}

enum err_kind sighting_sort_add(struct sighting_sort *sort, const struct sighting *sightings,
                                size_t count, struct err *err)
{
    for (size_t done = 0; done < count;) {
        if (sort->count == sort->capacity && spill(sort, err) != ERR_OK) {
            return err->kind;
        }
        size_t room = sort->capacity - sort->count;
        size_t taken = count - done < room ? count - done : room;
        make_room(sort, sort->count + taken);
        memcpy(sort->memory + sort->count, sightings + done, taken * sizeof(*sightings));
        sort->count += taken;
        done += taken;
    }
    return ERR_OK;
}

enum err_kind sighting_sort_finish(struct sighting_sort *sort, struct err *err)
{
    if (sort->file.fd < 0) {
        sort_memory(sort);
        return ERR_OK;
    }
    if (sort->count > 0 && spill(sort, err) != ERR_OK) {
        return err->kind;
    }
    struct sighting_run runs[SIGHTING_LEVELS * SIGHTING_FAN_IN_MAX];
    size_t count = 0;
    for (size_t level = 0; level < SIGHTING_LEVELS; level++) {
        for (size_t i = 0; i < sort->run_counts[level]; i++) {
            runs[count++] = sort->levels[level][i];
        }
    }
    const struct run_merge_input input = {.file = &sort->file,
                                          .runs = runs,
                                          .run_count = count,
                                          .memory = sort->memory,
                                          .capacity = sort->capacity,
                                          .stop = sort->stop};
    enum err_kind kind = run_merge_begin(&sort->merge, &input, err);
    sort->merge.input.runs = NULL; // they were copied
    return kind;
}

enum err_kind sighting_sort_next(struct sighting_sort *sort, struct sighting *sighting_out,
                                 bool *found_out, struct err *err)
{
    if (sort->file.fd >= 0) {
        return run_merge_next(&sort->merge, sighting_out, found_out, err);
    }
    *found_out = sort->at < sort->count;
    if (*found_out) {
        *sighting_out = sort->memory[sort->at++];
    }
    return ERR_OK;
}
