// The questions that cost nothing: status, list, end.
#include <algorithm>
#include <iostream>

#include "cli/common/run.h"
#include "cli/customer/commands.h"
#include "cli/customer/conversation.h"
#include "cli/customer/identity.h"
#include "cli/customer/listings.h"
#include "cli/customer/pod_names.h"
#include "cli/customer/purchase.h"

namespace paygress::cli {
namespace {

net::Task<> ask(Context& context, contract::Request request, std::optional<contract::Answer>& answer) {
  co_await add_inbox_relays(context);
  const auto own = load_or_make_key();
  const auto id = new_request_id();
  const contract::ParsedRequest question{std::move(request), false, id};
  Conversation conversation(context, own);
  answer = co_await conversation.ask(contract::print(question), id, false);
}

contract::Answer ask_and_wait(Context& context, contract::Request request) {
  std::optional<contract::Answer> answer;
  context.loop.restart();
  run_to_end(context.loop, ask(context, std::move(request), answer));
  return std::move(*answer);
}

// Without --provider: everybody we ever bought from.
std::vector<crypto::PublicKey> providers(const Context& context) {
  if (context.provider) return {*context.provider};
  std::vector<crypto::PublicKey> found;
  for (const auto& order : OrderBook().all()) {
    const auto key = crypto::PublicKey::from_hex(order.provider);
    if (key && order.pod && std::find(found.begin(), found.end(), *key) == found.end()) found.push_back(*key);
  }
  return found;
}

}  // namespace

Exit show_status(Context& context, const std::string& name) {
  const auto pod = resolve_pod(context, name);
  const auto answer = ask_and_wait(context, contract::StatusRequest{pod.name});
  if (const auto* status = std::get_if<contract::StatusAnswer>(&answer); status && status->details.expires_at)
    remember_end(pod, *status->details.expires_at);
  return show(context, answer);
}

Exit list_pods(Context& context) {
  const auto asked = providers(context);
  if (asked.empty()) {
    progress("You have bought no pods yet; with --provider NPUB that provider is asked.");
    return Exit::ok;
  }
  auto worst = Exit::ok;
  for (const auto& provider : asked) {
    context.use_provider(provider);
    const auto exit = show(context, ask_and_wait(context, contract::ListRequest{}));
    if (exit != Exit::ok) worst = exit;
  }
  return worst;
}

Exit end_pod(Context& context, const std::string& name) {
  const auto pod = resolve_pod(context, name);
  const auto answer = ask_and_wait(context, contract::EndRequest{pod.name});
  const auto* ended = std::get_if<contract::EndAnswer>(&answer);
  if (ended && ended->refund_token && pod.order) {
    auto order = *pod.order;
    order.refund_token = *ended->refund_token;
    OrderBook().save(order);
  }
  return show(context, answer);
}

}  // namespace paygress::cli
