#include "cli/customer/without_secrets.h"

#include <nlohmann/json.hpp>

#include "contract/fields.h"
#include "util/json.h"

namespace paygress::cli {
namespace {

constexpr std::size_t kShownOfToken = 8;  // "cashuBo2": which kind, and nothing of the money

}  // namespace

std::string without_secrets(std::string_view text) {
  if (!util::parse_json(text)) return "(no JSON)";  // the doorway's limits, before the parser that keeps the order
  auto json = nlohmann::ordered_json::parse(text);
  if (!json.is_object()) return "(no JSON object)";
  namespace field = contract::field;
  for (const char* name : {field::cashu_token, field::refund_token})
    if (json.contains(name))
      json[name] = json[name].is_string() ? json[name].get<std::string>().substr(0, kShownOfToken) + "..." : "...";
  if (json.contains(field::ssh_password)) json[field::ssh_password] = "...";
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace paygress::cli
