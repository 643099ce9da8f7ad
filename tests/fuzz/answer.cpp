#include "contract/answer.h"
#include "contract/offer.h"
#include "tests/fuzz/target.h"

namespace paygress::test {
namespace {

bool read(std::string_view input) {
  const auto answer = contract::parse_answer(input);
  if (answer) {
    const std::string text = contract::print(*answer);
    const auto again = contract::parse_answer(text);
    must(again.has_value(), "an answer that is none when it was written");
    must(contract::print(*again) == text, "an answer that is written in two ways");
  }
  const auto offer = contract::parse_offer(input);
  if (offer) {
    const auto again = contract::parse_offer(contract::print(*offer));
    must(again && *again == *offer, "an offer that is another when it was written");
  }
  return answer || offer || contract::parse_pod_specs(input);
}

std::vector<std::string> seeds() {
  contract::AccessDetails details;
  details.pod_npub = "npub10elfcs4fr0l0r8af98jlmgdh9c8tcxjvz9qkw038js35mp4dma8qzvjptg";
  details.node_port = 30022;
  details.expires_at = util::from_unix(1'700'000'000);
  details.pod_spec_name = "Basic";
  details.host_address = "pods.example";
  details.ssh_username = "alice";
  contract::Offer offer;
  offer.minimum_duration_seconds = 60;
  offer.whitelisted_mints = {"https://mint.example"};
  offer.mints = {{"https://mint.example", "sat", 100, 1000}};
  offer.pod_specs = {{{"basic", "Basic", "small", 1000, 1024, 100}, true}};
  offer.ssh_host = "pods.example";
  contract::TopUpSuccess more;
  more.pod_npub = details.pod_npub;
  return {contract::print(details),
          contract::print(contract::StatusAnswer{details, contract::PodStatus::active}),
          contract::print_plain(details),
          contract::print(more),
          contract::print(contract::ErrorAnswer{}),
          contract::print(contract::OffersAnswer{offer, "r1"}),
          contract::print(offer),
          R"([{"id":"basic","name":"Basic","description":"small","cpu_millicores":100,"memory_mb":64,"rate_msats_per_sec":10}])"};
}

}  // namespace

FuzzTarget answer_target() { return {"answer", seeds(), read}; }

}  // namespace paygress::test
