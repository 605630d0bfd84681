// SPDX-License-Identifier: Apache-2.0
// Memory, locks, lists and work.
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "kernel.h"

enum { SMALLEST = 6, CLASSES = 22 };

// Every process has addresses of its own, as all objects of one kernel do.
static const uintptr_t ARENA_BASE = 0x100000000000;
static const size_t ARENA_BYTES = (size_t)1 << 28;

static lock_t arena_lock;
static char *arena, *arena_end;
static void **free_lists[CLASSES];

static pthread_mutex_t work_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t work_added = PTHREAD_COND_INITIALIZER;
static pthread_cond_t work_finished = PTHREAD_COND_INITIALIZER;
static struct work *first_work, **last_work = &first_work;
static bool works;

static void die(const char *what) {
  perror(what);
  exit(1);
}

static void *worker(void *unused) {
  (void)unused;
  pthread_mutex_lock(&work_mutex);
  for (;;) {
    while (!first_work) pthread_cond_wait(&work_added, &work_mutex);
    struct work *work = first_work;
    if (!(first_work = work->next)) last_work = &first_work;
    work->queued = false;
    works = true;
    pthread_mutex_unlock(&work_mutex);
    work->run(work);
    pthread_mutex_lock(&work_mutex);
    works = false;
    if (!first_work) pthread_cond_broadcast(&work_finished);
  }
  return NULL;
}

void queue_work(struct work *work) {
  pthread_mutex_lock(&work_mutex);
  if (!work->queued) {
    work->queued = true;
    work->next = NULL;
    *last_work = work;
    last_work = &work->next;
    pthread_cond_signal(&work_added);
  }
  pthread_mutex_unlock(&work_mutex);
}

void flush_work(void) {
  pthread_mutex_lock(&work_mutex);
  while (first_work || works) pthread_cond_wait(&work_finished, &work_mutex);
  pthread_mutex_unlock(&work_mutex);
}

void memory_init(void) {
  lock_init(&arena_lock);
  uintptr_t base = ARENA_BASE + (uintptr_t)(getpid() % 65536) * ARENA_BYTES;
  arena = mmap((void *)base, ARENA_BYTES, PROT_READ | PROT_WRITE,
               MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
  if (arena == MAP_FAILED) die("mmap");
  arena_end = arena + ARENA_BYTES;
  pthread_t thread;
  if ((errno = pthread_create(&thread, NULL, worker, NULL))) die("pthread_create");
  pthread_setname_np(thread, "kworker/0:0");
}

// The word before an object tells its class; a freed object is the next of its class, at once.
void *kzalloc(size_t size) {
  int class = SMALLEST;
  while (((size_t)1 << class) < size + 16) class++;
  if (class >= CLASSES) abort();
  lock(&arena_lock);
  void **block = free_lists[class];
  if (block) {
    free_lists[class] = block[2];
  } else {
    block = (void **)arena;
    arena += (size_t)1 << class;
    if (arena > arena_end) abort();
  }
  unlock(&arena_lock);
  block[0] = (void *)(uintptr_t)class;
  return memset(block + 2, 0, size);
}

void kfree(void *pointer) {
  if (!pointer) return;
  void **block = (void **)pointer - 2;
  int class = (int)(uintptr_t)block[0];
  lock(&arena_lock);
  block[2] = free_lists[class];
  free_lists[class] = block;
  unlock(&arena_lock);
}

void lock_init(lock_t *lock) { pthread_mutex_init(&lock->mutex, NULL); }
void lock(lock_t *lock) { pthread_mutex_lock(&lock->mutex); }
void unlock(lock_t *lock) { pthread_mutex_unlock(&lock->mutex); }

int atomic_add(int *value, int amount) {
  return __atomic_add_fetch(value, amount, __ATOMIC_SEQ_CST);
}

bool atomic_inc_not_zero(int *value) {
  int old = __atomic_load_n(value, __ATOMIC_SEQ_CST);
  while (old > 0)
    if (__atomic_compare_exchange_n(value, &old, old + 1, false, __ATOMIC_SEQ_CST,
                                    __ATOMIC_SEQ_CST))
      return true;
  return false;
}

void complete_all(struct completion *completion) {
  __atomic_store_n(&completion->done, UINT32_MAX, __ATOMIC_SEQ_CST);
}

bool completion_done(const struct completion *completion) {
  return __atomic_load_n(&completion->done, __ATOMIC_SEQ_CST) != 0;
}

void list_init(struct list_head *list) { list->next = list->previous = list; }
bool list_empty(const struct list_head *list) { return list->next == list; }

void list_add_tail(struct list_head *link, struct list_head *list) {
  link->next = list;
  link->previous = list->previous;
  list->previous->next = link;
  list->previous = link;
}

void list_del_init(struct list_head *link) {
  link->next->previous = link->previous;
  link->previous->next = link->next;
  list_init(link);
}

void pause_ms(unsigned milliseconds) {
  struct timespec time = {milliseconds / 1000, (long)(milliseconds % 1000) * 1000000};
  while (nanosleep(&time, &time) && errno == EINTR) {
  }
}
