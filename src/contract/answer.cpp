#include "contract/answer.h"

#include <type_traits>

namespace paygress::contract {

std::string_view to_text(PodStatus status) {
  switch (status) {
    case PodStatus::starting: return "starting";
    case PodStatus::active: return "active";
    case PodStatus::ended: return "ended";
  }
  return "ended";
}

std::optional<PodStatus> pod_status_from_text(std::string_view text) {
  for (auto status : {PodStatus::starting, PodStatus::active, PodStatus::ended})
    if (to_text(status) == text) return status;
  return std::nullopt;
}

const std::optional<std::string>& request_id_of(const Answer& answer) {
  return std::visit(
      [](const auto& kind) -> const std::optional<std::string>& {
        if constexpr (std::is_same_v<std::decay_t<decltype(kind)>, StatusAnswer>)
          return kind.details.request_id;
        else
          return kind.request_id;
      },
      answer);
}

}  // namespace paygress::contract
