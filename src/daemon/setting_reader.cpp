#include "daemon/setting_reader.h"

#include <algorithm>
#include <charconv>

namespace paygress::daemon {
namespace {

std::string trimmed(const std::string& text) {
  const char* const space = " \t\r\n";
  const std::size_t first = text.find_first_not_of(space);
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(space) - first + 1);
}

}  // namespace

std::optional<std::string> SettingReader::text(const std::string& name) const {
  const auto found = sources_.variables.find(name);
  if (found == sources_.variables.end()) return std::nullopt;
  std::string value = trimmed(found->second);
  if (value.empty()) return std::nullopt;
  return value;
}

std::string SettingReader::required(const std::string& name, const std::string& expected) {
  if (const auto value = text(name)) return *value;
  mistake(name + " is missing: " + expected);
  return {};
}

std::vector<std::string> SettingReader::list(const std::string& name) const {
  std::vector<std::string> items;
  const std::string value = text(name).value_or("");
  for (std::size_t at = 0; at <= value.size();) {
    const std::size_t comma = std::min(value.find(',', at), value.size());
    if (std::string item = trimmed(value.substr(at, comma - at)); !item.empty()) items.push_back(std::move(item));
    at = comma + 1;
  }
  return items;
}

// What it repeats of a value may hold anything.
void SettingReader::mistake(std::string line) {
  std::replace_if(
      line.begin(), line.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, ' ');
  mistakes_.lines.push_back(std::move(line));
}

std::vector<std::string> SettingReader::required_list(const std::string& name, const std::string& expected) {
  std::vector<std::string> items = list(name);
  if (items.empty()) mistake(name + " is missing: " + expected);
  return items;
}

std::uint64_t SettingReader::number(const std::string& name, std::uint64_t fallback, std::uint64_t least, std::uint64_t most) {
  const auto value = text(name);
  if (!value) return fallback;
  std::uint64_t number = 0;
  const auto [end, fault] = std::from_chars(value->data(), value->data() + value->size(), number);
  if (fault == std::errc() && end == value->data() + value->size() && number >= least && number <= most) return number;
  mistake(name + " must be a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  return fallback;
}

bool SettingReader::flag(const std::string& name, bool fallback) {
  const auto value = text(name);
  if (!value) return fallback;
  if (*value == "true" || *value == "1" || *value == "yes" || *value == "on") return true;
  if (*value == "false" || *value == "0" || *value == "no" || *value == "off") return false;
  mistake(name + " must be true or false");
  return fallback;
}

std::optional<util::Secret> SettingReader::credential(const std::string& name) const {
  const auto directory = text("CREDENTIALS_DIRECTORY");
  if (!directory) return std::nullopt;
  auto content = sources_.read_file(std::filesystem::path(*directory) / name);
  if (!content) return std::nullopt;
  util::Secret secret(trimmed(*content));
  util::wipe(content->data(), content->size());
  if (secret.empty()) return std::nullopt;
  return secret;
}

}  // namespace paygress::daemon
