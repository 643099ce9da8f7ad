// SQLite as this program uses it: one connection, on the loop's thread, every commit on disk before it returns.
//
// A failure of the database itself (disk full, corrupt file) is an exception: nothing can be decided any more. The one
// answer that callers ask for is whether a row was new (insert_or_ignore style statements report changes()).
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "util/bytes.h"

struct sqlite3;
struct sqlite3_stmt;

namespace paygress::store {

// A prepared statement. Bind, then step; reset by the next run. Columns count from 0, parameters from 1 in call order.
class Statement {
 public:
  Statement(sqlite3* database, std::string_view sql);
  ~Statement();
  Statement(Statement&& other) noexcept;
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  Statement& operator=(Statement&&) = delete;

  Statement& bind(std::int64_t);
  Statement& bind(std::string_view);
  Statement& bind(const std::string& text) { return bind(std::string_view(text)); }
  Statement& bind(const char* text) { return bind(std::string_view(text)); }
  Statement& bind(util::ByteView);
  Statement& bind(std::optional<std::string>);
  Statement& bind_null();

  bool step();  // true while there is a row
  void run();   // for statements without rows

  std::int64_t integer(int column) const;
  std::string text(int column) const;
  util::Bytes blob(int column) const;
  bool is_null(int column) const;

 private:
  void check(int code) const;
  sqlite3* database_;
  sqlite3_stmt* statement_ = nullptr;
  int next_parameter_ = 1;
};

class Database {
 public:
  // Opens or creates (mode 0600) and locks the file for this process alone: two daemons on one wallet would both believe in
  // their counters. Throws with the path in the text. ":memory:" is for tests.
  explicit Database(const std::filesystem::path&);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  Statement prepare(std::string_view sql);
  // One statement with its values, for the common case. `run` gives the number of rows changed.
  template <class... Values>
  std::int64_t run(std::string_view sql, const Values&... values) {
    Statement statement = prepare(sql);
    (statement.bind(values), ...);
    statement.run();
    return changes();
  }
  void execute_script(const std::string& sql);
  std::int64_t changes() const;
  std::int64_t last_row_id() const;
  std::uint64_t commits() const { return commits_; }  // since it was opened

  // Folds the write-ahead log into the file.
  void checkpoint();

  // Called after each commit; the crash tests stop the process there.
  std::function<void(std::uint64_t commits)> after_commit;

 private:
  friend class Transaction;
  sqlite3* handle_ = nullptr;
  bool in_transaction_ = false;
  std::uint64_t commits_ = 0;
};

// BEGIN IMMEDIATE ... COMMIT. Rolled back unless commit() was called. There must be no await inside one: whatever runs
// between would write into it.
class Transaction {
 public:
  explicit Transaction(Database&);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit();

 private:
  Database& database_;
  bool open_ = true;
};

}  // namespace paygress::store
