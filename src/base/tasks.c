// SPDX-License-Identifier: MIT
//
// Happy path: submit puts the task at the end of `waiting` -> a thread takes it, runs it, puts it
// at the end of `finished` and wakes the loop -> the loop takes the whole of `finished` and calls
// each `done`. End: close sets `stopping` -> each thread ends when `waiting` is empty -> the last
// one wakes the loop -> the loop joins them, delivers what is finished, closes its handle.
#include "base/tasks.h"

#include "base/mem.h"

#include <pthread.h>

struct task_list {
    struct task *first;
    struct task *last;
    size_t count;
};

struct tasks {
    uv_async_t wake;
    pthread_mutex_t lock;
    pthread_cond_t work_came;
    struct task_list waiting;  // under lock
    struct task_list finished; // under lock
    unsigned running_threads;  // under lock
    bool stopping;             // under lock
    unsigned thread_count;
    pthread_t threads[TASKS_THREADS_MAX];
    loop_closed_cb on_closed;
    void *owner;
};

static void list_push(struct task_list *list, struct task *task)
{
    task->next = NULL;
    if (list->last != NULL) {
        list->last->next = task;
    } else {
        list->first = task;
    }
    list->last = task;
    list->count++;
}

static struct task *list_pop(struct task_list *list)
{
    struct task *task = list->first;
    if (task != NULL) {
        list->first = task->next;
        list->last = list->first == NULL ? NULL : list->last;
        list->count--;
    }
    return task;
}

static void *run_thread(void *argument)
{
    struct tasks *tasks = argument;
    (void)pthread_mutex_lock(&tasks->lock);
    for (;;) {
        struct task *task = list_pop(&tasks->waiting);
        if (task == NULL && tasks->stopping) {
            break;
        }
        if (task == NULL) {
            (void)pthread_cond_wait(&tasks->work_came, &tasks->lock);
            continue;
        }
        (void)pthread_mutex_unlock(&tasks->lock);
        task->run(task);
        (void)pthread_mutex_lock(&tasks->lock);
        list_push(&tasks->finished, task);
        (void)uv_async_send(&tasks->wake);
    }
    tasks->running_threads--;
    (void)uv_async_send(&tasks->wake);
    (void)pthread_mutex_unlock(&tasks->lock);
    return NULL;
}

static void on_wake_closed(uv_handle_t *handle)
{
    struct tasks *tasks = container_of((uv_async_t *)handle, struct tasks, wake);
    loop_closed_cb on_closed = tasks->on_closed;
    void *owner = tasks->owner;
    (void)pthread_cond_destroy(&tasks->work_came);
    (void)pthread_mutex_destroy(&tasks->lock);
    mem_free(&tasks);
    if (on_closed != NULL) {
        on_closed(owner);
    }
}

static void on_wake(uv_async_t *handle)
{
    struct tasks *tasks = container_of(handle, struct tasks, wake);
    (void)pthread_mutex_lock(&tasks->lock);
    struct task_list finished = tasks->finished;
    tasks->finished = (struct task_list){0};
    bool ended = tasks->stopping && tasks->running_threads == 0;
    (void)pthread_mutex_unlock(&tasks->lock);

    for (struct task *task; (task = list_pop(&finished)) != NULL;) {
        task->done(task);
    }
    if (ended && !uv_is_closing((uv_handle_t *)handle)) {
        for (unsigned i = 0; i < tasks->thread_count; i++) {
            (void)pthread_join(tasks->threads[i], NULL);
        }
        uv_close((uv_handle_t *)handle, on_wake_closed);
    }
}

enum err_kind tasks_create(uv_loop_t *loop, unsigned threads, struct tasks **tasks_out,
                           struct err *err)
{
    REQUIRE(threads >= 1 && threads <= TASKS_THREADS_MAX);
    struct tasks *tasks = mem_alloc(1, sizeof(*tasks));
    (void)pthread_mutex_init(&tasks->lock, NULL);
    (void)pthread_cond_init(&tasks->work_came, NULL);
    int status = uv_async_init(loop, &tasks->wake, on_wake);
    ENSURE(status == 0);
    for (unsigned i = 0; i < threads; i++) {
        tasks->running_threads++;
        int failed = pthread_create(&tasks->threads[i], NULL, run_thread, tasks);
        if (failed != 0) {
            tasks->running_threads--;
            tasks_close(tasks, NULL, NULL);
            return err_set_errno(err, ERR_INTERNAL, failed, "start worker thread %u", i + 1);
        }
        tasks->thread_count++;
    }
    *tasks_out = tasks;
    return ERR_OK;
}

void tasks_close(struct tasks *tasks, loop_closed_cb on_closed, void *owner)
{
    (void)pthread_mutex_lock(&tasks->lock);
    REQUIRE(!tasks->stopping);
    tasks->on_closed = on_closed;
    tasks->owner = owner;
    tasks->stopping = true;
    (void)pthread_cond_broadcast(&tasks->work_came);
    (void)uv_async_send(&tasks->wake);
    (void)pthread_mutex_unlock(&tasks->lock);
}

void tasks_submit(struct tasks *tasks, struct task *task)
{
    (void)pthread_mutex_lock(&tasks->lock);
    REQUIRE(!tasks->stopping);
    REQUIRE(tasks->waiting.count < TASKS_QUEUE_MAX);
    atomic_store(&task->cancelled, false);
    list_push(&tasks->waiting, task);
    (void)pthread_cond_signal(&tasks->work_came);
    (void)pthread_mutex_unlock(&tasks->lock);
}

void task_cancel(struct task *task)
{
    atomic_store(&task->cancelled, true);
}

bool task_is_cancelled(struct task *task)
{
    return atomic_load(&task->cancelled);
}
