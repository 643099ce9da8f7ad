#include "tests/support/vectors.h"

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>

#include <nlohmann/json.hpp>

namespace paygress::test {

std::optional<std::filesystem::path> vectors_dir() {
  std::filesystem::path dir = std::filesystem::path(PAYGRESS_SOURCE_DIR) / ".." / "shared" / "vectors";
  if (const char* named = std::getenv("PAYGRESS_VECTORS"); named != nullptr && *named != '\0') dir = named;
  std::error_code ignored;
  if (!std::filesystem::is_directory(dir, ignored)) return std::nullopt;
  return dir;
}

std::optional<std::string> vector_text(const std::string& name) {
  if (const auto dir = vectors_dir()) {
    if (std::ifstream file(*dir / name, std::ios::binary); file) {
      std::ostringstream text;
      text << file.rdbuf();
      return text.str();
    }
  }
  std::cerr << "SKIPPED: vectors " << name << " are not there (set PAYGRESS_VECTORS)\n";
  return std::nullopt;
}

std::optional<nlohmann::json> vector_json(const std::string& name) {
  const auto text = vector_text(name);
  if (!text) return std::nullopt;
  return nlohmann::json::parse(*text);
}

}  // namespace paygress::test
