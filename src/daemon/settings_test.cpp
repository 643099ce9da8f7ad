#include "daemon/settings.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "daemon/setting_checks.h"

namespace paygress::daemon {
namespace {

// What an operator must say, and nothing more.
Sources complete() {
  Sources sources;
  sources.variables = {
      {"NOSTR_RELAYS", "wss://relay.example"},
      {"NOSTR_PRIVATE_KEY", std::string(63, '0') + "7"},
      {"WHITELISTED_MINTS", "https://mint.example/Bitcoin"},
      {"POD_SPECS", R"([{"id":"a","name":"A","cpu_millicores":100,"memory_mb":64,"rate_msats_per_sec":1}])"},
      {"SSH_HOST", "pods.example"},
      {"CASHU_DB_PATH", "/var/lib/paygress/paygress.db"},
  };
  sources.read_file = [](const std::filesystem::path&) { return std::nullopt; };
  sources.is_folder = [](const std::filesystem::path& path) { return path == "/var/lib/paygress"; };
  return sources;
}

std::vector<std::string> mistakes_with(std::map<std::string, std::string> changed) {
  Sources sources = complete();
  changed.merge(sources.variables);
  sources.variables = std::move(changed);
  const auto settings = read_settings(sources);
  return settings ? std::vector<std::string>{} : settings.error().lines;
}

TEST_CASE("what is required is enough") { CHECK(mistakes_with({}).empty()); }

TEST_CASE("each wrong setting is one line that names it") {
  const std::vector<std::pair<std::string, std::vector<std::string>>> wrong = {
      {"NOSTR_RELAYS",
       {"", " , ,", "https://relay.example", "relay.example", "wss://a.example wss://b.example", "wss://a.example\nwss://b.example",
        "\"wss://a.example\""}},
      {"NOSTR_PRIVATE_KEY", {"", std::string(64, '0'), std::string(63, '1'), "npub1xyz"}},
      {"WHITELISTED_MINTS", {"", ",", "mint.example", "ws://mint.example", "https://user@mint.example", "https://mint.example?x"}},
      {"POD_SPECS", {"", "{}", "[]", "[{}]", "nonsense"}},
      {"SSH_HOST",
       {"", "pods.example:22", "ssh://pods.example", "a b", "..", "-pods.example", "999.1.1.1", "1.2.3.4.5", "[2001:db8::1]",
        "2001:db8::g", "a@b",
        "p\xc3\xb6"
        "ds.example"}},
      {"CASHU_DB_PATH", {"", "/nowhere/paygress.db", "/var/lib/paygress"}},
      {"POD_NAMESPACE", {"User", "a_b", "-a", std::string(41, 'a')}},
      {"BASE_IMAGE", {"a b", "LinuxServer/x", "x:", "x@sha256:12", "http://x/y", "x:t:u", "/x"}},
      {"ALLOWED_IMAGES", {"fine:1,a b"}},
      {"SSH_PORT_RANGE_START", {"80", "abc", "3001", "2 000", "0x800", "-5", "2000.0", "99999999999999999999"}},
      {"RESERVED_PORTS", {"2000-2010", "x", "70000"}},
      {"RUNTIME_CLASS", {"a b", "gVisor", "-a", "a..b"}},
      {"BLOCKED_CIDRS", {"foo", "10.0.0.0/33", "203.0.113.0/24,2001:db8::/129", "10.0.0.0/0"}},
      {"MAX_PODS", {"0", "-1", "many"}},
      {"NOSTR_ACCEPT_NIP04", {"maybe", "TRUE"}},
      {"RUN_MODE", {"http", "Both"}},
      {"LOG_LEVEL", {"verbose"}},
      {"UNIT_RATES", {"usd", "usd=0", "sat=1"}},
      {"PAYOUT_ADDRESS", {"me", "me@"}},
      {"CONTEXTVM_ENABLED", {"true"}},
  };
  for (const auto& setting : wrong) {
    const std::string& name = setting.first;
    for (const std::string& value : setting.second) {
      CAPTURE(name);
      CAPTURE(value);
      const auto lines = mistakes_with({{name, value}});
      REQUIRE(lines.size() == 1);
      CHECK(lines[0].find(name) != std::string::npos);
      CHECK(lines[0].find('\n') == std::string::npos);
    }
  }
}

TEST_CASE("a range in which no port may be given out is a mistake") {
  const auto lines =
      mistakes_with({{"SSH_PORT_RANGE_START", "2048"}, {"SSH_PORT_RANGE_END", "2050"}, {"RESERVED_PORTS", "2048, 2050"}});
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].starts_with("SSH_PORT_RANGE_START"));
}

TEST_CASE("where HTTP listens is an address with a port") {
  for (const char* wrong :
       {"8080", ":8080", "127.0.0.1", "localhost:8080", "127.0.0.1:0", "::1:8080", "[127.0.0.1]:80", "127.0.0.1:80/x"}) {
    CAPTURE(wrong);
    CHECK(mistakes_with({{"RUN_MODE", "both"}, {"BIND_ADDR", wrong}}).size() == 1);
    CHECK(mistakes_with({{"BIND_ADDR", wrong}}).empty());  // nothing listens
  }
  CHECK(parse_endpoint("[::1]:8080") == std::pair(std::string("::1"), std::uint16_t{8080}));
  CHECK(parse_endpoint("0.0.0.0:80") == std::pair(std::string("0.0.0.0"), std::uint16_t{80}));
}

TEST_CASE("all mistakes are told at once, and no secret among them") {
  const std::string almost = std::string(63, 'a') + "g";
  const auto lines =
      mistakes_with({{"NOSTR_PRIVATE_KEY", almost}, {"SSH_HOST", ""}, {"MAX_PODS", "x"}, {"WALLET_SEED", "abandon art"}});
  CHECK(lines.size() == 4);
  for (const std::string& line : lines) {
    CHECK(line.find(almost) == std::string::npos);
    CHECK(line.find("abandon") == std::string::npos);
  }
}

TEST_CASE("what surrounds a value does not count") {
  CHECK(mistakes_with({{"SSH_HOST", " pods.example\r"},
                       {"NOSTR_RELAYS", " wss://relay.example ,\twss://b.example,\r"},
                       {"MAX_PODS", "5\r"},
                       {"BASE_IMAGE", "  "},
                       {"END_REFUNDS", ""}})
            .empty());
}

TEST_CASE("hosts and images that are right") {
  for (const char* host :
       {"pods.example", "pods.example.", "localhost", "node_1", "192.0.2.1", "2001:db8::1", "xn--pds-sna.example"}) {
    CAPTURE(host);
    CHECK(is_host(host));
  }
  const std::string digest = "@sha256:" + std::string(64, 'a');
  for (const std::string& image :
       {std::string("alpine"), std::string("alpine:3.19"), std::string("linuxserver/openssh-server:latest"),
        std::string("registry.example/Linuxserver/x"), std::string("localhost/ssh:1"), std::string("localhost:5000/a/b__c-d:v1_2"),
        "10.0.0.1:5000/x" + digest, "[2001:db8::1]:5000/x:1" + digest, std::string("Registry.Example:443/x")}) {
    CAPTURE(image);
    CHECK(is_image(image) == (image.find("/Linux") == std::string::npos));
  }
}

}  // namespace
}  // namespace paygress::daemon
