// Preloaded into paygressd by the crash tests: SIGKILL to the process at once after the n-th commit, as a power cut would end it.
//
// With a write-ahead log and synchronous=FULL, SQLite makes a commit durable by one fdatasync of the file "...-wal" (and one more
// when the log begins anew; stop_at_test.cpp holds it to that), so the product needs no code for this. $STOP_AT_COMMIT names n.
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

unsigned long commits = 0;

bool is_write_ahead_log(int fd) {
  constexpr char kEnding[] = "-wal";
  constexpr size_t kLength = sizeof kEnding - 1;
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t size = readlink(link, path, sizeof path);
  return size >= static_cast<ssize_t>(kLength) && memcmp(path + size - kLength, kEnding, kLength) == 0;
}

int sync_and_perhaps_stop(const char* name, int fd) {
  using Sync = int (*)(int);
  const auto sync = reinterpret_cast<Sync>(dlsym(RTLD_NEXT, name));
  const int result = sync(fd);
  if (result != 0 || !is_write_ahead_log(fd)) return result;
  const char* stop_at = getenv("STOP_AT_COMMIT");
  if (++commits == (stop_at == nullptr ? 0 : strtoul(stop_at, nullptr, 10))) kill(getpid(), SIGKILL);
  return result;
}

}  // namespace

extern "C" {

int fdatasync(int fd) { return sync_and_perhaps_stop("fdatasync", fd); }
int fsync(int fd) { return sync_and_perhaps_stop("fsync", fd); }
// For the test that counts them itself.
unsigned long stop_at_commits_seen() { return commits; }
}
