#include <iostream>

#include <nlohmann/json.hpp>

#include "cli/common/run.h"
#include "cli/customer/commands.h"
#include "cli/customer/listings.h"
#include "contract/offer_json.h"
#include "nostr/nip19.h"

namespace paygress::cli {
namespace {

using OrderedJson = nlohmann::ordered_json;

// A stranger's text on a terminal: control characters could rewrite what stands above.
std::string harmless(const std::string& text) {
  std::string result;
  for (char c : text) result += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
  return result;
}

void print_json(const std::vector<Listing>& listings) {
  auto list = OrderedJson::array();
  for (const auto& listing : listings) {
    OrderedJson item;
    item["provider"] = nostr::encode_npub(listing.provider);
    item["created_at"] = listing.created_at;
    item["offer"] = contract::offer_json(listing.offer);
    list.push_back(std::move(item));
  }
  std::cout << list.dump(-1, ' ', false, OrderedJson::error_handler_t::replace) << '\n';
}

void print_words(const Listing& listing) {
  const auto& offer = listing.offer;
  std::cout << nostr::encode_npub(listing.provider);
  if (!offer.ssh_host.empty()) std::cout << "  at " << harmless(offer.ssh_host);
  std::cout << ", from " << offer.minimum_duration_seconds << " seconds\n";
  for (const auto& [spec, available] : offer.pod_specs) {
    const auto hour = spec.rate_msats_per_sec * 3600;
    std::cout << "  " << harmless(spec.id) << ": " << harmless(spec.name) << " (" << harmless(spec.description) << "), "
              << spec.cpu_millicores << " millicores, " << spec.memory_mb << " MB, " << spec.rate_msats_per_sec
              << " msat/s = " << hour / 1000 << '.' << hour % 1000 / 100 << " sat/h" << (available ? "" : ", sold out") << '\n';
  }
  for (const auto& mint : offer.whitelisted_mints) std::cout << "  accepts tokens of " << harmless(mint) << '\n';
}

net::Task<> fetch(Context& context, std::vector<Listing>& listings) {
  listings = co_await find_listings(context, context.provider);
  if (!listings.empty()) co_return;
  const bool heard = co_await any_relay_answers(context);
  if (!heard) throw Stop(Exit::network, "no relay could be reached");
}

}  // namespace

Exit list_offers(Context& context) {
  std::vector<Listing> listings;
  run_to_end(context.loop, fetch(context, listings));
  if (context.options.json) {
    print_json(listings);
  } else {
    for (const auto& listing : listings) print_words(listing);
  }
  if (!listings.empty()) return Exit::ok;
  progress("No offers on these relays.");
  return Exit::no_answer;
}

}  // namespace paygress::cli
