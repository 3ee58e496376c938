// SPDX-License-Identifier: MIT
//
// What the daemon's rooms have from libuv, the clocks and the kernel, on the virtual clock: in the
// place of src/base/loop.c, clock.c and tasks.c, of uv_queue_work and of getrandom(2). A uv_loop_t is
// never run here: its `data` says whose it is.
#include "base/clock.h"
#include "base/loop.h"
#include "base/mem.h"
#include "base/tasks.h"
#include "sim_faults.h"
#include "sim_world.h"

#include <string.h>
#include <sys/random.h>

static const int64_t WALL_BEGINNING_MS = 1800000000000; // as that of the Redis server
enum { TURN_US = 1000 };                                // what a turn of a loop takes, at the most

static struct sim_actor *actor_of(const uv_loop_t *loop)
{
    return loop->data;
}

// ---- clocks

int64_t clock_monotonic_ms(void)
{
    return 1000000 + sim_now_us() / SIM_MS_US;
}

static bool is_boot_clock_still;

void sim_loop_stop_boot_clock(bool stop)
{
    is_boot_clock_still = stop;
}

int64_t clock_boot_ms(void)
{
    return 2000000 + (is_boot_clock_still ? 0 : sim_now_us() / SIM_MS_US);
}

int64_t clock_wall_ms(void)
{
    const struct sim_actor *actor = sim_current();
    return WALL_BEGINNING_MS + sim_now_us() / SIM_MS_US + (actor == NULL ? 0 : actor->wall_skew_ms);
}

// ---- random numbers: those of base/random.h are made of these

ssize_t getrandom(void *buffer, size_t length, unsigned flags)
{
    (void)flags;
    for (size_t done = 0; done < length;) {
        uint64_t bits = sim_draw(UINT64_MAX);
        size_t part = length - done < sizeof(bits) ? length - done : sizeof(bits);
        memcpy((char *)buffer + done, &bits, part);
        done += part;
    }
    return (ssize_t)length;
}

// ---- timers

struct sim_timer {
    struct sim_event event;
    struct loop_timer *timer;
    bool is_closing;
};

static void on_timer(struct sim_event *event)
{
    struct sim_timer *sim = container_of(event, struct sim_timer, event);
    struct loop_timer *timer = sim->timer;
    if (!sim->is_closing) {
        timer->on_fire(timer);
        return;
    }
    mem_free(&sim);
    if (timer->on_closed != NULL) {
        timer->on_closed(timer->owner);
    }
}

void loop_timer_init(struct loop_timer *timer, uv_loop_t *loop, loop_timer_cb on_fire, void *owner)
{
    *timer = (struct loop_timer){.on_fire = on_fire, .owner = owner};
    struct sim_timer *sim = mem_alloc(1, sizeof(*sim));
    sim->timer = timer;
    sim_event_init(&sim->event, actor_of(loop), SIM_RANK_TIMER, on_timer);
    timer->handle.data = sim;
}

static struct sim_timer *sim_of(const struct loop_timer *timer)
{
    return timer->handle.data;
}

void loop_timer_start(struct loop_timer *timer, int64_t delay_ms)
{
    REQUIRE(delay_ms >= 0 && !sim_of(timer)->is_closing);
    sim_event_set(&sim_of(timer)->event, delay_ms * SIM_MS_US + sim_between(1, TURN_US));
}

void loop_timer_stop(struct loop_timer *timer)
{
    sim_event_drop(&sim_of(timer)->event);
}

bool loop_timer_is_set(const struct loop_timer *timer)
{
    return sim_of(timer)->event.is_set;
}

void loop_timer_close(struct loop_timer *timer, loop_closed_cb on_closed)
{
    REQUIRE(!sim_of(timer)->is_closing);
    timer->on_closed = on_closed;
    sim_of(timer)->is_closing = true;
    sim_event_set(&sim_of(timer)->event, sim_between(1, TURN_US));
}

void loop_closing_up(struct loop_closing *closing)
{
    closing->open_handles++;
}

void loop_closing_down(struct loop_closing *closing)
{
    REQUIRE(closing->open_handles > 0);
    if (--closing->open_handles == 0 && closing->on_closed != NULL) {
        closing->on_closed(closing->owner);
    }
}

// ---- tasks

