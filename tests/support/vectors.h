// The official and constructed vectors lie outside the repository: they are read where they are, never copied in.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include <nlohmann/json_fwd.hpp>

namespace paygress::test {

// $PAYGRESS_VECTORS, else ../shared/vectors beside the checkout; nothing when that folder is not there.
std::optional<std::filesystem::path> vectors_dir();

// The text of vectors_dir()/name. Says "SKIPPED: ..." on standard error and gives nothing when it cannot be read.
std::optional<std::string> vector_text(const std::string& name);

// The same, parsed.
std::optional<nlohmann::json> vector_json(const std::string& name);

}  // namespace paygress::test
