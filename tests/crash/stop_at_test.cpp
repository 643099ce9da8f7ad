// The crash points are all there: each commit is one fdatasync of the write-ahead log, and death comes right after it.
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "store/schema.h"

extern "C" unsigned long stop_at_commits_seen();

using namespace paygress;

namespace {

struct TemporaryFolder {
  TemporaryFolder() {
    char name[] = "/tmp/paygress-crash-XXXXXX";
    path = mkdtemp(name);
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path); }
  std::filesystem::path path;
};

void put(store::Database& database, int number) {
  store::Transaction transaction(database);
  database.run("INSERT INTO facts VALUES (?, ?)", std::to_string(number), "x");
  transaction.commit();
}

}  // namespace

TEST_CASE("each commit is one fdatasync of the write-ahead log") {
  TemporaryFolder folder;
  store::Database database(folder.path / "paygress.db");
  store::migrate(database);
  const unsigned long before = stop_at_commits_seen();
  CHECK(before >= database.commits());
  for (unsigned n = 1; n <= 20; ++n) {
    put(database, static_cast<int>(n));
    CHECK(stop_at_commits_seen() == before + n);
  }
}

TEST_CASE("the process is gone right after the commit that was named, and that commit is there") {
  TemporaryFolder folder;
  const std::filesystem::path path = folder.path / "paygress.db";
  { store::migrate(*std::make_unique<store::Database>(path)); }
  const pid_t child = fork();
  if (child == 0) {
    store::Database database(path);
    put(database, 0);  // a log that begins anew is synced once more
    setenv("STOP_AT_COMMIT", std::to_string(stop_at_commits_seen() + 3).c_str(), 1);
    for (int n = 1; n <= 5; ++n) put(database, n);
    _exit(0);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGKILL);
  store::Database database(path);
  store::Statement rows = database.prepare("SELECT count(*) FROM facts");
  rows.step();
  CHECK(rows.integer(0) == 1 + 3);
}
