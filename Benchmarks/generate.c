// SPDX-License-Identifier: Apache-2.0
// Makes trace.dat files for the benchmark out of a recording.
//
//   generate RECORDING mixed|pagemap MEGABYTES PREFIX
//
// writes PREFIX.v6.dat, PREFIX.v7.dat (both uncompressed) and PREFIX.zstd.dat (version 7) with the
// same records: copies of the recording one after another, each with addresses of its own, and in
// `mixed` nine scheduler's records for each of the recording's. The number of copies is the smallest
// that gives MEGABYTES of uncompressed pages. The same arguments give the same bytes.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "stream.h"

enum { CPU_LIMIT = 64, CHUNK_PAGES = 16, ZSTD_LEVEL = 3 };

static const char clocks[] = "local global counter uptime perf [mono] mono_raw boot tai x86-tsc\n";
static const char host[] = "Linux benchmark 7.3.4+deb13-amd64 x86_64";

// One CPU's pages: what they hold, and where they are in the file.
struct cpu_data {
  uint64_t events, pages, time;
  uint64_t offset, size;
};

struct container {
  FILE *file;
  const struct plan *plan;
  const struct recording *recording;
  struct blob commands, events;
  struct cpu_data cpus[CPU_LIMIT];
  // Compressed pages: those of the chunk, and how many chunks there are.
  ZSTD_CCtx *compressor;
  uint8_t chunk[CHUNK_PAGES * PAGE_SIZE];
  uint32_t chunk_used, chunk_count;
};

// --- Bytes ---------------------------------------------------------------------------------------

static void put(FILE *file, const void *data, size_t size) {
  if (size && fwrite(data, size, 1, file) != 1)
    fail("the file cannot be written");
}

static void put_number(FILE *file, uint64_t value, size_t width) { put(file, &value, width); }

static void put_text(FILE *file, const char *text) { put(file, text, strlen(text) + 1); }

static uint64_t align(FILE *file) {
  while (ftell(file) % PAGE_SIZE)
    fputc(0, file);
  return (uint64_t)ftell(file);
}

// --- Descriptions --------------------------------------------------------------------------------

// The recording's event formats and a system `sched`: number of systems (4 bytes), then for each
// its name, the number of its events (4 bytes), and each format behind its length (8 bytes).
static void describe_events(struct container *container) {
  const struct blob *own = &container->recording->sections[SECTION_EVENTS];
  size_t size = 0;
  FILE *file = open_memstream((char **)&container->events.data, &size);
  uint32_t systems;
  memcpy(&systems, own->data, 4);
  put_number(file, systems + 1, 4);
  put_text(file, "sched");
  put_number(file, 2, 4);
  for (int index = 0; index < 2; index++) {
    put_number(file, strlen(sched_formats[index]), 8);
    put(file, sched_formats[index], strlen(sched_formats[index]));
  }
  put(file, own->data + 4, own->size - 4);
  fclose(file);
  container->events.size = size;
}

// The recording's task names and those of the scheduler's records.
static void describe_commands(struct container *container) {
  const struct blob *own = &container->recording->sections[SECTION_COMMANDS];
  char tasks[2048];
  sched_tasks(tasks, sizeof(tasks));
  uint64_t length = 0;
  if (own->data)
    memcpy(&length, own->data, 8);
  size_t text = own->data ? strnlen((char *)own->data + 8, length) : 0;
  size_t size = 0;
  FILE *file = open_memstream((char **)&container->commands.data, &size);
  put_number(file, text + strlen(tasks) + 1, 8);
  if (text)
    put(file, own->data + 8, text);
  put_text(file, tasks);
  fclose(file);
  container->commands.size = size;
}

static void put_option(FILE *file, unsigned id, const void *data, size_t size) {
  put_number(file, id, 2);
  put_number(file, size, 4);
  put(file, data, size);
}

static uint64_t end_of(const struct container *container) {
  uint64_t end = 0;
  for (uint32_t cpu = 0; cpu < container->recording->cpus; cpu++)
    if (container->cpus[cpu].time > end)
      end = container->cpus[cpu].time;
  return end + 200000000;
}

// The options that both versions share: the kernel's counters, the clock, the host.
static void put_options(struct container *container) {
  FILE *file = container->file;
  uint64_t end = end_of(container) / 1000;
  for (uint32_t cpu = 0; cpu < container->recording->cpus; cpu++) {
    char text[256];
    int length = snprintf(text, sizeof(text),
                          "CPU: %u\nentries: 0\noverrun: 0\ncommit overrun: 0\nbytes: 0\n"
                          "oldest event ts: %5llu.%06llu\nnow ts: %5llu.%06llu\n"
                          "dropped events: 0\nread events: %llu\n",
                          cpu, (unsigned long long)(end / 1000000),
                          (unsigned long long)(end % 1000000), (unsigned long long)(end / 1000000),
                          (unsigned long long)(end % 1000000),
                          (unsigned long long)container->cpus[cpu].events);
    put_option(file, 2, text, (size_t)length + 1);
  }
  put_option(file, 4, clocks, sizeof(clocks));
  put_option(file, 5, host, sizeof(host));
}

