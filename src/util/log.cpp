#include "util/log.h"

#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

namespace paygress::util {
namespace {

constexpr std::size_t kMaxValue = 512;        // longer values are cut: a field names a thing, it does not carry one
constexpr unsigned kMaxLinesPerSecond = 200;  // nothing a stranger sends can fill the log

Level g_level = Level::info;

// systemd sets JOURNAL_STREAM to the device and inode of the standard error that it connected to the journal.
bool stderr_is_journal() {
  const char* stream = std::getenv("JOURNAL_STREAM");
  struct stat file {};
  if (stream == nullptr || fstat(STDERR_FILENO, &file) != 0) return false;
  return std::to_string(file.st_dev) + ":" + std::to_string(file.st_ino) == stream;
}

std::string clean(std::string_view value) {
  std::string out;
  for (const char c : value.substr(0, kMaxValue)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f || c == '"' || c == '\\') {
      char escaped[8];
      std::snprintf(escaped, sizeof escaped, "\\x%02x", byte);
      out += escaped;
    } else {
      out += c;
    }
  }
  if (value.size() > kMaxValue) out += "...";
  return out;
}

// PAYGRESS_ORDER -> order
std::string short_name(std::string_view name) {
  constexpr std::string_view kPrefix = "PAYGRESS_";
  if (name.substr(0, kPrefix.size()) == kPrefix) name.remove_prefix(kPrefix.size());
  std::string out;
  for (const char c : name) out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

void to_journal(Level level, std::string_view message, std::initializer_list<Field> fields, const char* message_id) {
  std::vector<std::string> entries;
  // sd_journal_send names the sender after the program's file; the unit's SyslogIdentifier= does not reach it.
  entries.push_back("SYSLOG_IDENTIFIER=paygress");
  entries.push_back("PRIORITY=" + std::to_string(static_cast<int>(level)));
  std::string text(message);
  for (const Field& field : fields) text += " " + short_name(field.name) + "=" + clean(field.value);
  entries.push_back("MESSAGE=" + text);
  if (message_id != nullptr) entries.push_back(std::string("MESSAGE_ID=") + message_id);
  for (const Field& field : fields) entries.push_back(std::string(field.name) + "=" + clean(field.value));
  std::vector<iovec> parts;
  for (std::string& entry : entries) parts.push_back({entry.data(), entry.size()});
  sd_journal_sendv(parts.data(), static_cast<int>(parts.size()));
}

// True when this second's lines are used up. The first dropped line is announced when the next second begins.
bool over_the_rate() {
  static std::chrono::steady_clock::time_point second{};
  static unsigned lines = 0;
  const auto now = std::chrono::steady_clock::now();
  if (now - second >= std::chrono::seconds(1)) {
    const unsigned dropped = lines > kMaxLinesPerSecond ? lines - kMaxLinesPerSecond : 0;
    second = now;
    lines = 0;
    if (dropped > 0)
      log(Level::warning, "log lines were dropped because too many came at once", {{"PAYGRESS_COUNT", std::to_string(dropped)}});
  }
  return ++lines > kMaxLinesPerSecond;
}

}  // namespace

void set_log_level(Level level) { g_level = level; }

std::string format_log_line(Level level, std::string_view message, std::initializer_list<Field> fields) {
  std::string line = "<" + std::to_string(static_cast<int>(level)) + ">" + std::string(message);
  for (const Field& field : fields) {
    const std::string value = clean(field.value);
    const bool quoted = value.empty() || value.find(' ') != std::string::npos;
    line += " " + short_name(field.name) + "=" + (quoted ? "\"" + value + "\"" : value);
  }
  return line;
}

void log(Level level, std::string_view message, std::initializer_list<Field> fields, const char* message_id) {
  if (level > g_level || over_the_rate()) return;
  static const bool journal = stderr_is_journal();
  if (journal) {
    to_journal(level, message, fields, message_id);
    return;
  }
  const std::string line = format_log_line(level, message, fields) + "\n";
  std::fwrite(line.data(), 1, line.size(), stderr);
}

}  // namespace paygress::util
