#include "tests/crash/journal_trace.h"

#include <map>
#include <sstream>

namespace paygress::test {
namespace {

constexpr std::string_view kUnfinished = "<unfinished ...>";

bool has(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

// A line is "PID call(arguments) = result". A call that another thread's interrupts is two: "PID call(arguments <unfinished ...>"
// and "PID <... call resumed>rest) = result".
struct Line {
  std::string pid, text;
  bool resumed() const { return text.starts_with("<... "); }
  bool unfinished() const { return text.ends_with(kUnfinished); }
};

Line read_line(const std::string& line) {
  const std::size_t space = line.find(' ');
  if (space == std::string::npos) return {};
  const std::size_t begin = line.find_first_not_of(' ', space);
  return {line.substr(0, space), begin == std::string::npos ? std::string() : line.substr(begin)};
}

std::string_view name_of(std::string_view call) { return call.substr(0, call.find('(')); }

bool receives(std::string_view name) { return name.starts_with("recv") || name.starts_with("read"); }
bool sends(std::string_view name) { return name.starts_with("send") || name.starts_with("write"); }
bool syncs(std::string_view name) { return name == "fdatasync" || name == "fsync"; }

// The file that a descriptor stands for, as -y prints it: call(7</tmp/paygress.db-wal>, ...
bool on_journal(std::string_view call) {
  const std::size_t comma = call.find_first_of(",)");
  return has(call.substr(0, comma), "-wal>");
}

class Watch {
 public:
  explicit Watch(std::string_view arrival) : arrival_(arrival) {}

  // True when the first swap is on its way: then all is known.
  bool begins(std::string_view call) {
    const std::string_view name = name_of(call);
    if (on_journal(call) && (name.starts_with("write") || name.starts_with("pwrite"))) {
      written_ = arrived_;
      on_disk_ = false;
    }
    return sends(name) && has(call, "\"POST /v1/swap ");
  }

  void ends(std::string_view call) {
    const std::string_view name = name_of(call);
    if (receives(name) && has(call, arrival_)) arrived_ = true;
    if (syncs(name) && on_journal(call) && call.ends_with("= 0")) on_disk_ = true;
  }

  std::optional<std::string> complaint() const {
    if (!arrived_) return "the order did not arrive before the swap was sent";
    if (!written_) return "nothing was written to the journal between the order and the swap";
    if (!on_disk_) return "the journal was not on disk when the swap was sent";
    return std::nullopt;
  }

 private:
  std::string_view arrival_;
  bool arrived_ = false, written_ = false, on_disk_ = false;
};

}  // namespace

std::optional<std::string> complaint_about(const std::string& trace, std::string_view arrival) {
  Watch watch(arrival);
  std::map<std::string, std::string> begun;  // by thread
  std::istringstream lines(trace);
  for (std::string text; std::getline(lines, text);) {
    Line line = read_line(text);
    if (line.resumed()) {
      const std::size_t rest = line.text.find('>');
      line.text = begun[line.pid] + line.text.substr(rest == std::string::npos ? 0 : rest + 1);
    } else if (watch.begins(line.text)) {
      return watch.complaint();
    }
    if (line.unfinished())
      begun[line.pid] = line.text.substr(0, line.text.size() - kUnfinished.size());
    else
      watch.ends(line.text);
  }
  return "no swap was sent";
}

}  // namespace paygress::test
