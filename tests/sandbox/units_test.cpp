// What tokens are worth: sat and msat by nature, other units by the operator's rate, and nothing else.
#include <doctest/doctest.h>

#include "cashu/token.h"
#include "net/running.h"
#include "tests/sandbox/story.h"

using namespace paygress;
using namespace paygress::test;
using namespace std::chrono_literals;

namespace {

util::Json listed(const util::Json& offer, const std::string& unit) {
  for (const util::Json& mint : offer["mints"])
    if (mint["unit"] == unit) return mint;
  return nullptr;
}

}  // namespace

TEST_CASE("a unit is worth what the operator says, and the offer says it; a unit without a rate is refused") {
  tell([](Story& story) -> net::Task<> {
    const auto executor = co_await boost::asio::this_coro::executor;
    sandbox::MintOptions options;
    options.units = {"sat", "msat", "usd", "eur", "gold"};
    options.input_fee_ppk = 1000;
    sandbox::FakeMint mint(executor, story.clock(), crypto::system_random(), options);
    net::Running running(executor, mint.run());
    story.settings["WHITELISTED_MINTS"] = mint.url();
    story.settings["UNIT_RATES"] = "usd=10000, gold=100000000000";
    co_await story.start();

    sandbox::TokenOptions in;
    in.unit = "usd";
    const std::string cents = mint.make_token(6, in);  // two proofs, so the mint keeps 2
    const util::Json pod = co_await story.ask(story.spawn(cents));
    INFO(pod.dump());
    CHECK(pod.value("paid_msats", 0) == 60000);
    CHECK(pod.value("fee_msats", 0) == 20000);
    CHECK(pod.value("duration_seconds", 0) == 40);
    CHECK(mint.is_spent(cents));

    // Now the daemon has read all of the mint's keysets.
    const util::Json offer = co_await story.answer(story.send_text("offers"));
    CHECK(listed(offer, "sat")["msat_per_unit"] == 1000);
    CHECK(listed(offer, "msat")["msat_per_unit"] == 1);
    CHECK(listed(offer, "usd")["msat_per_unit"] == 10000);
    CHECK(listed(offer, "eur").is_null());

    in.unit = "msat";
    const std::string msats = mint.make_token(65536, in);
    const util::Json more = co_await story.ask(story.top_up(pod["pod_npub"], msats));
    CHECK(more.value("extended_duration_seconds", 0) == 65);

    in.unit = "eur";
    const std::string unpriced = mint.make_token(64, in);
    const util::Json refused = co_await story.ask(story.spawn(unpriced));
    CHECK(refused.value("error_type", "") == "invalid_token");
    CHECK(refused.value("code", "") == "unit_not_supported");
    CHECK_FALSE(mint.is_spent(unpriced));

    // 2^40 of a unit of a bitcoin each is more msat than 64 bits hold.
    in.unit = "gold";
    const std::string too_much = mint.make_token(std::uint64_t{1} << 40, in);
    const util::Json overflowing = co_await story.ask(story.spawn(too_much));
    CHECK(overflowing.value("code", "") == "token_amount_invalid");
    CHECK_FALSE(mint.is_spent(too_much));
    co_await story.stop();
    running.cancel();
  });
}

TEST_CASE("a rate that is taken back ends no order: what was claimed in that unit goes back in it, and no more of it is taken") {
  tell([](Story& story) -> net::Task<> {
    const auto executor = co_await boost::asio::this_coro::executor;
    sandbox::MintOptions options;
    options.units = {"sat", "usd"};
    sandbox::FakeMint mint(executor, story.clock(), crypto::system_random(), options);
    net::Running running(executor, mint.run());
    story.settings["WHITELISTED_MINTS"] = mint.url();
    story.settings["UNIT_RATES"] = "usd=10000";
    story.settings["POD_START_TIMEOUT_SECONDS"] = "5";
    story.world.kube.manners.never_ready = true;
    co_await story.start();
    sandbox::TokenOptions in;
    in.unit = "usd";
    const std::string cents = mint.make_token(9, in);
    const std::string message = story.send(story.spawn(cents));
    const std::function<bool()> claimed = [&] { return mint.is_spent(cents); };
    co_await story.until("the token is claimed", claimed);
    co_await story.stop();

    story.settings.erase("UNIT_RATES");
    co_await story.start();
    const util::Json refunded = co_await story.answer(message, 60s);
    INFO(refunded.dump());
    CHECK(refunded.value("error_type", "") == "pod_creation_failed");
    const auto refund = cashu::decode_token(refunded.value("refund_token", ""));
    REQUIRE(refund);
    CHECK(refund->unit == "usd");
    CHECK(cashu::total(refund->proofs).value().value() == 8);
    const std::string more = mint.make_token(9, in);
    const util::Json refused = co_await story.ask(story.spawn(more));
    CHECK(refused.value("code", "") == "unit_not_supported");
    const util::Json offer = co_await story.answer(story.send_text("offers"));
    CHECK(listed(offer, "usd").is_null());
    co_await story.stop();
    running.cancel();
  });
}
