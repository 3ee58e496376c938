// SPDX-License-Identifier: MIT
#include "base/tasks.h"
#include "loop_run.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <semaphore.h>

enum { MANY = 500 };

struct work {
    struct task task;
    unsigned number;
    sem_t *gate; // what `run` waits for, NULL nothing
    bool saw_cancel;
    bool is_done;
    bool ran_elsewhere; // not on the loop's thread
};

static uv_loop_t loop;
static struct tasks *tasks;
static bool closed;
static pthread_t loop_thread;
static unsigned done_count;
static unsigned order[MANY]; // by number, in the order of `done`

static void run(struct task *task)
{
    struct work *work = container_of(task, struct work, task);
    work->ran_elsewhere = pthread_equal(pthread_self(), loop_thread) == 0;
    if (work->gate != NULL) {
        (void)sem_wait(work->gate);
    }
    work->saw_cancel = task_is_cancelled(task);
}

static void done(struct task *task)
{
    struct work *work = container_of(task, struct work, task);
    cr_expect(pthread_equal(pthread_self(), loop_thread) != 0, "done is called on the loop");
    cr_expect_not(work->is_done, "once");
    work->is_done = true;
    order[done_count++] = work->number;
}

static void on_closed(void *owner)
{
    cr_expect_eq(owner, &tasks);
    closed = true;
}

static void init(void)
{
    cr_assert_eq(uv_loop_init(&loop), 0);
    loop_thread = pthread_self();
}

TestSuite(tasks, .init = init);

static void open_tasks(unsigned threads)
{
    struct err err = ERR_INIT;
    cr_assert_eq(tasks_create(&loop, threads, &tasks, &err), ERR_OK, "%s", err.message);
}

static bool is_closed(void *context)
{
    (void)context;
    return closed;
}

// Ends the tasks and the loop: the last thing that a test does with them.
static void close_tasks(void)
{
    tasks_close(tasks, on_closed, &tasks);
    cr_expect_not(closed, "never before close has returned");
    cr_expect(loop_run_until(&loop, is_closed, NULL));
    cr_expect(loop_run_close(&loop), "a handle is left");
}

static bool all_done(void *context)
{
    return done_count == *(const unsigned *)context;
}

static void submit(struct work *work, unsigned number)
{
    *work = (struct work){.task = {.run = run, .done = done}, .number = number};
    tasks_submit(tasks, &work->task);
}

Test(tasks, each_runs_on_a_thread_and_is_done_on_the_loop)
{
    static struct work works[MANY];
    unsigned wanted = MANY;
    open_tasks(3);
    for (unsigned i = 0; i < MANY; i++) {
        submit(&works[i], i);
        cr_assert_not(works[i].is_done, "never before submit has returned");
    }
    cr_expect(loop_run_until(&loop, all_done, &wanted));
    for (unsigned i = 0; i < MANY; i++) {
        cr_expect(works[i].ran_elsewhere);
        cr_expect_not(works[i].saw_cancel);
    }
    close_tasks();
}

Test(tasks, one_thread_keeps_the_order_of_submission)
{
    static struct work works[MANY];
    unsigned wanted = MANY;
    open_tasks(1);
    for (unsigned i = 0; i < MANY; i++) {
        submit(&works[i], i);
    }
    cr_expect(loop_run_until(&loop, all_done, &wanted));
    for (unsigned i = 0; i < MANY; i++) {
        cr_assert_eq(order[i], i);
    }
    close_tasks();
}

static pthread_barrier_t meeting;

// Ends only when another thread is here at the same time.
static void meet(struct task *task)
{
    (void)task;
    (void)pthread_barrier_wait(&meeting);
}

Test(tasks, threads_work_at_once)
{
    struct work works[2] = {{.task = {.run = meet, .done = done}},
                            {.task = {.run = meet, .done = done}}};
    unsigned wanted = 2;
    cr_assert_eq(pthread_barrier_init(&meeting, NULL, 2), 0);
    open_tasks(2);
    tasks_submit(tasks, &works[0].task);
    tasks_submit(tasks, &works[1].task);
    cr_assert(loop_run_until(&loop, all_done, &wanted), "they never met");
    close_tasks();
    (void)pthread_barrier_destroy(&meeting);
}

Test(tasks, a_cancelled_task_sees_it_and_is_done_all_the_same)
{
    sem_t gate;
    cr_assert_eq(sem_init(&gate, 0, 0), 0);
    struct work running = {.task = {.run = run, .done = done}, .gate = &gate};
    struct work waiting = {.task = {.run = run, .done = done}};
    unsigned wanted = 2;
    open_tasks(1);
    tasks_submit(tasks, &running.task);
    tasks_submit(tasks, &waiting.task);
    task_cancel(&waiting.task);
    task_cancel(&running.task);
    (void)sem_post(&gate);
    cr_expect(loop_run_until(&loop, all_done, &wanted));
    cr_expect(running.saw_cancel);
    cr_expect(waiting.saw_cancel);
    close_tasks();
    (void)sem_destroy(&gate);
}

Test(tasks, closing_waits_for_what_was_submitted)
{
    static struct work works[50];
    open_tasks(2);
    for (unsigned i = 0; i < ARRAY_LEN(works); i++) {
        submit(&works[i], i);
    }
    close_tasks();
    cr_expect_eq(done_count, ARRAY_LEN(works));
}

Test(tasks, closing_without_work_ends)
{
    open_tasks(TASKS_THREADS_MAX);
    close_tasks();
}

static void submit_next(struct task *task)
{
    static struct work next;
    done(task);
    submit(&next, 1);
}

Test(tasks, done_may_submit_the_next)
{
    struct work first = {.task = {.run = run, .done = submit_next}};
    unsigned wanted = 2;
    open_tasks(1);
    tasks_submit(tasks, &first.task);
    cr_expect(loop_run_until(&loop, all_done, &wanted));
    close_tasks();
}
