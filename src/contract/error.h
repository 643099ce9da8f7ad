// Errors as the customer sees them: one of nine types, a sentence, and (for programs) the exact reason.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "util/secret.h"

namespace paygress::contract {

enum class ErrorType {
  invalid_spec,          // unknown pod_spec_id
  invalid_token,         // not a token, mint not accepted, unit or lock not supported, forged, spent
  insufficient_payment,  // the net amount is below the minimum duration
  resource_unavailable,  // no port or no capacity; the token was not touched
  pod_creation_failed,   // the cluster failed after payment; the amount comes back as refund_token
  pod_not_found,         // unknown, ended or foreign pod
  payment_failed,        // a top-up's token failed; `code` says in which way
  internal_error,        // anything unexpected; nothing internal in the text
  invalid_request,       // not understood, or a field is missing or not valid
};

std::string_view to_text(ErrorType);
std::optional<ErrorType> error_type_from_text(std::string_view);

struct ErrorAnswer {
  ErrorType type = ErrorType::internal_error;
  std::string message;
  std::optional<std::string> details;  // figures for the customer; never anything internal
  std::optional<std::string> request_id;
  std::string code;             // stable snake_case reason ("mint_not_accepted"); may be empty
  bool token_consumed = false;  // true: the token is no longer the customer's to spend
  bool retryable = false;       // true: the same request may succeed later
  std::optional<util::Secret> refund_token;
};

}  // namespace paygress::contract
