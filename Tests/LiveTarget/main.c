// SPDX-License-Identifier: Apache-2.0
// The program that is traced: pagemap MODE [ARGUMENTS] [+ MODE [ARGUMENTS]]...
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "kernel.h"

enum { USAGE = 64, LIVE_BOS = 8, CYCLES_OF_A_PROCESS = 64, MAX_MODES = 16, MAX_THREADS = 64 };

static const char usage[] =
    "usage: pagemap MODE [+ MODE]...   modes that are joined by + run at once\n"
    "  clean               memory moves to the device and back, all is released\n"
    "  leak                a VM closes without putting its pagemap, and 0.4 s pass\n"
    "  unlocked COUNT      lookups without their lock, one every 0.2 s\n"
    "  load CYCLES [N]     as many legal migrations on each of N threads, as fast as they go\n"
    "  loop SECONDS        legal migrations at leisure\n"
    "  storm COUNT [N [R]] as many calls of getppid on each of N threads, R a second where told\n"
    "  exit STATUS         end with this status, when the other modes have ended\n";

struct mode {
  const char *name;
  long count, threads, rate;
  int number;
  struct machine *machine;
  int ended;
};

static int status;

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

// --- A process with a VM ------------------------------------------------------------------------

struct process {
  struct mm_struct *mm;
  struct pmf_vm *vm;
  struct bo *bos[LIVE_BOS];
};

static void process_start(struct process *process, struct machine *machine) {
  *process = (struct process){.mm = mm_alloc()};
  process->vm = vm_open(machine, process->mm);
}

static void forget(struct process *process, int slot) {
  struct bo *bo = process->bos[slot];
  process->bos[slot] = NULL;
  if (bo) bo_put(bo);
}

static void process_end(struct process *process, bool by_exit, bool leaks) {
  for (int i = 0; i < LIVE_BOS; i++)
    if (process->bos[i] && !by_exit) munmap_bo(process->bos[i]);
  if (by_exit) mmput(process->mm);
  for (int i = 0; i < LIVE_BOS; i++)
    if (process->bos[i]) bo_unmap_pages(process->bos[i]);
  vm_close(process->vm, leaks);
  for (int i = 0; i < LIVE_BOS; i++) forget(process, i);
  if (!by_exit) mmput(process->mm);
}

// Some other process ends.
static void heartbeat(void) { mmput(mm_alloc()); }

// --- Modes --------------------------------------------------------------------------------------

static void migrate_all(struct process *process, int count) {
  for (int i = 0; i < count; i++) {
    process->bos[i] = bo_migrate(process->vm, CHUNK_PAGES, i % 4 == 3 ? CHUNK_ORDER : 0);
    if (i % 2) bo_get_pages(process->bos[i], process->vm);
  }
}

static void clean(struct mode *mode) {
  struct process process;
  for (int round = 0; round < 2; round++) {
    process_start(&process, mode->machine);
    migrate_all(&process, 6);
    bo_fault(process.bos[0], 3);
    bo_fault(process.bos[1], 0);
    bo_evict_oldest(mode->machine);
    bo_fault(process.bos[3], 0);
    munmap_bo(process.bos[4]);
    process_end(&process, round, false);
    flush_work();
  }
  machine_shrink(mode->machine);
}

static void leak(struct mode *mode) {
  struct process process;
  process_start(&process, mode->machine);
  migrate_all(&process, 2);
  bo_fault(process.bos[0], 0);
  process_end(&process, false, true);
  process_start(&process, mode->machine);  // a later VM that does it right
  process_end(&process, false, false);
  machine_shrink(mode->machine);
  for (int i = 0; i < 20; i++) {
    pause_ms(20);
    heartbeat();
  }
}

static void unlocked(struct mode *mode) {
  for (long i = 0; i < mode->count; i++) {
    // A defect of another device each time, as one object tells of a defect once.
    struct machine *machine = machine_create((int)i + 1);
    struct process process;
    process_start(&process, machine);
    migrate_all(&process, 1);
    drm_pagemap_put(drm_pagemap_get_from_cache(machine->cache));
    process_end(&process, false, false);
    machine_unbind(machine);
    for (int j = 0; j < 10; j++) {
      pause_ms(20);
      heartbeat();
    }
  }
}

// One migration to the device, and one thing that brings memory back.
static void cycle(struct mode *mode, struct process *process, unsigned *seed) {
  int slot = rand_r(seed) % LIVE_BOS;
  struct bo *old = process->bos[slot];
  if (old) munmap_bo(old);
  forget(process, slot);
  unsigned dice = rand_r(seed);
  bool large = dice % 4 == 0;
  unsigned npages = large ? CHUNK_PAGES : 1 + dice / 4 % CHUNK_PAGES;
  struct bo *bo = bo_migrate(process->vm, npages, large ? CHUNK_ORDER : 0);
  if (!bo) return;
  process->bos[slot] = bo;
  if (dice & 1 << 16) bo_get_pages(bo, process->vm);
  switch (dice >> 20 & 7) {
    case 0 ... 3:
      bo_fault(bo, large ? 0 : dice / 256 % npages);
      break;
    case 4 ... 5:
      bo_evict_oldest(mode->machine);
      break;
    default:
      break;
  }
}

