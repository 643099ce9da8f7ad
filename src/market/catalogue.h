// What the operator sells, and whether a request fits it: everything about a request that can be judged without a mint,
// a cluster or a clock.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "contract/error.h"
#include "contract/offer.h"
#include "contract/request.h"
#include "market/order.h"

namespace paygress::market {

struct Catalogue {
  std::vector<contract::PodSpec> specs;  // at least one; the first is the default
  std::string base_image;                // used when the customer names none; always allowed
  std::vector<std::string> allowed_images;
  std::chrono::seconds minimum_duration{60};
  std::chrono::seconds maximum_lease{std::chrono::hours(24 * 365)};

  const contract::PodSpec* find(std::string_view id) const;
  bool allows_image(std::string_view image) const;
};

// The pod that the request asks for, or why it cannot be had (invalid_spec, image_not_allowed). No money is looked at.
std::variant<PodWish, contract::ErrorAnswer> admit(const contract::SpawnRequest&, const Catalogue&);

// Whether this payment buys what is wanted: at least the minimum, at most the longest lease. Nothing: it does.
// A top-up must buy a second, counting the pod's credit, and keep the whole lease within the longest.
std::optional<Refusal> judge_spawn(const Payment&, const PodWish&, const Catalogue&);
std::optional<Refusal> judge_top_up(const Payment&, const PodExtension&, std::uint64_t credit_msats, std::chrono::seconds remaining,
                                    const Catalogue&);

}  // namespace paygress::market
