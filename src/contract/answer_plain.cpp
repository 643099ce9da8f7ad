#include "contract/answer.h"
#include "contract/instructions.h"

namespace paygress::contract {
namespace {

std::string lines_of(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines) text += line + '\n';
  return text;
}

// "360.5 sat": what a wallet shows. Rates and payments are msat.
std::string in_sat(std::uint64_t msats) {
  std::string text = std::to_string(msats / 1000);
  if (const auto rest = msats % 1000; rest != 0) {
    const auto digits = std::to_string(1000 + rest).substr(1);
    text += '.' + digits.substr(0, digits.find_last_not_of('0') + 1);
  }
  return text + " sat";
}

std::string words(const AccessDetails& pod) { return lines_of(instructions(pod)); }

std::string words(const StatusAnswer& answer) {
  const auto& pod = answer.details;
  std::string text = pod.pod_npub + " (" + pod.pod_spec_name + ") is " + std::string(to_text(answer.status));
  switch (answer.status) {
    case PodStatus::starting: text += ": the paid time begins when SSH answers.\n"; break;
    case PodStatus::active:
      if (pod.expires_at) text += " until " + spoken_time(*pod.expires_at);
      text += ".\n   " + ssh_command(pod) + '\n';
      break;
    case PodStatus::ended: text += ".\n"; break;
  }
  return text;
}

std::string words(const ListAnswer& answer) {
  if (answer.pods.empty()) return "You have no pods here.\n";
  std::string text;
  for (const auto& pod : answer.pods) text += words(pod);
  return text;
}

std::string refund_words(const std::optional<util::Secret>& token) {
  return token ? "Your refund, a Cashu token (whoever has it can spend it):\n" + token->reveal() + '\n' : std::string();
}

std::string words(const EndAnswer& answer) { return answer.pod_npub + " has ended.\n" + refund_words(answer.refund_token); }

std::string words(const TopUpSuccess& answer) {
  return (answer.message.empty() ? "Pod successfully topped up!" : answer.message) + '\n' + answer.pod_npub + " runs " +
         std::to_string(answer.extended_duration_seconds.count()) + " seconds longer, until " + spoken_time(answer.new_expires_at) +
         ".\n";
}

std::string words(const ErrorAnswer& answer) {
  std::string text = answer.message + '\n';
  if (answer.details) text += *answer.details + '\n';
  if (answer.retryable) text += "The same request may succeed later.\n";
  return text + refund_words(answer.refund_token);
}

std::string words(const Processing& answer) { return answer.message + '\n'; }

std::string words(const HelpAnswer& answer) { return answer.text + '\n'; }

std::string words(const OffersAnswer& answer) {
  std::string text = "Pods for rent:\n";
  for (const auto& [spec, available] : answer.offer.pod_specs) {
    text += "- " + spec.id + ": " + spec.name + " (" + spec.description + "), " + std::to_string(spec.cpu_millicores) +
            " millicores, " + std::to_string(spec.memory_mb) + " MB, " + std::to_string(spec.rate_msats_per_sec) +
            " msat per second (" + in_sat(spec.rate_msats_per_sec * 3600) + " per hour)" + (available ? "" : ", sold out") + '\n';
  }
  text += "At least " + std::to_string(answer.offer.minimum_duration_seconds) + " seconds. Cashu tokens of these mints:\n";
  for (const auto& mint : answer.offer.whitelisted_mints) text += "- " + mint + '\n';
  return text;
}

}  // namespace

std::string print_plain(const Answer& answer) {
  auto text = std::visit([](const auto& kind) { return words(kind); }, answer);
  return std::move(text) + '\n' + print(answer);
}

}  // namespace paygress::contract
