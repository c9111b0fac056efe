// Runs a command and reports what it cost, as one line of JSON on standard error.
//
//   measure COMMAND [ARGUMENT...]
//
// A process's peak memory counts what its parent held when it was started, so nothing large may
// start what is measured; that is why this is a program of its own and not a part of the runner.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <ctime>

namespace {

pid_t child = 0;

void pass_on(int signal) {
  if (child > 0) kill(child, signal);
}

std::int64_t monotonic_ns() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1'000'000'000LL + now.tv_nsec;
}

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 2) {
    std::fputs("usage: measure COMMAND [ARGUMENT...]\n", stderr);
    return 2;
  }
  const std::int64_t start = monotonic_ns();
  child = fork();
  if (child < 0) {
    std::perror("measure: fork");
    return 1;
  }
  if (child == 0) {
    execvp(arguments[1], arguments + 1);
    std::perror(arguments[1]);
    _exit(127);
  }
  std::signal(SIGTERM, pass_on);
  std::signal(SIGINT, pass_on);
  int status = 0;
  rusage usage{};
  while (wait4(child, &status, 0, &usage) < 0) continue;
  const std::int64_t end = monotonic_ns();
  std::fprintf(stderr,
               "{\"start_ns\": %lld, \"wall\": %.6f, \"user\": %.6f, \"system\": %.6f, "
               "\"peak_kib\": %ld, \"status\": %d}\n",
               static_cast<long long>(start), static_cast<double>(end - start) * 1e-9,
               seconds(usage.ru_utime), seconds(usage.ru_stime), usage.ru_maxrss,
               WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
