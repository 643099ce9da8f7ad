// One log for the process: to journald with fields when systemd started us, else lines on standard error.
//
// A message is a constant sentence; what varies goes into fields. No secret has a formatter, and nothing that a stranger
// sent becomes a message. Fields are named PAYGRESS_* in the journal; on standard error they are name=value.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace paygress::util {

enum class Level { error = 3, warning = 4, notice = 5, info = 6, debug = 7 };  // syslog's numbers

struct Field {
  std::string_view name;  // "PAYGRESS_ORDER"
  std::string value;
};

// Lines below `level` are dropped. The default is info.
void set_log_level(Level level);

void log(Level level, std::string_view message, std::initializer_list<Field> fields = {}, const char* message_id = nullptr);

inline void log_error(std::string_view message, std::initializer_list<Field> fields = {}, const char* id = nullptr) {
  log(Level::error, message, fields, id);
}
inline void log_warning(std::string_view message, std::initializer_list<Field> fields = {}, const char* id = nullptr) {
  log(Level::warning, message, fields, id);
}
inline void log_notice(std::string_view message, std::initializer_list<Field> fields = {}, const char* id = nullptr) {
  log(Level::notice, message, fields, id);
}
inline void log_info(std::string_view message, std::initializer_list<Field> fields = {}, const char* id = nullptr) {
  log(Level::info, message, fields, id);
}
inline void log_debug(std::string_view message, std::initializer_list<Field> fields = {}, const char* id = nullptr) {
  log(Level::debug, message, fields, id);
}

// The line as standard error shows it: "<6>pod is ready order=3f.. pod=..". Control characters and quotes are escaped and
// long values cut, so that no value can forge a line or a field.
std::string format_log_line(Level level, std::string_view message, std::initializer_list<Field> fields);

}  // namespace paygress::util
