// SPDX-License-Identifier: Apache-2.0
// The recording that a generated trace is made of: its records, what in them is an address, and the
// descriptions of its events.
#ifndef RECORDING_H
#define RECORDING_H

#include <stddef.h>
#include <stdint.h>

// What a field holds, so that a copy of it can be told from the original.
enum field_role {
  ROLE_KERNEL,  // a pointer into the kernel's own memory
  ROLE_PAGE,    // a struct page
};

// An eight-byte field of a record that may hold an address.
struct address_field {
  uint16_t offset;
  uint8_t role;
};

// A record in the order of time.
struct record {
  uint64_t time;
  uint32_t cpu;
  uint32_t size;
  const uint8_t *payload;
  const struct address_field *fields;
  int field_count;
};

struct blob {
  uint8_t *data;
  size_t size;
};

// Sections of version 7 by their ids.
enum section {
  SECTION_STRINGS = 15,
  SECTION_HEADERS = 16,
  SECTION_FTRACE = 17,
  SECTION_EVENTS = 18,
  SECTION_KALLSYMS = 19,
  SECTION_PRINTK = 20,
  SECTION_COMMANDS = 21,
  SECTION_LIMIT = 22,
};

struct recording {
  struct record *records;
  size_t count;
  uint32_t cpus;
  uint64_t first, last;
  struct blob sections[SECTION_LIMIT];
};

// Reads a version 7 file that libtracecmd can read; ends the program where it cannot.
void recording_load(struct recording *recording, const char *path);

// Ends the program with a message.
void fail(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

#endif
