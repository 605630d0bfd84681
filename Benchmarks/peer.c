// SPDX-License-Identifier: Apache-2.0
// The benchmark's yardstick: libtracecmd going through a trace.dat in the order of time, without
// looking at a field. Prints the number of records.
#include <stdio.h>
#include <trace-cmd.h>

static int count(struct tracecmd_input *handle, struct tep_record *record, int cpu, void *context) {
  (void)handle;
  (void)record;
  (void)cpu;
  ++*(unsigned long long *)context;
  return 0;
}

int main(int argc, char **argv) {
  unsigned long long records = 0;
  if (argc != 2)
    return 64;
  struct tracecmd_input *handle = tracecmd_open(argv[1], TRACECMD_FL_LOAD_NO_PLUGINS);
  if (!handle || tracecmd_iterate_events(handle, NULL, 0, count, &records) < 0)
    return 1;
  tracecmd_close(handle);
  printf("%llu\n", records);
  return 0;
}
