#include <iostream>

#include "cashu/token.h"
#include "cli/common/private_file.h"
#include "cli/common/run.h"
#include "cli/customer/checks.h"
#include "cli/customer/commands.h"
#include "cli/customer/identity.h"
#include "cli/customer/purchase.h"
#include "contract/credentials.h"
#include "contract/instructions.h"
#include "crypto/random.h"
#include "util/bytes.h"

namespace paygress::cli {
namespace {

void add_login(const SpawnOptions& options, contract::SpawnRequest& request, Order& order) {
  const int given = !options.password_file.empty() + options.random_password + !options.key_file.empty();
  if (given > 1) throw Stop(Exit::usage, "choose one of --password-file, --random-password and --key");
  request.ssh_username = options.user;
  if (const auto checked = contract::check_ssh_username(options.user); !checked) throw Stop(Exit::usage, checked.error().message);
  if (!options.password_file.empty()) {
    request.ssh_password = util::Secret(read_input(options.password_file));
  } else if (options.random_password) {
    request.ssh_password = util::Secret(util::base64url(crypto::random_bytes<18>(crypto::system_random())));
    order.password = request.ssh_password;
  } else {
    const auto key = options.key_file.empty() ? load_or_make_ssh_key() : load_ssh_key(options.key_file);
    request.ssh_public_key = key.public_line;
    order.ssh_key = key.private_file.string();
    return;
  }
  if (const auto checked = contract::check_ssh_password(request.ssh_password.reveal()); !checked)
    throw Stop(Exit::usage, checked.error().message);
}

Order new_order(Context& context, const SpawnOptions& options, const util::Secret& token) {
  Order order;
  order.request_id = new_request_id();
  order.provider = context.named_provider().hex();
  order.created_at = util::unix_seconds(context.clock.now());
  order.token_hash = hash_of(token);
  order.nip04 = context.options.nip04;
  contract::SpawnRequest request;
  request.cashu_token = token;
  if (!options.spec.empty()) request.pod_spec_id = options.spec;
  if (!options.image.empty()) request.pod_image = options.image;
  add_login(options, request, order);
  order.request = util::Secret(contract::print(contract::ParsedRequest{std::move(request), false, order.request_id}));
  return order;
}

net::Task<> check(Context& context, const SpawnOptions& options, const util::Secret& token) {
  const auto offer = co_await provider_offer(context);
  const auto image = options.image.empty() ? std::nullopt : std::optional<std::string>(options.image);
  const auto quote = check_purchase(offer, cashu::decode_token(token.reveal()).value(), options.spec, image);
  if (!quote) throw Stop(Exit::usage, quote.error().message + " (the token was not sent)");
  progress("Buying \"" + quote->spec.id + "\" for about " + std::to_string(quote->duration.count()) + " seconds: " +
           std::to_string(quote->face_msats) + " msat, of which the mint keeps about " + std::to_string(quote->fee_msats));
}

net::Task<> buy(Context& context, const SpawnOptions& options, const util::Secret& token, Order& order,
                std::optional<contract::Answer>& answer) {
  const OrderBook book;
  auto open = book.open_order(context.named_provider(), order.token_hash);
  const bool resumed = open.has_value();
  if (resumed) {
    order = std::move(*open);
    context.options.nip04 = order.nip04;
    progress("This token is in order " + order.request_id + " already: asking for that order's answer");
  } else {
    if (options.check) co_await check(context, options, token);
    order = new_order(context, options, token);
  }
  answer = co_await place_order(context, book, order, resumed);
}

}  // namespace

Exit spawn_pod(Context& context, const SpawnOptions& options) {
  const auto token = read_token(options.token);
  Order order;
  order.token_hash = hash_of(token);
  std::optional<contract::Answer> answer;
  run_to_end(context.loop, buy(context, options, token, order, answer));
  const auto exit = show(context, *answer);
  if (exit == Exit::ok && order.pod && !context.options.json) {
    if (!order.password.empty()) progress("The password is " + order.password.reveal());
    progress("Log in with: paygress ssh " + (order.pod->pod_id.empty() ? order.pod->pod_npub : order.pod->pod_id));
  }
  return exit;
}

}  // namespace paygress::cli
