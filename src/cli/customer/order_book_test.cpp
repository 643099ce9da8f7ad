#include "cli/customer/order_book.h"

#include <cstdlib>
#include <fstream>

#include <doctest/doctest.h>

#include "cli/common/private_file.h"
#include "cli/common/stop.h"
#include "crypto/random.h"

using namespace paygress;
using cli::Order;
using cli::OrderBook;
using util::Secret;

namespace {

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    char name[] = "/tmp/paygress-orders-XXXXXX";
    path_ = ::mkdtemp(name);
  }
  ~TemporaryDirectory() { std::filesystem::remove_all(path_); }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

crypto::PublicKey provider() {
  crypto::SeededRandom random(1);
  return crypto::SecretKey::generate(random).public_key();
}

Order order(const std::string& id, const std::string& token) {
  Order order;
  order.request_id = id;
  order.provider = provider().hex();
  order.created_at = 1000;
  order.token_hash = cli::hash_of(Secret(token));
  order.request = Secret("{\"cashu_token\":\"" + token + "\"}");
  return order;
}

contract::AccessDetails pod(const std::string& id) {
  contract::AccessDetails pod;
  pod.pod_npub = "npub1" + id;
  pod.pod_id = id;
  pod.node_port = 2000;
  pod.expires_at = util::from_unix(2000);
  return pod;
}

}  // namespace

TEST_CASE("a token that was sent and not answered is found again, with the same request") {
  const TemporaryDirectory temporary;
  const OrderBook book(temporary.path() / "orders");
  book.save(order("r1", "cashuB1"));
  const auto found = book.open_order(provider(), cli::hash_of(Secret("cashuB1")));
  REQUIRE(found);
  CHECK(found->request_id == "r1");
  CHECK(found->request.reveal() == "{\"cashu_token\":\"cashuB1\"}");
  CHECK_FALSE(book.open_order(provider(), cli::hash_of(Secret("cashuB2"))));
  auto settled = *found;
  settled.state = Order::State::refused;
  book.save(settled);
  CHECK_FALSE(book.open_order(provider(), cli::hash_of(Secret("cashuB1"))));
}

TEST_CASE("everything that is remembered comes back") {
  const TemporaryDirectory temporary;
  const OrderBook book(temporary.path() / "orders");
  auto written = order("r1", "cashuB1");
  written.state = Order::State::done;
  written.request.clear();
  written.password = Secret("secret");
  written.ssh_key = "/home/alice/key";
  written.nip04 = true;
  written.refund_token = Secret("cashuBrefund");
  written.pod = pod("0123456789ab");
  book.save(written);
  const auto orders = book.all();
  REQUIRE(orders.size() == 1);
  const auto& read = orders[0];
  CHECK(read.state == Order::State::done);
  CHECK(read.request.empty());
  CHECK(read.password.reveal() == "secret");
  CHECK(read.ssh_key == "/home/alice/key");
  CHECK(read.nip04);
  CHECK(read.refund_token.reveal() == "cashuBrefund");
  REQUIRE(read.pod);
  CHECK(read.pod->node_port == 2000);
  CHECK(read.pod->expires_at == util::from_unix(2000));
}

TEST_CASE("a pod is found by its names and by their beginnings") {
  const TemporaryDirectory temporary;
  const OrderBook book(temporary.path() / "orders");
  for (const auto* id : {"aaaabbbb0001", "aaaabbbb0002", "ccccdddd0001"}) {
    auto bought = order(std::string("request-") + id, id);
    bought.pod = pod(id);
    book.save(bought);
  }
  CHECK(book.find_pod("ccccdddd0001")->pod->pod_id == "ccccdddd0001");
  CHECK(book.find_pod("npub1ccccdddd0001")->pod->pod_id == "ccccdddd0001");
  CHECK(book.find_pod("cccc")->pod->pod_id == "ccccdddd0001");
  CHECK_FALSE(book.find_pod("ccc"));
  CHECK_FALSE(book.find_pod("ffff"));
  CHECK_THROWS_AS(book.find_pod("aaaa"), cli::Stop);
}

TEST_CASE("nobody else may read an order, and a file that others may read is not used") {
  const TemporaryDirectory temporary;
  const OrderBook book(temporary.path() / "orders");
  book.save(order("r1", "cashuB1"));
  using std::filesystem::perms;
  const auto file = temporary.path() / "orders" / "r1.json";
  CHECK(std::filesystem::status(file).permissions() == (perms::owner_read | perms::owner_write));
  CHECK(std::filesystem::status(temporary.path() / "orders").permissions() == perms::owner_all);
  std::filesystem::permissions(file, perms::group_read, std::filesystem::perm_options::add);
  CHECK_THROWS_AS(book.all(), cli::Stop);
}

TEST_CASE("a broken order does not hide the others") {
  const TemporaryDirectory temporary;
  const OrderBook book(temporary.path() / "orders");
  CHECK(book.all().empty());
  book.save(order("r1", "cashuB1"));
  cli::write_private(temporary.path() / "orders" / "r2.json", "{\"request_id\":");
  cli::write_private(temporary.path() / "orders" / "note.txt", "x");
  CHECK(book.all().size() == 1);
}
