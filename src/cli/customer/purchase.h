// What spawn and top-up have in common: a token goes out once, and whatever comes back is written down before it is shown.
#pragma once

#include "cli/common/stop.h"
#include "cli/customer/commands.h"
#include "cli/customer/context.h"
#include "cli/customer/listings.h"
#include "cli/customer/order_book.h"
#include "contract/answer.h"
#include "contract/request.h"

namespace paygress::cli {

// Throws Stop(usage) if none or more than one was given, or if it is no token.
util::Secret read_token(const TokenSource& source);

// The provider's offer. Throws Stop(network) if no relay has one.
net::Task<contract::Offer> provider_offer(Context& context);

// Sends the order's request and waits; `resumed`: it was sent before. The answer is written into the order.
net::Task<contract::Answer> place_order(Context& context, const OrderBook& book, Order& order, bool resumed);

// Shows the answer: JSON as it came with --json, else words; errors on standard error. Returns ok or refused.
Exit show(const Context& context, const contract::Answer& answer);

}  // namespace paygress::cli
