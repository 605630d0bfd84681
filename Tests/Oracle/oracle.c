// Prints one line per record of a trace.dat's top buffer as libtracecmd reads it:
//   cpu timestamp id size
// With a second argument (any) it only iterates and prints the number of records.
#include <stdio.h>
#include <stdlib.h>
#include <trace-cmd.h>

static int count_only;
static unsigned long long records;

static int print_record(struct tracecmd_input *handle, struct tep_record *record, int cpu,
                        void *context) {
  (void)context;
  records++;
  if (!count_only)
    printf("%d %llu %d %d\n", cpu, record->ts,
           tep_data_type(tracecmd_get_tep(handle), record), record->size);
  return 0;
}

int main(int argc, char **argv) {
  if (argc < 2)
    return 64;
  count_only = argc > 2;
  struct tracecmd_input *handle = tracecmd_open(argv[1], TRACECMD_FL_LOAD_NO_PLUGINS);
  if (!handle)
    return 1;
  int status = tracecmd_iterate_events(handle, NULL, 0, print_record, NULL);
  if (count_only)
    printf("%llu\n", records);
  tracecmd_close(handle);
  return status < 0 ? 2 : 0;
}
