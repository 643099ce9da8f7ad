#include "store/database.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <stdexcept>
#include <utility>

namespace paygress::store {
namespace {

[[noreturn]] void fail(sqlite3* database, const std::string& doing) {
  throw std::runtime_error("database: " + doing + ": " + (database != nullptr ? sqlite3_errmsg(database) : "out of memory"));
}

// SQLite would create the file with the process' umask; the wallet is nobody else's business.
void create_private(const std::filesystem::path& path) {
  const int file = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0) throw std::runtime_error("database: cannot open " + path.string() + ": " + std::generic_category().message(errno));
  close(file);
}

}  // namespace

Statement::Statement(sqlite3* database, std::string_view sql) : database_(database) {
  check(sqlite3_prepare_v2(database_, sql.data(), static_cast<int>(sql.size()), &statement_, nullptr));
}

Statement::~Statement() { sqlite3_finalize(statement_); }

Statement::Statement(Statement&& other) noexcept
    : database_(other.database_), statement_(std::exchange(other.statement_, nullptr)), next_parameter_(other.next_parameter_) {}

void Statement::check(int code) const {
  if (code != SQLITE_OK) fail(database_, "statement");
}

Statement& Statement::bind(std::int64_t value) {
  check(sqlite3_bind_int64(statement_, next_parameter_++, value));
  return *this;
}

Statement& Statement::bind(std::string_view value) {
  check(sqlite3_bind_text64(statement_, next_parameter_++, value.data() != nullptr ? value.data() : "", value.size(),
                            SQLITE_TRANSIENT, SQLITE_UTF8));
  return *this;
}

Statement& Statement::bind(util::ByteView value) {
  check(sqlite3_bind_blob64(statement_, next_parameter_++, value.data() != nullptr ? static_cast<const void*>(value.data()) : "",
                            value.size(), SQLITE_TRANSIENT));
  return *this;
}

Statement& Statement::bind(std::optional<std::string> value) { return value ? bind(std::string_view(*value)) : bind_null(); }

Statement& Statement::bind_null() {
  check(sqlite3_bind_null(statement_, next_parameter_++));
  return *this;
}

bool Statement::step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) fail(database_, "step");
  return false;
}

void Statement::run() {
  while (step()) {}
}

std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(statement_, column); }

std::string Statement::text(int column) const {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  return text == nullptr ? std::string() : std::string(text, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column)));
}

util::Bytes Statement::blob(int column) const {
  const auto* bytes = static_cast<const std::uint8_t*>(sqlite3_column_blob(statement_, column));
  return bytes == nullptr ? util::Bytes() : util::Bytes(bytes, bytes + sqlite3_column_bytes(statement_, column));
}

bool Statement::is_null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }

Database::Database(const std::filesystem::path& path) {
  if (path != ":memory:") create_private(path);
  const int code =
      sqlite3_open_v2(path.c_str(), &handle_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  if (code != SQLITE_OK) {
    const std::string why = handle_ != nullptr ? sqlite3_errmsg(handle_) : "out of memory";
    sqlite3_close(handle_);
    throw std::runtime_error("database: cannot open " + path.string() + ": " + why);
  }
  try {
    // FULL: with NORMAL the last commits of a write-ahead log may be gone after a power cut, and a commit is a promise.
    execute_script(
        "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
        "PRAGMA secure_delete=ON; PRAGMA trusted_schema=OFF; BEGIN IMMEDIATE; COMMIT;");
  } catch (const std::exception& error) {
    sqlite3_close(handle_);
    throw std::runtime_error(std::string(error.what()) + " (" + path.string() + "; is another paygressd using it?)");
  }
}

Database::~Database() { sqlite3_close(handle_); }

Statement Database::prepare(std::string_view sql) { return Statement(handle_, sql); }

void Database::execute_script(const std::string& sql) {
  if (sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) fail(handle_, "script");
}

std::int64_t Database::changes() const { return sqlite3_changes64(handle_); }
std::int64_t Database::last_row_id() const { return sqlite3_last_insert_rowid(handle_); }

void Database::checkpoint() { sqlite3_wal_checkpoint_v2(handle_, nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr); }

Transaction::Transaction(Database& database) : database_(database) {
  if (database_.in_transaction_) throw std::logic_error("database: a transaction inside a transaction");
  database_.execute_script("BEGIN IMMEDIATE");
  database_.in_transaction_ = true;
}

Transaction::~Transaction() {
  if (!open_) return;
  database_.in_transaction_ = false;
  sqlite3_exec(database_.handle_, "ROLLBACK", nullptr, nullptr, nullptr);
}

void Transaction::commit() {
  database_.execute_script("COMMIT");
  open_ = false;
  database_.in_transaction_ = false;
  ++database_.commits_;
  if (database_.after_commit) database_.after_commit(database_.commits_);
}

}  // namespace paygress::store
