// SPDX-License-Identifier: Apache-2.0
#include "stream.h"

#include <stdio.h>
#include <string.h>

enum {
  SWITCH_ID = 314,
  WAKING_ID = 317,
  PAGE_HEADER = 16,
  TASKS = 48,
  FIRST_PID = 4000,
};

#define COMMON_FIELDS                                                                 \
  "format:\n"                                                                         \
  "\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"              \
  "\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n"              \
  "\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;\n"      \
  "\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n"

const char *const sched_formats[2] = {
    "name: sched_switch\nID: 314\n" COMMON_FIELDS
    "\tfield:char prev_comm[16];\toffset:8;\tsize:16;\tsigned:0;\n"
    "\tfield:pid_t prev_pid;\toffset:24;\tsize:4;\tsigned:1;\n"
    "\tfield:int prev_prio;\toffset:28;\tsize:4;\tsigned:1;\n"
    "\tfield:long prev_state;\toffset:32;\tsize:8;\tsigned:1;\n"
    "\tfield:char next_comm[16];\toffset:40;\tsize:16;\tsigned:0;\n"
    "\tfield:pid_t next_pid;\toffset:56;\tsize:4;\tsigned:1;\n"
    "\tfield:int next_prio;\toffset:60;\tsize:4;\tsigned:1;\n\n"
    "print fmt: \"prev_comm=%s prev_pid=%d prev_prio=%d prev_state=%s%s ==> next_comm=%s "
    "next_pid=%d next_prio=%d\", REC->prev_comm, REC->prev_pid, REC->prev_prio, "
    "(REC->prev_state & 0xff) ? __print_flags(REC->prev_state & 0xff, \"|\", { 0x1, \"S\" }, "
    "{ 0x2, \"D\" }, { 0x4, \"T\" }, { 0x8, \"t\" }, { 0x10, \"X\" }, { 0x20, \"Z\" }, "
    "{ 0x40, \"P\" }, { 0x80, \"I\" }) : \"R\", REC->prev_state & 0x100 ? \"+\" : \"\", "
    "REC->next_comm, REC->next_pid, REC->next_prio\n",
    "name: sched_waking\nID: 317\n" COMMON_FIELDS
    "\tfield:char comm[16];\toffset:8;\tsize:16;\tsigned:0;\n"
    "\tfield:pid_t pid;\toffset:24;\tsize:4;\tsigned:1;\n"
    "\tfield:int prio;\toffset:28;\tsize:4;\tsigned:1;\n"
    "\tfield:int target_cpu;\toffset:32;\tsize:4;\tsigned:1;\n\n"
    "print fmt: \"comm=%s pid=%d prio=%d target_cpu=%03d\", REC->comm, REC->pid, REC->prio, "
    "REC->target_cpu\n",
};

struct common {
  uint16_t type;
  uint8_t flags, preempt_count;
  int32_t pid;
};

struct sched_switch {
  struct common common;
  char prev_comm[16];
  int32_t prev_pid, prev_prio;
  int64_t prev_state;
  char next_comm[16];
  int32_t next_pid, next_prio;
};

struct sched_waking {
  struct common common;
  char comm[16];
  int32_t pid, prio, target_cpu;
};

// --- Pages ---------------------------------------------------------------------------------------

static void put32(uint8_t *place, uint32_t value) { memcpy(place, &value, 4); }
static void put64(uint8_t *place, uint64_t value) { memcpy(place, &value, 8); }

static void finish_page(struct stream *stream) {
  if (!stream->used)
    return;
  put64(stream->page + 8, stream->used);
  memset(stream->page + PAGE_HEADER + stream->used, 0, PAGE_SIZE - PAGE_HEADER - stream->used);
  stream->pages++;
  stream->used = 0;
  if (stream->write)
    stream->write(stream->context, stream->page);
}

// Adds a record as the kernel lays it out: a word with length and time, an extension of the time
// where 27 bits are too few, a length of its own where the payload has more than 112 bytes.
static void add(struct stream *stream, uint64_t time, const void *payload, uint32_t size) {
  uint32_t length = (size + 3) & ~3u;
  uint32_t head = length > 112 ? 8 : 4;
  if (stream->used + head + length + 8 > PAGE_SIZE - PAGE_HEADER)
    finish_page(stream);
  if (!stream->used) {
    put64(stream->page, time);
    stream->time = time;
  }
  uint64_t delta = time - stream->time;
  uint8_t *place = stream->page + PAGE_HEADER + stream->used;
  if (delta >> 27) {
    put32(place, 30 | (uint32_t)(delta & 0x7ffffff) << 5);
    put32(place + 4, (uint32_t)(delta >> 27));
    place += 8;
    stream->used += 8;
    delta = 0;
  }
  put32(place, (uint32_t)delta << 5 | (length > 112 ? 0 : length / 4));
  if (length > 112)
    put32(place + 4, length + 4);
  memcpy(place + head, payload, size);
  memset(place + head + size, 0, length - size);
  stream->used += head + length;
  stream->time = time;
  stream->events++;
}

// --- The scheduler's records ---------------------------------------------------------------------

static const char *const names[] = {"kworker/u8:2", "Xwayland", "glmark2", "rcu_preempt",
                                    "gdbus",        "compute-queue", "ksoftirqd/1", "postgres"};

