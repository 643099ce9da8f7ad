// The mint pays Lightning invoices for us.
#include "cashu/mint_client.h"

namespace paygress::cashu {
namespace {

// A payment may try routes for minutes while the mint keeps us waiting. After that one asks for the quote instead.
constexpr std::chrono::minutes kPatience{5};

util::Result<MeltQuote> read(const util::Result<util::Json>& reply) {
  if (!reply) return reply.error();
  return read_melt_quote(*reply);
}

}  // namespace

net::Task<util::Result<MeltQuote>> MintClient::melt_quote(std::string request, std::string unit) {
  util::Json body;
  body["request"] = std::move(request);
  body["unit"] = std::move(unit);
  const auto reply = co_await post("/v1/melt/quote/bolt11", body.dump());
  co_return read(reply);
}

net::Task<util::Result<MeltQuote>> MintClient::melt_quote_state(std::string quote_id) {
  const auto reply = co_await get("/v1/melt/quote/bolt11/" + quote_id);
  co_return read(reply);
}

net::Task<util::Result<MeltQuote>> MintClient::melt(std::string body) {
  const auto reply = co_await post("/v1/melt/bolt11", std::move(body), kPatience);
  co_return read(reply);
}

}  // namespace paygress::cashu
