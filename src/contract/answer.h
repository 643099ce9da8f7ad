// What the service answers, as types; printed as JSON for JSON requests and as words (with a JSON line) for plain words.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "contract/error.h"
#include "contract/offer.h"
#include "util/result.h"
#include "util/secret.h"
#include "util/time.h"

namespace paygress::contract {

// How to reach a pod. The password is never part of it: the customer chose it.
// The `instructions` lines of the printed form are computed from these fields.
struct AccessDetails {
  std::string pod_npub;
  std::uint16_t node_port = 0;           // 0 only in a status answer: the pod has no port yet
  std::optional<util::Time> expires_at;  // missing only in a status answer: the paid time has not begun
  std::uint32_t cpu_millicores = 0;
  std::uint32_t memory_mb = 0;
  std::string pod_spec_name;
  std::string pod_spec_description;
  std::optional<std::string> request_id;
  std::string pod_id;
  std::string host_address;
  std::string ssh_username;
  std::string ssh_host_key;    // "SHA256:..."; empty if it could not be read
  bool password_login = true;  // no field of its own: the SSH command in the instructions tells it
  std::chrono::seconds duration_seconds{0};
  std::uint64_t paid_msats = 0;  // face value of the token
  std::uint64_t fee_msats = 0;   // the mint's input fee
};

enum class PodStatus { starting, active, ended };
std::string_view to_text(PodStatus);
std::optional<PodStatus> pod_status_from_text(std::string_view);

struct StatusAnswer {
  AccessDetails details;
  PodStatus status = PodStatus::starting;
};

struct ListAnswer {
  std::vector<StatusAnswer> pods;
  std::optional<std::string> request_id;
};

struct EndAnswer {
  std::string pod_npub;
  std::optional<std::string> request_id;
  std::optional<util::Secret> refund_token;
};

// Sent to who paid and, when that is somebody else, to the pod's owner (then without request_id).
struct TopUpSuccess {
  std::string pod_npub;
  std::chrono::seconds extended_duration_seconds{0};
  util::Time new_expires_at;
  std::string message;  // empty: the printer writes the usual sentence
  std::optional<std::string> request_id;
  std::uint64_t paid_msats = 0;
  std::uint64_t fee_msats = 0;
};

// Not an error: the order waits (a slow mint, a cluster that is still trying) and the customer is told once.
struct Processing {
  std::string message;
  std::optional<std::string> request_id;
  std::string code;  // what is waited for ("mint_slow"); may be empty
};

struct HelpAnswer {
  std::string text;
  std::optional<std::string> request_id;
};

struct OffersAnswer {
  Offer offer;
  std::optional<std::string> request_id;
};

using Answer = std::variant<AccessDetails, StatusAnswer, ListAnswer, EndAnswer, TopUpSuccess, ErrorAnswer, Processing, HelpAnswer,
                            OffersAnswer>;

// JSON with the contract's field names, in a stable order.
std::string print(const Answer&);

// Words for a human in a chat, and the JSON as the last line for a program behind him.
std::string print_plain(const Answer&);

// For clients: reads what print and print_plain wrote, and the README's shapes without our additions.
util::Result<Answer> parse_answer(std::string_view text);

const std::optional<std::string>& request_id_of(const Answer&);

}  // namespace paygress::contract
