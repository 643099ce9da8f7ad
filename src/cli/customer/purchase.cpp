#include "cli/customer/purchase.h"

#include <iostream>

#include "cashu/token.h"
#include "cli/common/private_file.h"
#include "cli/customer/conversation.h"
#include "cli/customer/identity.h"
#include "contract/instructions.h"

namespace paygress::cli {
namespace {

// What the answer means for the order. The token leaves the file as soon as it is no longer the customer's.
void settle(Order& order, const contract::Answer& answer) {
  if (const auto* error = std::get_if<contract::ErrorAnswer>(&answer)) {
    order.state = Order::State::refused;
    if (error->token_consumed || error->code == "token_spent") order.request.clear();
    if (error->refund_token) order.refund_token = *error->refund_token;
    return;
  }
  order.state = Order::State::done;
  order.request.clear();
  if (const auto* pod = std::get_if<contract::AccessDetails>(&answer)) order.pod = *pod;
}

void show_error(const contract::ErrorAnswer& error) {
  progress("Refused (" + std::string(to_text(error.type)) + (error.code.empty() ? "" : ", " + error.code) + "): " + error.message);
  if (error.details) progress(*error.details);
  if (error.refund_token) {
    progress("The refund, a token that whoever has it can spend, is on standard output and in your orders.");
    std::cout << error.refund_token->reveal() << '\n';
  } else if (error.token_consumed) {
    progress("The token was spent.");
  }
  if (error.retryable) progress("The same may succeed later.");
}

std::string words_of(const contract::Answer& answer) {
  const auto text = contract::print_plain(answer);
  return text.substr(0, text.find_last_of('\n', text.size()));  // without the line of JSON
}

}  // namespace

util::Secret read_token(const TokenSource& source) {
  const int given = !source.text.empty() + !source.file.empty() + source.from_stdin;
  if (given != 1) throw Stop(Exit::usage, "give the token in one way: --token-file FILE, --token TOKEN, or - for standard input");
  util::Secret token(source.from_stdin ? read_input("-") : source.file.empty() ? source.text : read_input(source.file));
  if (const auto decoded = cashu::decode_token(token.reveal()); !decoded)
    throw Stop(Exit::usage, decoded.error().message + " (nothing was sent)");
  return token;
}

net::Task<contract::Offer> provider_offer(Context& context) {
  auto listings = co_await find_listings(context, context.named_provider());
  if (listings.empty())
    throw Stop(
        Exit::network,
        "no offer of this provider is on these relays, so nothing can be checked before you pay; --no-check sends all the same");
  co_return std::move(listings.front().offer);
}

net::Task<contract::Answer> place_order(Context& context, const OrderBook& book, Order& order, bool resumed) {
  co_await add_inbox_relays(context);
  const auto own = load_or_make_key();
  book.save(order);
  Conversation conversation(context, own);
  auto answer = co_await conversation.ask(order.request.reveal(), order.request_id, resumed);
  settle(order, answer);
  book.save(order);
  co_return answer;
}

Exit show(const Context& context, const contract::Answer& answer) {
  const auto* error = std::get_if<contract::ErrorAnswer>(&answer);
  if (context.options.json) {
    std::cout << contract::print(answer) << '\n';
  } else if (error) {
    show_error(*error);
  } else {
    std::cout << words_of(answer);
  }
  std::cout.flush();
  return error ? Exit::refused : Exit::ok;
}

}  // namespace paygress::cli
