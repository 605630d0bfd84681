// SPDX-License-Identifier: Apache-2.0
#include "recording.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <trace-cmd.h>
#include <zstd.h>

enum { EVENT_LIMIT = 65536, FIELD_LIMIT = 32 };

struct event_fields {
  struct address_field *fields;
  int count;
};

static struct event_fields known[EVENT_LIMIT];

void fail(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vfprintf(stderr, format, arguments);
  va_end(arguments);
  fputc('\n', stderr);
  exit(1);
}

// The eight-byte fields of an event, without the probes' own (where in the code they are).
static const struct event_fields *fields_of(struct tep_event *event) {
  struct event_fields *entry = &known[event->id & (EVENT_LIMIT - 1)];
  if (entry->fields)
    return entry;
  entry->fields = calloc(FIELD_LIMIT, sizeof(*entry->fields));
  for (struct tep_format_field *field = event->format.fields; field; field = field->next) {
    if (field->size != 8 || field->flags & TEP_FIELD_IS_DYNAMIC ||
        !strncmp(field->name, "__probe", 7) || entry->count == FIELD_LIMIT)
      continue;
    struct address_field *address = &entry->fields[entry->count++];
    address->offset = (uint16_t)field->offset;
    address->role = strcmp(field->name, "page") && strcmp(field->name, "folio")
                        ? ROLE_KERNEL
                        : ROLE_PAGE;
  }
  return entry;
}

static int take(struct tracecmd_input *handle, struct tep_record *source, int cpu, void *context) {
  struct recording *recording = context;
  size_t place = recording->count++;
  if ((place & (place + 1)) == 0)
    recording->records =
        realloc(recording->records, 2 * (place + 1) * sizeof(*recording->records));
  struct tep_handle *tep = tracecmd_get_tep(handle);
  struct tep_event *event = tep_find_event(tep, tep_data_type(tep, source));
  if (!recording->records || !event)
    fail("record %zu is of no known event", place);
  uint8_t *payload = malloc((size_t)source->size);
  memcpy(payload, source->data, (size_t)source->size);
  const struct event_fields *fields = fields_of(event);
  recording->records[place] = (struct record){
      .time = source->ts,
      .cpu = (uint32_t)cpu,
      .size = (uint32_t)source->size,
      .payload = payload,
      .fields = fields->fields,
      .field_count = fields->count,
  };
  return 0;
}

static uint64_t number(const uint8_t *place, int width) {
  uint64_t value = 0;
  memcpy(&value, place, (size_t)width);
  return value;
}

// Collects the sections between the file's header and its first options.
static void load_sections(struct recording *recording, const char *path) {
  FILE *file = fopen(path, "rb");
  if (!file)
    fail("%s: cannot be opened", path);
  static uint8_t bytes[1 << 24];
  size_t size = fread(bytes, 1, sizeof(bytes), file);
  fclose(file);
  size_t place = 18;                    // magic, "7", byte order, long size, page size
  for (int names = 0; names < 2; place++)  // the compression and its version
    names += bytes[place] == 0;
  place += 8;  // the first options
  while (place + 16 <= size) {
    unsigned id = (unsigned)number(bytes + place, 2);
    int is_compressed = (int)number(bytes + place + 2, 2) & 1;
    uint64_t length = number(bytes + place + 8, 8);
    const uint8_t *data = bytes + place + 16;
    if (length > size - place - 16)
      break;
    place += 16 + length;
    if (id < SECTION_HEADERS || id >= SECTION_LIMIT)
      continue;
    struct blob *blob = &recording->sections[id];
    blob->size = is_compressed ? number(data + 4, 4) : length;
    blob->data = malloc(blob->size + 1);
    if (!is_compressed)
      memcpy(blob->data, data, length);
    else if (ZSTD_decompress(blob->data, blob->size, data + 8, number(data, 4)) != blob->size)
      fail("%s: section %u cannot be decompressed", path, id);
  }
  if (!recording->sections[SECTION_HEADERS].data || !recording->sections[SECTION_EVENTS].data)
    fail("%s: no version 7 file with event formats", path);
}

void recording_load(struct recording *recording, const char *path) {
  load_sections(recording, path);
  struct tracecmd_input *handle = tracecmd_open(path, TRACECMD_FL_LOAD_NO_PLUGINS);
  if (!handle || tracecmd_iterate_events(handle, NULL, 0, take, recording) < 0 ||
      !recording->count)
    fail("%s: libtracecmd cannot read it", path);
  recording->cpus = (uint32_t)tep_get_cpus(tracecmd_get_tep(handle));
  recording->first = recording->records[0].time;
  recording->last = recording->records[recording->count - 1].time;
  tracecmd_close(handle);
}
