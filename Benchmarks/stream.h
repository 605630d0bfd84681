// SPDX-License-Identifier: Apache-2.0
// The records of a generated trace and the ring buffer's pages that hold them.
#ifndef STREAM_H
#define STREAM_H

#include "recording.h"

enum { PAGE_SIZE = 4096 };

// What a generated trace consists of.
struct plan {
  const struct recording *recording;
  uint32_t copies;         // how often the recording comes
  uint32_t sched_per_own;  // scheduler's records for each of the recording's
};

// Where the pages of one CPU go, and what they held.
struct stream {
  // Called with every full page; may be NULL to count only.
  void (*write)(void *context, const uint8_t *page);
  void *context;
  uint64_t events;
  uint64_t pages;
  uint64_t time;
  // The page that is being filled; private.
  uint32_t used;
  uint8_t page[PAGE_SIZE];
};

// The formats of sched_switch and sched_waking, as the kernel prints them.
extern const char *const sched_formats[2];
// The tasks that the scheduler's records name, "PID NAME\n" each.
void sched_tasks(char *text, size_t size);

// Makes the records of one CPU. The same plan and CPU always give the same bytes.
void stream_generate(const struct plan *plan, uint32_t cpu, struct stream *stream);

#endif
