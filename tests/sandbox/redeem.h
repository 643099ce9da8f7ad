// What a customer's wallet does with a token: he swaps it at its mint.
#pragma once

#include <doctest/doctest.h>

#include <boost/asio/this_coro.hpp>

#include "cashu/mint_client.h"
#include "cashu/output.h"
#include "cashu/token.h"
#include "net/http_client.h"
#include "tests/sandbox/story.h"

namespace paygress::test {

inline net::Task<> redeem(Story& story, std::string token) {
  const auto http = net::make_curl_client(co_await boost::asio::this_coro::executor);
  const cashu::Token decoded = cashu::decode_token(token).value();
  cashu::MintClient mint(*http, decoded.mint);
  std::vector<cashu::Keyset> keysets = (co_await mint.keysets()).value();
  for (cashu::Keyset& keyset : keysets) keyset = (co_await mint.keys(keyset)).value();
  const auto resolved = cashu::resolve_proofs(decoded.proofs, "sat", keysets).value();
  const auto outputs =
      cashu::make_outputs(cashu::split_amount(resolved.net, keysets.front()).value(), keysets.front(), crypto::system_random());
  util::Json body;
  body["outputs"] = cashu::blinded_messages(outputs.value());
  for (const cashu::Proof& proof : resolved.proofs) body["inputs"].push_back(cashu::to_json(proof));
  CHECK(co_await mint.swap(body.dump()));
  CHECK(story.spent(token));
}

}  // namespace paygress::test