static void put_start(FILE *file, const char *version) {
  put(file, "\x17\x08\x44tracing", 10);
  put_text(file, version);
  put_number(file, 0, 1);
  put_number(file, 8, 1);
  put_number(file, PAGE_SIZE, 4);
}

// --- Pages ---------------------------------------------------------------------------------------

static void write_plain(void *context, const uint8_t *page) {
  put(((struct container *)context)->file, page, PAGE_SIZE);
}

static void flush_chunk(struct container *container) {
  static uint8_t packed[2 * CHUNK_PAGES * PAGE_SIZE];
  if (!container->chunk_used)
    return;
  size_t size = ZSTD_compressCCtx(container->compressor, packed, sizeof(packed), container->chunk,
                                  container->chunk_used, ZSTD_LEVEL);
  if (ZSTD_isError(size))
    fail("zstd: %s", ZSTD_getErrorName(size));
  put_number(container->file, size, 4);
  put_number(container->file, container->chunk_used, 4);
  put(container->file, packed, size);
  container->chunk_used = 0;
  container->chunk_count++;
}

static void write_packed(void *context, const uint8_t *page) {
  struct container *container = context;
  memcpy(container->chunk + container->chunk_used, page, PAGE_SIZE);
  container->chunk_used += PAGE_SIZE;
  if (container->chunk_used == sizeof(container->chunk))
    flush_chunk(container);
}

// Writes the pages of all CPUs. Compressed ones stand in chunks behind their number.
static void put_pages(struct container *container, int is_packed) {
  for (uint32_t cpu = 0; cpu < container->recording->cpus; cpu++) {
    struct cpu_data *data = &container->cpus[cpu];
    struct stream stream = {.write = is_packed ? write_packed : write_plain, .context = container};
    data->offset = align(container->file);
    container->chunk_count = 0;
    if (is_packed)
      put_number(container->file, 0, 4);
    stream_generate(container->plan, cpu, &stream);
    flush_chunk(container);
    long end = ftell(container->file);
    data->size = (uint64_t)end - data->offset;
    if (!is_packed)
      continue;
    fseek(container->file, (long)data->offset, SEEK_SET);
    put_number(container->file, container->chunk_count, 4);
    fseek(container->file, end, SEEK_SET);
  }
}

// --- Containers ----------------------------------------------------------------------------------

static void open_file(struct container *container, const char *prefix, const char *suffix) {
  char path[4096];
  snprintf(path, sizeof(path), "%s.%s.dat", prefix, suffix);
  container->file = fopen(path, "wb");
  if (!container->file)
    fail("%s: cannot be written", path);
  setvbuf(container->file, NULL, _IOFBF, 1 << 20);
}

static void close_file(struct container *container) {
  if (fclose(container->file))
    fail("the file cannot be written");
}

static void put_version6(struct container *container, const char *prefix) {
  const struct recording *recording = container->recording;
  open_file(container, prefix, "v6");
  FILE *file = container->file;
  put_start(file, "6");
  put(file, recording->sections[SECTION_HEADERS].data, recording->sections[SECTION_HEADERS].size);
  put(file, recording->sections[SECTION_FTRACE].data, recording->sections[SECTION_FTRACE].size);
  put(file, container->events.data, container->events.size);
  put_number(file, 0, 4);  // no kallsyms
  put_number(file, 0, 4);  // no printk formats
  put(file, container->commands.data, container->commands.size);
  put_number(file, recording->cpus, 4);
  put(file, "options  ", 10);
  put_options(container);
  put_number(file, 0, 2);
  put(file, "flyrecord", 10);
  long table = ftell(file);
  for (uint32_t cpu = 0; cpu < recording->cpus; cpu++) {
    put_number(file, 0, 8);
    put_number(file, 0, 8);
  }
  put_pages(container, 0);
  fseek(file, table, SEEK_SET);
  for (uint32_t cpu = 0; cpu < recording->cpus; cpu++) {
    put_number(file, container->cpus[cpu].offset, 8);
    put_number(file, container->cpus[cpu].size, 8);
  }
  close_file(container);
}

// Starts a section, whose length `end_section` fills in.
static long begin_section(FILE *file, unsigned id, int is_packed) {
  long start = ftell(file);
  put_number(file, id, 2);
  put_number(file, (uint64_t)is_packed, 2);
  put_number(file, 0, 4);
  put_number(file, 0, 8);
  return start;
}

static void end_section(FILE *file, long start) {
  long end = ftell(file);
  fseek(file, start + 8, SEEK_SET);
  put_number(file, (uint64_t)(end - start - 16), 8);
  fseek(file, end, SEEK_SET);
}

