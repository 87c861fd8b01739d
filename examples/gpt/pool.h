/* SPDX-License-Identifier: MIT */
/* Threads that wait for work. What a task computes must not depend on who does it, nor when: then
   results are the same with any number of threads. */
#ifndef GPT_POOL_H
#define GPT_POOL_H

#include <stddef.h>

struct pool;

/* `threads`, at least 1, with the caller's own, which works too. NULL if they can't be had. */
struct pool *pool_new(size_t threads);
void pool_free(struct pool *pool);

/* Calls run(context, task) for every task in [0, tasks), and returns when all are done. Memory that
   tasks wrote is visible to the caller and to later tasks. One call at a time. */
typedef void pool_task(void *context, size_t task);
void pool_run(struct pool *pool, pool_task *run, void *context, size_t tasks);

#endif
