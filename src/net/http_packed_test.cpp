// Bodies that something between us and the peer has packed (Content-Encoding).
#include "net/http_world_test_support.h"
#include "util/bytes.h"

using namespace paygress;
using namespace paygress::net;
using World = net::test::HttpWorld;

TEST_CASE("an answer that something on the way has packed is unpacked, within the same limit") {
  const auto text_of = [](std::string_view hex) {
    const util::Bytes bytes = util::from_hex(hex).value();
    return std::string(bytes.begin(), bytes.end());
  };
  World world;
  world.packed = text_of("1f8b0800000000000203ab562a484cce4e4d51b22a292a4dad050089e0b5dc0f000000");
  // 300,000 times the letter x.
  world.bomb = text_of(
      "1f8b0800000000000203edc1010d000000c2a0da8f6f0f0714000000000000000000000000000000000000000000000000000000000000"
      "00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
      "00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
      "00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
      "00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
      "00000000000000000000000000000000000000000000000000000000000000000000000000000000fc18cd2ac8b3e0930400");
  world.serve();
  HttpRequest request;
  request.url = world.url("/packed");
  CHECK(world.send(request).value().body == R"({"packed":true})");
  request.url = world.url("/bomb");
  CHECK(world.send(request).value().body == std::string(300'000, 'x'));
  request.max_body = 100'000;
  CHECK(world.send(request).error().code == "too_large");
  request.url = world.url("/odd");
  CHECK_FALSE(world.send(request));
}
