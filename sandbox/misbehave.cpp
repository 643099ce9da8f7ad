// Orders from outside, as text (the other half of World).
#include <algorithm>
#include <array>
#include <charconv>

#include "sandbox/world.h"

namespace paygress::sandbox {
namespace {

using util::Errc;
using util::Error;
using util::Result;

template <class Manners>
struct Flag {
  std::string_view name;
  bool Manners::*member;
};
constexpr std::array<Flag<RelayManners>, 9> kRelayFlags = {{
    {"strfry_auth", &RelayManners::strfry_auth},
    {"auth_for_everything", &RelayManners::auth_for_everything},
    {"no_ok", &RelayManners::no_ok},
    {"drop_after_ok", &RelayManners::drop_after_ok},
    {"lose_events", &RelayManners::lose_events},
    {"deliver_twice", &RelayManners::deliver_twice},
    {"bad_signature_first", &RelayManners::bad_signature_first},
    {"stop_reading", &RelayManners::stop_reading},
    {"no_eose", &RelayManners::no_eose},
}};
constexpr std::array<Flag<KubeManners>, 8> kKubeFlags = {{
    {"image_never_pulls", &KubeManners::image_never_pulls},
    {"never_ready", &KubeManners::never_ready},
    {"unschedulable", &KubeManners::unschedulable},
    {"psa_refuses", &KubeManners::psa_refuses},
    {"quota_exceeded", &KubeManners::quota_exceeded},
    {"port_range_full", &KubeManners::port_range_full},
    {"too_late", &KubeManners::too_late},
    {"controllers_stopped", &KubeManners::controllers_stopped},
}};

template <class Manners, std::size_t N>
bool set_flag(Manners& manners, const std::array<Flag<Manners>, N>& flags, std::string_view what, std::string_view value) {
  for (const Flag<Manners>& flag : flags) {
    if (flag.name != what) continue;
    manners.*flag.member = value != "false" && value != "0";
    return true;
  }
  return false;
}

std::int64_t number(std::string_view text) {
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

// Everything that only takes to be named. False: unknown.
template <class Server>
bool up_or_down(Server& server, std::string_view what) {
  if (what == "down")
    server.go_down();
  else if (what == "up")
    server.come_up();
  else
    return false;
  return true;
}

Result<> order_relay(FakeRelay& relay, std::string_view what, std::string_view value) {
  if (up_or_down(relay, what) || set_flag(relay.manners, kRelayFlags, what, value)) return {};
  if (what == "drop") return relay.drop_connections(), Result<>();
  if (what == "refuse_events") return relay.manners.refuse_events = value, Result<>();
  if (what == "close_requests") {
    relay.manners.close_requests = value;
    relay.manners.close_requests_left = 1;
    return {};
  }
  return Error{Errc::invalid, "the relay has no manner called '" + std::string(what) + "'"};
}

Result<> order_mint(FakeMint& mint, std::string_view what, std::string_view value, std::string_view text) {
  if (up_or_down(mint, what)) return {};
  if (what == "rotate") return mint.rotate(), Result<>();
  if (what == "pending" || what == "released") return mint.set_pending(std::string(value), what == "pending"), Result<>();
  if (what == "lightning") return mint.lightning().order_text(value);
  if (what == "settle_payments" || what == "fail_payments") return mint.end_payments(what == "settle_payments"), Result<>();
  return mint.faults().order_text(text);
}

Result<> order_kube(FakeKube& kube, std::string_view what, std::string_view value, std::string_view text) {
  if (up_or_down(kube, what)) return {};
  if (what == "forget_history") return kube.forget_history(), Result<>();
  if (what == "cut_watches") return kube.cut_watches(), Result<>();
  if (what == "crash") {
    if (kube.crash_pod(std::string(value))) return {};
    return Error{Errc::not_found, "no running pod in namespace '" + std::string(value) + "'"};
  }
  const std::chrono::milliseconds time(number(value));
  if (what == "start_delay")
    kube.manners.start_delay = time;
  else if (what == "termination_delay")
    kube.manners.termination_delay = time;
  else if (what == "taken_port")
    kube.manners.taken_ports.insert(static_cast<std::uint16_t>(number(value)));
  else if (!set_flag(kube.manners, kKubeFlags, what, value))
    return kube.faults().order_text(text);
  kube.notice();
  return {};
}

}  // namespace

Result<> World::misbehave(std::string_view order) {
  if (order == "calm") {
    relay.manners = {};
    kube.manners = {};
    mint.faults().clear_all();
    mint.lightning().clear();
    kube.faults().clear_all();
    relay.come_up();
    mint.come_up();
    kube.come_up();
    kube.notice();
    return {};
  }
  const auto dot = order.find('.');
  if (dot == std::string_view::npos) return Error{Errc::malformed, "expected relay.WHAT, mint.WHAT, kube.WHAT or calm"};
  const std::string_view target = order.substr(0, dot), text = order.substr(dot + 1);
  const auto equals = text.find('=');
  const std::string_view what = text.substr(0, equals);
  const std::string_view value = equals == std::string_view::npos ? std::string_view() : text.substr(equals + 1);
  if (target == "relay") return order_relay(relay, what, value);
  if (target == "mint") return order_mint(mint, what, value, text);
  if (target == "kube") return order_kube(kube, what, value, text);
  return Error{Errc::malformed, "nobody here is called '" + std::string(target) + "'"};
}

}  // namespace paygress::sandbox
