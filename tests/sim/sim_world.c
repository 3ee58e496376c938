// SPDX-License-Identifier: MIT
#include "sim_world.h"

#include "base/mem.h"
#include "base/random.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

enum { NOTE_BYTES = 240 };

struct note {
    int64_t at_us;
    uint64_t step;
    char who[sizeof(((struct sim_actor *)0)->name)];
    char text[NOTE_BYTES];
};

static struct world {
    struct sim_event **queue; // a heap
    size_t count;
    size_t capacity;
    int64_t now_us;
    uint64_t next_order;
    uint64_t steps;
    uint64_t state; // of the draws
    uint64_t digest;
    struct sim_actor *current;
    struct note notes[SIM_NOTES_KEPT];
    size_t note_count;
} world;

static uint64_t steps_before; // of worlds that are closed

// ---- the queue

static bool comes_first(const struct sim_event *a, const struct sim_event *b)
{
    if (a->at_us != b->at_us) {
        return a->at_us < b->at_us;
    }
    return a->rank != b->rank ? a->rank < b->rank : a->order < b->order;
}

static void put_at(size_t place, struct sim_event *event)
{
    world.queue[place] = event;
    event->place = place;
}

static void rise(size_t place, struct sim_event *event)
{
    while (place > 0 && comes_first(event, world.queue[(place - 1) / 2])) {
        put_at(place, world.queue[(place - 1) / 2]);
        place = (place - 1) / 2;
    }
    put_at(place, event);
}

static void sink(size_t place, struct sim_event *event)
{
    for (size_t child = 2 * place + 1; child < world.count; child = 2 * place + 1) {
        if (child + 1 < world.count && comes_first(world.queue[child + 1], world.queue[child])) {
            child++;
        }
        if (!comes_first(world.queue[child], event)) {
            break;
        }
        put_at(place, world.queue[child]);
        place = child;
    }
    put_at(place, event);
}

void sim_event_init(struct sim_event *event, struct sim_actor *actor, enum sim_rank rank,
                    void (*run)(struct sim_event *event))
{
    *event = (struct sim_event){.run = run, .actor = actor, .rank = rank};
}

void sim_event_drop(struct sim_event *event)
{
    if (!event->is_set) {
        return;
    }
    event->is_set = false;
    struct sim_event *last = world.queue[--world.count];
    if (last == event) {
        return;
    }
    size_t place = event->place;
    bool rises = place > 0 && comes_first(last, world.queue[(place - 1) / 2]);
    if (rises) {
        rise(place, last);
    } else {
        sink(place, last);
    }
}

static void insert(struct sim_event *event)
{
    world.queue =
        mem_grow(world.queue, &world.capacity, world.count + 1, sizeof(struct sim_event *));
    event->is_set = true;
    rise(world.count++, event);
}

void sim_event_set(struct sim_event *event, int64_t delay_us)
{
    REQUIRE(delay_us >= 0);
    sim_event_drop(event);
    event->at_us = world.now_us + delay_us;
    event->order = world.next_order++;
    insert(event);
}

void sim_actor_freeze(struct sim_actor *actor, int64_t for_us)
{
    int64_t until_us = world.now_us + for_us;
    if (until_us > actor->frozen_until_us) {
        actor->frozen_until_us = until_us;
    }
}

void sim_actor_drop_events(const struct sim_actor *actor)
{
    for (size_t i = world.count; i > 0; i--) {
        if (i <= world.count && world.queue[i - 1]->actor == actor) {
            sim_event_drop(world.queue[i - 1]);
            i = world.count + 1; // what was last has moved
        }
    }
}

// ---- the world

void sim_world_open(uint64_t seed)
{
    REQUIRE(world.queue == NULL);
    world = (struct world){.state = seed, .digest = 14695981039346656037u};
    // What base/random.c has drawn ahead is of the world before: after as much as it ever draws at
    // once, nothing of it is left.
    unsigned char rest[RANDOM_BYTES_MAX];
    random_bytes(rest, sizeof(rest));
}

void sim_world_close(void)
{
    steps_before += world.steps;
    mem_free(&world.queue);
    world = (struct world){0};
}

int64_t sim_now_us(void)
{
    return world.now_us;
}

uint64_t sim_world_steps(void)
{
    return world.steps;
}

uint64_t sim_world_steps_in_all(void)
{
    return steps_before + world.steps;
}

struct sim_actor *sim_current(void)
{
    return world.current;
}

bool sim_world_step(void)
{
    if (world.count == 0) {
        return false;
    }
    struct sim_event *event = world.queue[0];
    sim_event_drop(event);
    ENSURE(event->at_us >= world.now_us);
    world.now_us = event->at_us;
    if (event->actor != NULL && event->actor->frozen_until_us > world.now_us) {
        event->at_us = event->actor->frozen_until_us; // its order stays
        insert(event);
        return true;
    }
    world.steps++;
    sim_digest_add(&event->at_us, sizeof(event->at_us));
    sim_digest_add(&event->order, sizeof(event->order));
    world.current = event->actor;
    event->run(event);
    world.current = NULL;
    return true;
}

// ---- draws: splitmix64

static uint64_t draw_bits(void)
{
    uint64_t z = world.state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

uint64_t sim_draw(uint64_t bound)
{
    REQUIRE(bound > 0);
    return draw_bits() % bound;
}

int64_t sim_between(int64_t least, int64_t most)
{
    REQUIRE(least <= most);
    return least + (int64_t)sim_draw((uint64_t)(most - least) + 1);
}

bool sim_chance(unsigned per_million)
{
    return sim_draw(1000000) < per_million;
}

int64_t sim_seldom_long(int64_t least, int64_t most)
{
    int64_t span = most - least;
    unsigned halvings = (unsigned)sim_draw(12);
    return least + (int64_t)sim_draw((uint64_t)(span >> halvings) + 1);
}

// ---- what happened

void sim_digest_add(const void *bytes, size_t len)
{
    const unsigned char *byte = bytes;
    for (size_t i = 0; i < len; i++) {
        world.digest = (world.digest ^ byte[i]) * 1099511628211u;
    }
}

uint64_t sim_digest(void)
{
    return world.digest;
}

void sim_note(const struct sim_actor *who, const char *format, ...)
{
    struct note *note = &world.notes[world.note_count++ % SIM_NOTES_KEPT];
    note->at_us = world.now_us;
    note->step = world.steps;
    (void)snprintf(note->who, sizeof(note->who), "%s", who == NULL ? "-" : who->name);
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(note->text, sizeof(note->text), format, arguments);
    va_end(arguments);
    sim_digest_add(note->text, strlen(note->text));
}

void sim_print_notes(FILE *out)
{
    size_t first = world.note_count > SIM_NOTES_KEPT ? world.note_count - SIM_NOTES_KEPT : 0;
    for (size_t i = first; i < world.note_count; i++) {
        const struct note *note = &world.notes[i % SIM_NOTES_KEPT];
        (void)fprintf(out, "%10" PRIu64 "  %12.3f s  %-8s %s\n", note->step,
                      (double)note->at_us / SIM_SECOND_US, note->who, note->text);
    }
}