static uint64_t put_section(FILE *file, unsigned id, const struct blob *blob) {
  long start = begin_section(file, id, 0);
  put(file, blob->data, blob->size);
  end_section(file, start);
  return (uint64_t)start;
}

static void put_buffer_option(struct container *container, uint64_t section) {
  FILE *file = container->file;
  uint32_t cpus = container->recording->cpus;
  put_number(file, 3, 2);
  put_number(file, 8 + 1 + 5 + 4 + 4 + 20 * cpus, 4);
  put_number(file, section, 8);
  put_text(file, "");
  put_text(file, "mono");
  put_number(file, PAGE_SIZE, 4);
  put_number(file, cpus, 4);
  for (uint32_t cpu = 0; cpu < cpus; cpu++) {
    put_number(file, cpu, 4);
    put_number(file, container->cpus[cpu].offset, 8);
    put_number(file, container->cpus[cpu].size, 8);
  }
}

static void put_version7(struct container *container, const char *prefix, int is_packed) {
  const struct recording *recording = container->recording;
  open_file(container, prefix, is_packed ? "zstd" : "v7");
  FILE *file = container->file;
  put_start(file, "7");
  put_text(file, is_packed ? "zstd" : "none");
  put_text(file, is_packed ? ZSTD_versionString() : "");
  long place = ftell(file);
  put_number(file, 0, 8);
  uint64_t sections[SECTION_LIMIT] = {0};
  sections[SECTION_HEADERS] =
      put_section(file, SECTION_HEADERS, &recording->sections[SECTION_HEADERS]);
  sections[SECTION_FTRACE] =
      put_section(file, SECTION_FTRACE, &recording->sections[SECTION_FTRACE]);
  sections[SECTION_EVENTS] = put_section(file, SECTION_EVENTS, &container->events);
  sections[SECTION_COMMANDS] = put_section(file, SECTION_COMMANDS, &container->commands);
  long buffer = begin_section(file, 3, is_packed);
  put_pages(container, is_packed);
  end_section(file, buffer);

  long options = begin_section(file, 0, 0);
  for (unsigned id = SECTION_HEADERS; id < SECTION_LIMIT; id++)
    if (sections[id])
      put_option(file, id, &sections[id], 8);
  put_options(container);
  put_option(file, 8, &recording->cpus, 4);
  put_buffer_option(container, (uint64_t)buffer);
  uint64_t no_more = 0;
  put_option(file, 0, &no_more, 8);
  end_section(file, options);
  // The sections' descriptions: all of them have the empty one.
  static const struct blob strings = {(uint8_t *)"", 1};
  put_section(file, SECTION_STRINGS, &strings);
  fseek(file, place, SEEK_SET);
  put_number(file, (uint64_t)options, 8);
  close_file(container);
}

// Counts what each CPU will hold, which has to stand before the pages.
static uint64_t count_pages(struct container *container) {
  uint64_t pages = 0;
  for (uint32_t cpu = 0; cpu < container->recording->cpus; cpu++) {
    struct stream stream = {0};
    stream_generate(container->plan, cpu, &stream);
    container->cpus[cpu].events = stream.events;
    container->cpus[cpu].pages = stream.pages;
    container->cpus[cpu].time = stream.time;
    pages += stream.pages;
  }
  return pages;
}

int main(int argc, char **argv) {
  if (argc != 5 || (strcmp(argv[2], "mixed") && strcmp(argv[2], "pagemap")))
    fail("usage: generate RECORDING mixed|pagemap MEGABYTES PREFIX");
  static struct recording recording;
  recording_load(&recording, argv[1]);
  if (recording.cpus > CPU_LIMIT)
    fail("%s: at most %d CPUs are expected", argv[1], CPU_LIMIT);
  struct plan plan = {
      .recording = &recording, .copies = 1, .sched_per_own = strcmp(argv[2], "mixed") ? 0 : 9};
  static struct container container;
  container.plan = &plan;
  container.recording = &recording;
  container.compressor = ZSTD_createCCtx();
  describe_events(&container);
  describe_commands(&container);

  uint64_t wanted = strtoull(argv[3], NULL, 10) * 1000000 / PAGE_SIZE + 1;
  uint64_t once = count_pages(&container);
  plan.copies = (uint32_t)((wanted + once - 1) / once);
  while (count_pages(&container) < wanted)
    plan.copies += 1 + plan.copies / 100;

  put_version6(&container, argv[4]);
  put_version7(&container, argv[4], 0);
  put_version7(&container, argv[4], 1);
  uint64_t events = 0;
  for (uint32_t cpu = 0; cpu < recording.cpus; cpu++)
    events += container.cpus[cpu].events;
  printf("%llu %llu\n", (unsigned long long)events,
         (unsigned long long)(plan.copies * recording.count));
  return 0;
}
