#include "cli/operator/report.h"

#include <algorithm>
#include <vector>

namespace paygress::cli {
namespace {

using util::Json;

std::string cell(const Json& value) {
  std::string text = value.is_string() ? value.get<std::string>() : value.is_null() ? "-" : util::to_text(value);
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';  // a customer's text on the operator's terminal
  return text;
}

bool is_table(const Json& json) {
  return json.is_array() && !json.empty() && std::all_of(json.begin(), json.end(), [](const Json& row) { return row.is_object(); });
}

std::string table(const Json& rows) {
  std::vector<std::string> columns;
  for (const auto& row : rows)
    for (const auto& [name, value] : row.items())
      if (std::find(columns.begin(), columns.end(), name) == columns.end()) columns.push_back(name);
  std::vector<std::vector<std::string>> lines{columns};
  for (const auto& row : rows) {
    std::vector<std::string> line;
    for (const auto& name : columns) line.push_back(row.contains(name) ? cell(row[name]) : "-");
    lines.push_back(std::move(line));
  }
  std::string text;
  for (const auto& line : lines) {
    for (std::size_t i = 0; i < line.size(); ++i) {
      std::size_t width = 0;
      for (const auto& other : lines) width = std::max(width, other[i].size());
      text += line[i] + (i + 1 < line.size() ? std::string(width - line[i].size() + 2, ' ') : "\n");
    }
  }
  return text;
}

void append(std::string& text, const Json& json, const std::string& indent) {
  for (const auto& [name, value] : json.items()) {
    if (value.is_object()) {
      text += indent + name + ":\n";
      append(text, value, indent + "  ");
    } else if (is_table(value)) {
      text += indent + name + ":\n";
      const auto rows = table(value);
      for (std::size_t at = 0; at < rows.size();) {
        const auto end = rows.find('\n', at) + 1;
        text += indent + "  " + rows.substr(at, end - at);
        at = end;
      }
    } else {
      text += indent + name + ": " + cell(value) + '\n';
    }
  }
}

}  // namespace

std::string report(const Json& json) {
  if (is_table(json)) return table(json);
  if (!json.is_object()) return json.empty() ? std::string() : cell(json) + '\n';
  std::string text;
  append(text, json, "");
  return text;
}

}  // namespace paygress::cli