// A task that runs: its work is done in one instant, at the end of its time, and the loop hears of it
// a little later.
struct sim_work {
    struct sim_event event;
    struct tasks *tasks;
    struct task *task;
    struct sim_work *next;
    bool has_run;
};

struct tasks {
    struct sim_actor *actor;
    unsigned threads;
    unsigned busy;
    struct sim_work *first; // all, running and waiting, in their order
    struct sim_event end;
    bool is_closing;
    loop_closed_cb on_closed;
    void *owner;
};

static void start_waiting(struct tasks *tasks)
{
    unsigned ahead = 0;
    for (struct sim_work *work = tasks->first; work != NULL && ahead < tasks->threads;
         work = work->next) {
        ahead++;
        if (!work->event.is_set) {
            sim_event_set(&work->event, sim_faults_task_us());
        }
    }
}

static void remove_work(struct sim_work *work)
{
    struct sim_work **link = &work->tasks->first;
    while (*link != work) {
        link = &(*link)->next;
    }
    *link = work->next;
}

static void on_task(struct sim_event *event)
{
    struct sim_work *work = container_of(event, struct sim_work, event);
    struct task *task = work->task;
    struct tasks *tasks = work->tasks;
    if (!work->has_run) {
        work->has_run = true;
        task->run(task);
        sim_event_set(event, sim_seldom_long(1, 100 * SIM_MS_US) + sim_faults_lateness_us());
        return;
    }
    remove_work(work);
    mem_free(&work);
    task->done(task);
    start_waiting(tasks);
    if (tasks->is_closing && tasks->first == NULL) {
        sim_event_set(&tasks->end, 1);
    }
}

static void on_tasks_end(struct sim_event *event)
{
    struct tasks *tasks = container_of(event, struct tasks, end);
    loop_closed_cb on_closed = tasks->on_closed;
    void *owner = tasks->owner;
    mem_free(&tasks);
    on_closed(owner);
}

enum err_kind tasks_create(uv_loop_t *loop, unsigned threads, struct tasks **tasks_out,
                           struct err *err)
{
    (void)err;
    struct tasks *tasks = mem_alloc(1, sizeof(*tasks));
    tasks->actor = actor_of(loop);
    tasks->threads = threads;
    sim_event_init(&tasks->end, tasks->actor, SIM_RANK_OTHER, on_tasks_end);
    *tasks_out = tasks;
    return ERR_OK;
}

void tasks_close(struct tasks *tasks, loop_closed_cb on_closed, void *owner)
{
    REQUIRE(!tasks->is_closing);
    tasks->is_closing = true;
    tasks->on_closed = on_closed;
    tasks->owner = owner;
    if (tasks->first == NULL) {
        sim_event_set(&tasks->end, 1);
    }
}

void tasks_submit(struct tasks *tasks, struct task *task)
{
    REQUIRE(!tasks->is_closing);
    struct sim_work *work = mem_alloc(1, sizeof(*work));
    work->tasks = tasks;
    work->task = task;
    sim_event_init(&work->event, tasks->actor, SIM_RANK_OTHER, on_task);
    struct sim_work **end = &tasks->first;
    while (*end != NULL) {
        end = &(*end)->next;
    }
    *end = work;
    start_waiting(tasks);
}

// ---- libuv's own threads: checks of the store

struct sim_uv_work {
    struct sim_event event;
    uv_work_t *request;
    uv_work_cb work;
    uv_after_work_cb after;
};

static void on_uv_work(struct sim_event *event)
{
    struct sim_uv_work *sim = container_of(event, struct sim_uv_work, event);
    uv_work_t *request = sim->request;
    uv_after_work_cb after = sim->after;
    sim->work(request);
    mem_free(&sim);
    after(request, 0);
}

int uv_queue_work(uv_loop_t *loop, uv_work_t *request, uv_work_cb work, uv_after_work_cb after)
{
    struct sim_uv_work *sim = mem_alloc(1, sizeof(*sim));
    *sim = (struct sim_uv_work){.request = request, .work = work, .after = after};
    request->data = sim;
    sim_event_init(&sim->event, actor_of(loop), SIM_RANK_OTHER, on_uv_work);
    sim_event_set(&sim->event, sim_seldom_long(10, 20 * SIM_MS_US));
    return 0;
}
