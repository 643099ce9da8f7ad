#include "market/catalogue.h"

#include <algorithm>

namespace paygress::market {
namespace {

std::string figures(const Payment& payment, std::uint64_t required) {
  return "face " + std::to_string(payment.face_msats) + " msats, fee " + std::to_string(payment.fee_msats) + " msats, net " +
         std::to_string(payment.net_msats()) + " msats, required " + std::to_string(required) + " msats";
}

Refusal too_long(const Catalogue& catalogue) {
  return {contract::ErrorType::invalid_request,
          "duration_too_long",
          "This would pay for longer than a pod may run here (" + std::to_string(catalogue.maximum_lease.count()) +
              " seconds). Your token was not touched; send a smaller one.",
          {},
          false};
}

}  // namespace

const contract::PodSpec* Catalogue::find(std::string_view id) const {
  const auto found = std::find_if(specs.begin(), specs.end(), [&](const contract::PodSpec& spec) { return spec.id == id; });
  return found == specs.end() ? nullptr : &*found;
}

bool Catalogue::allows_image(std::string_view image) const {
  return image == base_image || std::find(allowed_images.begin(), allowed_images.end(), image) != allowed_images.end();
}

std::variant<PodWish, contract::ErrorAnswer> admit(const contract::SpawnRequest& request, const Catalogue& catalogue) {
  const contract::PodSpec* spec = request.pod_spec_id ? catalogue.find(*request.pod_spec_id) : &catalogue.specs.front();
  if (spec == nullptr) {
    std::string known;
    for (const contract::PodSpec& each : catalogue.specs) known += (known.empty() ? "" : ", ") + each.id;
    contract::ErrorAnswer answer;
    answer.type = contract::ErrorType::invalid_spec;
    answer.code = "spec_unknown";
    answer.message = "There is no such pod specification. Your token was not touched.";
    answer.details = "available: " + known;
    return answer;
  }
  const std::string image = request.pod_image.value_or(catalogue.base_image);
  if (!catalogue.allows_image(image)) {
    contract::ErrorAnswer answer;
    answer.type = contract::ErrorType::invalid_request;
    answer.code = "image_not_allowed";
    answer.message =
        "This provider does not run that image. Leave pod_image out, or take one from the offer. Your token was not touched.";
    return answer;
  }
  return PodWish{*spec, image, request.ssh_username, request.ssh_password, request.ssh_public_key};
}

std::optional<Refusal> judge_spawn(const Payment& payment, const PodWish& wish, const Catalogue& catalogue) {
  const std::uint64_t required = price_of(catalogue.minimum_duration, wish.spec.rate_msats_per_sec);
  if (payment.net_msats() < required || payment.net_msats() == 0)
    return Refusal{contract::ErrorType::insufficient_payment, "insufficient_payment",
                   "The token pays for less than the shortest time sold (" + std::to_string(catalogue.minimum_duration.count()) +
                       " seconds). It was not touched.",
                   figures(payment, required), false};
  if (buy(payment.net_msats(), 0, wish.spec.rate_msats_per_sec).duration > catalogue.maximum_lease) return too_long(catalogue);
  return std::nullopt;
}

std::optional<Refusal> judge_top_up(const Payment& payment, const PodExtension& extension, std::uint64_t credit_msats,
                                    std::chrono::seconds remaining, const Catalogue& catalogue) {
  const Purchase purchase = buy(payment.net_msats(), credit_msats, extension.rate_msats_per_sec);
  if (payment.net_msats() == 0 || purchase.duration < std::chrono::seconds(1))
    return Refusal{contract::ErrorType::insufficient_payment, "insufficient_payment",
                   "The token buys less than a second of this pod. It was not touched.",
                   figures(payment, extension.rate_msats_per_sec), false};
  // Compared by subtraction: a huge purchase must not overflow the sum.
  if (purchase.duration > catalogue.maximum_lease - std::min(remaining, catalogue.maximum_lease)) return too_long(catalogue);
  return std::nullopt;
}

}  // namespace paygress::market