static void work(struct mode *mode, unsigned seed, long cycles, double until, unsigned pause) {
  struct process process;
  long life = 0;
  for (long i = 0; cycles < 0 ? seconds() < until : i < cycles; i++) {
    if (life++ == 0) process_start(&process, mode->machine);
    cycle(mode, &process, &seed);
    if (pause) pause_ms(pause);
    if (life < CYCLES_OF_A_PROCESS) continue;
    process_end(&process, rand_r(&seed) & 1, false);
    life = 0;
    if (rand_r(&seed) % 8 == 0) machine_shrink(mode->machine);
  }
  if (life) process_end(&process, true, false);
}

static void loop(struct mode *mode) { work(mode, 7, -1, seconds() + (double)mode->count, 2); }

static void load(struct mode *mode, int thread) {
  work(mode, 99 + (unsigned)thread, mode->count, 0, 0);
}

static void storm(struct mode *mode) {
  double start = seconds();
  for (long i = 0; i < mode->count; i++) {
    syscall(SYS_getppid);
    if (mode->rate && i % 64 == 63)
      while ((double)i > (seconds() - start) * (double)mode->rate) pause_ms(1);
  }
}

// --- Threads ------------------------------------------------------------------------------------

struct thread {
  struct mode *mode;
  int number;
  pthread_t thread;
};

static void pin(int number) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(number % (int)sysconf(_SC_NPROCESSORS_ONLN), &set);
  pthread_setaffinity_np(pthread_self(), sizeof set, &set);
}

static void *run(void *argument) {
  struct thread *thread = argument;
  struct mode *mode = thread->mode;
  const char *name = mode->name;
  if (mode->threads > 1) pin(thread->number);
  if (!strcmp(name, "clean")) clean(mode);
  if (!strcmp(name, "leak")) leak(mode);
  if (!strcmp(name, "unlocked")) unlocked(mode);
  if (!strcmp(name, "load")) load(mode, thread->number);
  if (!strcmp(name, "loop")) loop(mode);
  if (!strcmp(name, "storm")) storm(mode);
  bool is_last = !atomic_add(&mode->ended, -1);
  // A device whose pagemap leaked cannot be unbound: its module is in use.
  if (is_last && mode->machine && strcmp(name, "leak")) machine_unbind(mode->machine);
  return NULL;
}

static bool is_known(const char *name, int arguments) {
  if (!strcmp(name, "clean") || !strcmp(name, "leak")) return arguments == 0;
  if (!strcmp(name, "loop") || !strcmp(name, "exit") || !strcmp(name, "unlocked"))
    return arguments == 1;
  if (!strcmp(name, "load")) return arguments == 1 || arguments == 2;
  return !strcmp(name, "storm") && arguments >= 1 && arguments <= 3;
}

// Reads one mode with its arguments, up to the next +; answers how many words it took, 0 for none.
static int parse(char **words, struct mode *mode) {
  int count = 0;
  while (words[count] && strcmp(words[count], "+")) count++;
  if (!count || !is_known(words[0], count - 1)) return 0;
  *mode = (struct mode){.name = words[0],
                        .count = count > 1 ? atol(words[1]) : 0,
                        .threads = count > 2 ? atol(words[2]) : 1,
                        .rate = count > 3 ? atol(words[3]) : 0};
  return mode->threads > 0 && mode->threads <= MAX_THREADS ? count : 0;
}

static void start(struct mode *mode, struct thread *threads) {
  if (!strcmp(mode->name, "exit")) status = (int)mode->count;
  if (strcmp(mode->name, "storm") && strcmp(mode->name, "exit"))
    mode->machine = machine_create(mode->number);
  mode->ended = (int)mode->threads;
  for (int i = 0; i < mode->threads; i++) {
    threads[i] = (struct thread){.mode = mode, .number = i};
    if (pthread_create(&threads[i].thread, NULL, run, &threads[i])) abort();
  }
}

int main(int count, char **words) {
  static struct mode modes[MAX_MODES];
  static struct thread threads[MAX_MODES][MAX_THREADS];
  int number = 0;
  for (int at = 1; at < count || !number; at++, number++) {
    int taken = number < MAX_MODES ? parse(words + at, &modes[number]) : 0;
    if (!taken) {
      fputs(usage, stderr);
      return USAGE;
    }
    modes[number].number = number;
    at += taken;
  }
  memory_init();
  for (int i = 0; i < number; i++) start(&modes[i], threads[i]);
  for (int i = 0; i < number; i++)
    for (int j = 0; j < modes[i].threads; j++) pthread_join(threads[i][j].thread, NULL);
  return status;
}
