#include "cli/customer/order_book.h"

#include <algorithm>
#include <system_error>

#include "cli/common/places.h"
#include "cli/common/private_file.h"
#include "cli/common/stop.h"
#include "crypto/hash.h"
#include "crypto/random.h"
#include "nostr/nip19.h"
#include "util/bytes.h"
#include "util/json.h"

namespace paygress::cli {
namespace {

using util::Json;

constexpr std::size_t kShortestName = 4;

const char* to_text(Order::State state) {
  switch (state) {
    case Order::State::open: return "open";
    case Order::State::done: return "done";
    case Order::State::refused: return "refused";
  }
  return "open";
}

Order::State state_from_text(const std::string& text) {
  if (text == "done") return Order::State::done;
  if (text == "refused") return Order::State::refused;
  return Order::State::open;
}

std::string write_order(const Order& order) {
  Json json{{"request_id", order.request_id}, {"state", to_text(order.state)},  {"provider", order.provider},
            {"created_at", order.created_at}, {"token_hash", order.token_hash}, {"nip04", order.nip04}};
  if (!order.request.empty()) json["request"] = order.request.reveal();
  if (!order.password.empty()) json["password"] = order.password.reveal();
  if (!order.ssh_key.empty()) json["ssh_key"] = order.ssh_key;
  if (order.pod) json["pod"] = contract::print(contract::Answer(*order.pod));
  if (!order.refund_token.empty()) json["refund_token"] = order.refund_token.reveal();
  return json.dump(2) + '\n';
}

std::optional<Order> read_order(const std::string& text) {
  const auto json = util::parse_json(text);
  if (!json) return std::nullopt;
  const auto field = [&](const char* key) { return util::string_at(*json, key).value_or(""); };
  Order order;
  order.request_id = field("request_id");
  order.state = state_from_text(field("state"));
  order.provider = field("provider");
  order.created_at = util::integer_at(*json, "created_at").value_or(0);
  order.token_hash = field("token_hash");
  order.nip04 = util::bool_at(*json, "nip04").value_or(false);
  order.request = util::Secret(field("request"));
  order.password = util::Secret(field("password"));
  order.ssh_key = field("ssh_key");
  order.refund_token = util::Secret(field("refund_token"));
  if (const auto pod = contract::parse_answer(field("pod")))
    if (const auto* details = std::get_if<contract::AccessDetails>(&*pod)) order.pod = *details;
  if (order.request_id.empty() || order.provider.empty()) return std::nullopt;
  return order;
}

bool fits(const Order& order, const std::string& name) {
  if (!order.pod) return false;
  for (const auto& known : {order.pod->pod_npub, order.pod->pod_id, order.request_id})
    if (known == name || (name.size() >= kShortestName && known.starts_with(name))) return true;
  return false;
}

}  // namespace

std::string hash_of(const util::Secret& token) { return util::hex(crypto::sha256(util::as_bytes(token.reveal()))); }

std::string new_request_id() { return util::hex(crypto::random_bytes<16>(crypto::system_random())); }

OrderBook::OrderBook() : directory_(state_directory() / "orders") {}

void OrderBook::save(const Order& order) const { write_private(directory_ / (order.request_id + ".json"), write_order(order)); }

std::vector<Order> OrderBook::all() const {
  std::vector<Order> orders;
  std::error_code missing;
  for (const auto& entry : std::filesystem::directory_iterator(directory_, missing)) {
    if (entry.path().extension() != ".json") continue;
    const auto text = read_private(entry.path());
    if (!text) continue;
    if (auto order = read_order(*text)) orders.push_back(std::move(*order));
  }
  std::sort(orders.begin(), orders.end(), [](const Order& a, const Order& b) { return a.created_at > b.created_at; });
  return orders;
}

std::optional<Order> OrderBook::open_order(const crypto::PublicKey& provider, const std::string& token_hash) const {
  for (auto& order : all())
    if (order.state == Order::State::open && order.token_hash == token_hash && order.provider == provider.hex()) return order;
  return std::nullopt;
}

std::optional<Order> OrderBook::find_pod(const std::string& given) const {
  std::string name = given;
  if (const auto key = nostr::parse_public_key(given)) name = nostr::encode_npub(*key);
  std::optional<Order> found;
  for (auto& order : all()) {
    if (!fits(order, name)) continue;
    if (found && found->pod->pod_npub != order.pod->pod_npub) throw Stop(Exit::usage, '"' + given + "\" fits several of your pods");
    if (!found) found = std::move(order);
  }
  return found;
}

}  // namespace paygress::cli
