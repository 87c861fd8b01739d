/* SPDX-License-Identifier: MIT */
/* A pool of POSIX threads: one job at a time, whose tasks are taken one by one. */
#include "pool.h"

#include <pthread.h>
#include <stdlib.h>

struct pool {
    pthread_mutex_t mutex; /* guards all below */
    pthread_cond_t work, done;
    pool_task *run;
    void *context;
    size_t next, tasks, unfinished;
    int closing;
    size_t workers;
    pthread_t ids[];
};

/* Does what is left of the job. The mutex is held on entry and on return, not while a task runs. */
static void help(struct pool *pool) {
    while (pool->next < pool->tasks) {
        const size_t task = pool->next++;
        pthread_mutex_unlock(&pool->mutex);
        pool->run(pool->context, task);
        pthread_mutex_lock(&pool->mutex);
        if (--pool->unfinished == 0) pthread_cond_signal(&pool->done);
    }
}

static void *worker(void *argument) {
    struct pool *pool = argument;
    pthread_mutex_lock(&pool->mutex);
    while (!pool->closing) {
        help(pool);
        pthread_cond_wait(&pool->work, &pool->mutex);
    }
    pthread_mutex_unlock(&pool->mutex);
    return NULL;
}

struct pool *pool_new(size_t threads) {
    const size_t workers = threads ? threads - 1 : 0;
    struct pool *pool = calloc(1, sizeof *pool + workers * sizeof *pool->ids);
    if (!pool) return NULL;
    pthread_mutex_init(&pool->mutex, NULL);
    pthread_cond_init(&pool->work, NULL);
    pthread_cond_init(&pool->done, NULL);
    for (; pool->workers < workers; ++pool->workers)
        if (pthread_create(&pool->ids[pool->workers], NULL, worker, pool)) {
            pool_free(pool);
            return NULL;
        }
    return pool;
}

void pool_free(struct pool *pool) {
    pthread_mutex_lock(&pool->mutex);
    pool->closing = 1;
    pthread_cond_broadcast(&pool->work);
    pthread_mutex_unlock(&pool->mutex);
    for (size_t i = 0; i < pool->workers; ++i) pthread_join(pool->ids[i], NULL);
    pthread_cond_destroy(&pool->done);
    pthread_cond_destroy(&pool->work);
    pthread_mutex_destroy(&pool->mutex);
    free(pool);
}

void pool_run(struct pool *pool, pool_task *run, void *context, size_t tasks) {
    pthread_mutex_lock(&pool->mutex);
    pool->run = run;
    pool->context = context;
    pool->next = 0;
    pool->tasks = pool->unfinished = tasks;
    pthread_cond_broadcast(&pool->work);
    help(pool);
    while (pool->unfinished) pthread_cond_wait(&pool->done, &pool->mutex);
    pthread_mutex_unlock(&pool->mutex);
}
