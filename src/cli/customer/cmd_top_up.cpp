#include "cashu/token.h"
#include "cli/common/run.h"
#include "cli/customer/checks.h"
#include "cli/customer/commands.h"
#include "cli/customer/pod_names.h"
#include "cli/customer/purchase.h"

namespace paygress::cli {
namespace {

net::Task<> check(Context& context, const util::Secret& token) {
  const auto offer = co_await provider_offer(context);
  const auto checked = check_token(offer, cashu::decode_token(token.reveal()).value());
  if (!checked) throw Stop(Exit::usage, checked.error().message + " (the token was not sent)");
}

net::Task<> pay(Context& context, const TopUpOptions& options, const std::string& pod, const util::Secret& token,
                std::optional<contract::Answer>& answer) {
  const OrderBook book;
  auto open = book.open_order(context.named_provider(), hash_of(token));
  const bool resumed = open.has_value();
  Order order;
  if (resumed) {
    order = std::move(*open);
    context.options.nip04 = order.nip04;
    progress("This token is in order " + order.request_id + " already: asking for that order's answer");
  } else {
    if (options.check) co_await check(context, token);
    order.request_id = new_request_id();
    order.provider = context.named_provider().hex();
    order.created_at = util::unix_seconds(context.clock.now());
    order.token_hash = hash_of(token);
    order.nip04 = context.options.nip04;
    const contract::ParsedRequest request{contract::TopUpRequest{pod, token}, false, order.request_id};
    order.request = util::Secret(contract::print(request));
  }
  answer = co_await place_order(context, book, order, resumed);
}

}  // namespace

Exit top_up_pod(Context& context, const TopUpOptions& options) {
  const auto pod = resolve_pod(context, options.pod);
  const auto token = read_token(options.token);
  std::optional<contract::Answer> answer;
  run_to_end(context.loop, pay(context, options, pod.name, token, answer));
  if (const auto* success = std::get_if<contract::TopUpSuccess>(&*answer)) remember_end(pod, success->new_expires_at);
  return show(context, *answer);
}

}  // namespace paygress::cli
