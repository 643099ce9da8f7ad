#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/schema.h"

using namespace paygress;
using namespace paygress::store;

namespace {

struct TemporaryFolder {
  TemporaryFolder() {
    char name[] = "/tmp/paygress-store-XXXXXX";
    path = mkdtemp(name);
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path); }
  std::filesystem::path path;
};

std::int64_t count(Database& database, const char* sql) {
  Statement statement = database.prepare(sql);
  statement.step();
  return statement.integer(0);
}

}  // namespace

TEST_CASE("a transaction that is not committed never happened") {
  Database database(":memory:");
  migrate(database);
  {
    Transaction transaction(database);
    database.run("INSERT INTO facts VALUES (?, ?)", std::string("a"), std::string("1"));
  }
  CHECK(count(database, "SELECT count(*) FROM facts") == 0);
  {
    Transaction transaction(database);
    database.run("INSERT INTO facts VALUES (?, ?)", std::string("a"), std::string("1"));
    CHECK_THROWS_AS(Transaction{database}, std::logic_error);
    transaction.commit();
  }
  CHECK(count(database, "SELECT count(*) FROM facts") == 1);
}

TEST_CASE("values come back as they went in, texts with zero bytes and empty blobs too") {
  Database database(":memory:");
  database.execute_script("CREATE TABLE t (i INTEGER, s TEXT, b BLOB, n TEXT)");
  const std::string text("a\0b", 3);
  const util::Bytes bytes = {0, 255};
  database.run("INSERT INTO t VALUES (?,?,?,?)", std::int64_t{-1}, text, util::ByteView(bytes), std::optional<std::string>());
  Statement row = database.prepare("SELECT i,s,b,n FROM t");
  REQUIRE(row.step());
  CHECK(row.integer(0) == -1);
  CHECK(row.text(1) == text);
  CHECK(row.blob(2) == bytes);
  CHECK(row.is_null(3));
  CHECK_FALSE(row.step());
}

TEST_CASE("the file is private, commits are synchronous, and a second process is refused with the path") {
  TemporaryFolder folder;
  const auto path = folder.path / "paygress.db";
  Database database(path);
  migrate(database);
  struct stat file {};
  REQUIRE(stat(path.c_str(), &file) == 0);
  CHECK((file.st_mode & 0777) == 0600);
  CHECK(count(database, "PRAGMA synchronous") == 2);
  Statement mode = database.prepare("PRAGMA journal_mode");
  REQUIRE(mode.step());
  CHECK(mode.text(0) == "wal");
  try {
    Database second(path);
    FAIL("two daemons on one wallet");
  } catch (const std::exception& error) {
    CHECK(std::string(error.what()).find(path.string()) != std::string::npos);
  }
}

TEST_CASE("a database of a newer program is refused, migrating twice is nothing") {
  TemporaryFolder folder;
  const auto path = folder.path / "paygress.db";
  {
    Database database(path);
    migrate(database);
    migrate(database);
    database.execute_script("PRAGMA user_version=99");
  }
  Database database(path);
  CHECK_THROWS_WITH_AS(migrate(database), doctest::Contains("newer paygressd"), std::runtime_error);
}