// What the made-up tasks do; the same on every run.
struct scheduler {
  uint64_t random;
  uint32_t running[64];  // by CPU; 0 is the idle task
};

static uint32_t draw(struct scheduler *scheduler, uint32_t below) {
  scheduler->random ^= scheduler->random << 13;
  scheduler->random ^= scheduler->random >> 7;
  scheduler->random ^= scheduler->random << 17;
  return (uint32_t)(scheduler->random >> 33) % below;
}

static int32_t pid_of(uint32_t task) { return task ? (int32_t)(FIRST_PID + task) : 0; }

static void name_of(uint32_t task, uint32_t cpu, char name[16]) {
  memset(name, 0, 16);
  if (task)
    strcpy(name, names[task % 8]);
  else
    snprintf(name, 16, "swapper/%u", cpu % 1000);
}

void sched_tasks(char *text, size_t size) {
  size_t used = 0;
  for (uint32_t task = 1; task < TASKS && used < size; task++)
    used += (size_t)snprintf(text + used, size - used, "%d %s\n", pid_of(task), names[task % 8]);
}

// One record of the scheduler, alternately a wake-up and a switch; only `stream`'s CPU is kept.
static void add_sched(struct scheduler *scheduler, struct stream *stream, uint32_t only,
                      uint32_t cpus, uint64_t time) {
  uint32_t cpu = draw(scheduler, cpus);
  uint32_t task = draw(scheduler, TASKS);
  uint32_t current = scheduler->running[cpu];
  if (draw(scheduler, 5) < 2 && task) {
    if (cpu != only)
      return;
    struct sched_waking record = {
        .common = {.type = WAKING_ID, .flags = 1, .pid = pid_of(current)},
        .pid = pid_of(task), .prio = 120, .target_cpu = (int32_t)cpu};
    name_of(task, cpu, record.comm);
    add(stream, time, &record, sizeof(record));
    return;
  }
  scheduler->running[cpu] = task;
  if (cpu != only)
    return;
  struct sched_switch record = {
      .common = {.type = SWITCH_ID, .flags = 1, .preempt_count = 2, .pid = pid_of(current)},
      .prev_pid = pid_of(current), .prev_prio = 120, .prev_state = current ? 1 : 0,
      .next_pid = pid_of(task), .next_prio = 120};
  name_of(current, cpu, record.prev_comm);
  name_of(task, cpu, record.next_comm);
  add(stream, time, &record, sizeof(record));
}

// --- The recording's records ---------------------------------------------------------------------

// How far a copy's addresses are from those of the copy before: more than the recording spans.
#define KERNEL_STEP (1ull << 28)
// Device memory, and the struct pages (64 bytes for 4096) that stand for it.
#define MEMORY_STEP (1ull << 28)
#define PAGE_STEP (MEMORY_STEP / 4096 * 64)
#define USER_STEP (1ull << 21)

// The address in copy number `copy`. What is no address stays: numbers, flags, error pointers, and
// the kernel's and its modules' own code and data, which all copies share.
static uint64_t shifted(uint64_t value, enum field_role role, uint64_t copy) {
  if (role == ROLE_PAGE && value >> 56 == 0xff)
    return value + copy * PAGE_STEP;
  if (value >= 0xff00000000000000ull && value < 0xffffffff00000000ull)
    return value + copy * KERNEL_STEP;
  if (value >= 0x7e0000000000ull && value < 0x800000000000ull)
    return value + copy * USER_STEP;
  if (value >= 0x8000000000ull && value < 0x20000000000ull)
    return value + copy * MEMORY_STEP;
  return value;
}

static void add_own(const struct record *record, struct stream *stream, uint64_t copy,
                    uint64_t time) {
  uint8_t payload[PAGE_SIZE];
  memcpy(payload, record->payload, record->size);
  for (int index = 0; index < record->field_count; index++) {
    uint8_t *place = payload + record->fields[index].offset;
    uint64_t value;
    memcpy(&value, place, 8);
    put64(place, shifted(value, record->fields[index].role, copy));
  }
  add(stream, time, payload, record->size);
}

// --- All of it -----------------------------------------------------------------------------------

void stream_generate(const struct plan *plan, uint32_t cpu, struct stream *stream) {
  const struct recording *recording = plan->recording;
  uint64_t span = recording->last - recording->first + 200000000;
  uint64_t sched_count = recording->count * plan->sched_per_own;
  struct scheduler scheduler = {.random = 0x9e3779b97f4a7c15ull};
  for (uint64_t copy = 0; copy < plan->copies; copy++) {
    uint64_t start = recording->first + copy * span;
    uint64_t made = 0;
    for (size_t index = 0; index < recording->count; index++) {
      const struct record *record = &recording->records[index];
      uint64_t time = record->time + copy * span;
      // The scheduler's records are spread evenly over the copy's time.
      for (; made < sched_count && start + span * made / sched_count < time; made++)
        add_sched(&scheduler, stream, cpu, recording->cpus, start + span * made / sched_count);
      if (record->cpu == cpu)
        add_own(record, stream, copy, time);
    }
    for (; made < sched_count; made++)
      add_sched(&scheduler, stream, cpu, recording->cpus, start + span * made / sched_count);
  }
  finish_page(stream);
}
