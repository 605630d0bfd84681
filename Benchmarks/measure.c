// SPDX-License-Identifier: Apache-2.0
// Runs a program and says what it took.
//
//   measure OUTPUT PROGRAM [ARGUMENT...]
//
// The program's standard output goes to the file OUTPUT. Prints CPU seconds (user and system), wall
// seconds, and the peak of its resident memory in kB. Exits as the program did.
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double seconds(struct timeval time) { return (double)time.tv_sec + time.tv_usec / 1e6; }

int main(int argc, char **argv) {
  if (argc < 3)
    return 64;
  struct timespec start, end;
  clock_gettime(CLOCK_MONOTONIC, &start);
  pid_t child = fork();
  if (child == 0) {
    int output = open(argv[1], O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (output >= 0 && dup2(output, STDOUT_FILENO) >= 0)
      execvp(argv[2], argv + 2);
    perror(argv[2]);
    _exit(127);
  }
  int status = 0;
  struct rusage usage;
  if (child < 0 || wait4(child, &status, 0, &usage) < 0)
    return 127;
  clock_gettime(CLOCK_MONOTONIC, &end);
  double wall = (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9;
  printf("%.4f %.4f %ld\n", seconds(usage.ru_utime) + seconds(usage.ru_stime), wall,
         usage.ru_maxrss);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
