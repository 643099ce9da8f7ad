#include "contract/error.h"

#include <array>
#include <utility>

namespace paygress::contract {
namespace {

constexpr std::array<std::pair<ErrorType, std::string_view>, 9> kErrorTypes{{
    {ErrorType::invalid_spec, "invalid_spec"},
    {ErrorType::invalid_token, "invalid_token"},
    {ErrorType::insufficient_payment, "insufficient_payment"},
    {ErrorType::resource_unavailable, "resource_unavailable"},
    {ErrorType::pod_creation_failed, "pod_creation_failed"},
    {ErrorType::pod_not_found, "pod_not_found"},
    {ErrorType::payment_failed, "payment_failed"},
    {ErrorType::internal_error, "internal_error"},
    {ErrorType::invalid_request, "invalid_request"},
}};

}  // namespace

std::string_view to_text(ErrorType type) {
  for (const auto& [candidate, text] : kErrorTypes)
    if (candidate == type) return text;
  return "internal_error";
}

std::optional<ErrorType> error_type_from_text(std::string_view text) {
  for (const auto& [type, candidate] : kErrorTypes)
    if (candidate == text) return type;
  return std::nullopt;
}

}  // namespace paygress::contract
