#include "contract/offer.h"

#include <doctest/doctest.h>

using namespace paygress::contract;

namespace {

constexpr const char* kReadmeOffer =
    R"({"minimum_duration_seconds":60,"whitelisted_mints":["https://mint.cashu.space"],"pod_specs":[{"id":"basic","name":"Basic",)"
    R"("description":"Basic VPS - 1 CPU core, 1GB RAM","cpu_millicores":1000,"memory_mb":1024,"rate_msats_per_sec":100}]})";

std::string spec(std::string_view id, std::string_view rate = "100") {
  return R"({"id":")" + std::string(id) +
         R"(","name":"N","description":"d","cpu_millicores":1000,"memory_mb":1024,"rate_msats_per_sec":)" + std::string(rate) + "}";
}

}  // namespace

TEST_CASE("an offer is printed with the contract's names and read back") {
  Offer offer;
  offer.minimum_duration_seconds = 60;
  offer.whitelisted_mints = {"https://mint.example.org/Bitcoin"};
  offer.pod_specs = {{{"basic", "Basic", "small", 1000, 1024, 100}, true}};
  offer.version = "0.1.0";
  offer.mints = {{"https://mint.example.org/Bitcoin", "sat", 100, 1000}, {"https://down.example.org", "sat", std::nullopt}};
  offer.images = {"linuxserver/openssh-server:latest"};
  offer.cashu_pubkey = "02abc";
  offer.ssh_host = "pods.example.org";
  offer.accepts = {"nip17", "nip04"};
  CHECK(
      print(offer) ==
      R"({"minimum_duration_seconds":60,"whitelisted_mints":["https://mint.example.org/Bitcoin"],"pod_specs":[{"id":"basic","name":"Basic",)"
      R"("description":"small","cpu_millicores":1000,"memory_mb":1024,"rate_msats_per_sec":100,"available":true}],"version":"0.1.0",)"
      R"("mints":[{"url":"https://mint.example.org/Bitcoin","unit":"sat","input_fee_ppk":100,"msat_per_unit":1000},{"url":"https://down.example.org","unit":"sat"}],)"
      R"("images":["linuxserver/openssh-server:latest"],"cashu_pubkey":"02abc","ssh_host":"pods.example.org","accepts":["nip17","nip04"]})");
  CHECK(parse_offer(print(offer)).value() == offer);
}

TEST_CASE("the README's offer is read without our additions") {
  const auto offer = parse_offer(kReadmeOffer).value();
  CHECK(offer.minimum_duration_seconds == 60);
  REQUIRE(offer.pod_specs.size() == 1);
  CHECK(offer.pod_specs[0].spec == PodSpec{"basic", "Basic", "Basic VPS - 1 CPU core, 1GB RAM", 1000, 1024, 100});
  CHECK(offer.pod_specs[0].available);
  CHECK(offer.mints.empty());
}

TEST_CASE("a stranger's offer is read as far as it makes sense") {
  CHECK_FALSE(parse_offer(""));
  CHECK_FALSE(parse_offer("[]"));
  CHECK_FALSE(parse_offer(R"({"whitelisted_mints":[]})"));
  CHECK_FALSE(parse_offer(std::string(200000, ' ')));
  const auto odd = parse_offer(
      R"({"pod_specs":[1,{"id":""},{"id":"a","rate_msats_per_sec":0},{"id":"b","rate_msats_per_sec":18446744073709551615},)"
      R"({"id":"c","rate_msats_per_sec":-1},{"id":"d","rate_msats_per_sec":5,"cpu_millicores":99999999999,"name":7}],)"
      R"("whitelisted_mints":"x","mints":[{"unit":"sat"}],"images":[1,"i"],"minimum_duration_seconds":18446744073709551615})");
  REQUIRE(odd);
  REQUIRE(odd->pod_specs.size() == 1);
  CHECK(odd->pod_specs[0].spec == PodSpec{"d", "", "", 0, 0, 5});
  CHECK(odd->whitelisted_mints.empty());
  CHECK(odd->mints.empty());
  CHECK(odd->images == std::vector<std::string>{"i"});
  // What a client computes from it stays a number.
  CHECK(odd->minimum_duration_seconds < UINT64_MAX / kMaxRateMsatsPerSec);
}

TEST_CASE("the operator's specifications are read in order") {
  const auto specs = parse_pod_specs('[' + spec("basic") + ',' + spec("premium", "400") + ']').value();
  REQUIRE(specs.size() == 2);
  CHECK(specs[0] == PodSpec{"basic", "N", "d", 1000, 1024, 100});
  CHECK(specs[1].rate_msats_per_sec == 400);
}

TEST_CASE("all mistakes are reported at once, by index and field") {
  const auto bad =
      parse_pod_specs(R"([{"id":"a b","name":"","cpu_millicores":0,"memory_mb":"1024","rate_msats_per_sec":0,"memory_gb":1}, 7, )" +
                      spec("x", "1.5") + ',' + spec("x") + ',' + R"({"name":"N\n"}])");
  REQUIRE_FALSE(bad);
  CHECK(bad.error().code == "pod_specs_invalid");
  for (const char* part : {"[0].id may hold only", "[0].name is empty", "[0].cpu_millicores must be", "[0].memory_mb must be",
                           "[0].rate_msats_per_sec must be", "[0].memory_gb is not a known field", "[1] must be an object",
                           "[2].rate_msats_per_sec must be", "[3].id repeats the id \"x\"", "[4].id is missing",
                           "[4].name holds a control character", "[4].rate_msats_per_sec is missing"}) {
    CAPTURE(part);
    CHECK(bad.error().message.find(part) != std::string::npos);
  }
}

TEST_CASE("no list, an empty list and a list beyond all use are refused") {
  for (const std::string text : {"", "{}", "[]", "7", "[1"}) CHECK_FALSE(parse_pod_specs(text));
  std::string many = "[" + spec("s0");
  for (int i = 1; i < 65; ++i) many += ',' + spec("s" + std::to_string(i));
  CHECK_FALSE(parse_pod_specs(many + "]"));
}
