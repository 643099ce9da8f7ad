#include <set>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include "sandbox/pod_server.h"

namespace paygress::sandbox {
namespace {

using boost::asio::ip::tcp;

constexpr std::string_view kBanner = "SSH-2.0-paygress_sandbox\r\n";

// Says the banner and hangs up at the first word of the client, so that whoever asks for the host key need not wait.
class BannerServer final : public PodServer {
 public:
  BannerServer(boost::asio::any_io_executor executor, std::uint16_t port)
      : state_(std::make_shared<State>(executor, tcp::endpoint(boost::asio::ip::address_v4::loopback(), port))) {
    accept(state_);
  }
  ~BannerServer() override {
    boost::system::error_code ignored;
    state_->acceptor.close(ignored);
    for (tcp::socket* client : state_->clients) client->close(ignored);
  }
  bool alive() override { return true; }
  bool listening() override { return true; }

 private:
  struct State {
    State(const boost::asio::any_io_executor& executor, const tcp::endpoint& endpoint) : acceptor(executor, endpoint) {}
    tcp::acceptor acceptor;
    std::set<tcp::socket*> clients;
  };
  struct Client {
    Client(std::shared_ptr<State> owner, tcp::socket connection) : state(std::move(owner)), socket(std::move(connection)) {
      state->clients.insert(&socket);
    }
    ~Client() { state->clients.erase(&socket); }
    std::shared_ptr<State> state;
    tcp::socket socket;
    char byte = 0;
  };

  static void accept(const std::shared_ptr<State>& state) {
    state->acceptor.async_accept([state](boost::system::error_code error, tcp::socket socket) {
      if (error) return;
      const auto client = std::make_shared<Client>(state, std::move(socket));
      boost::asio::async_write(client->socket, boost::asio::buffer(kBanner),
                               [client](boost::system::error_code failed, std::size_t) {
                                 if (failed) return;
                                 client->socket.async_read_some(boost::asio::buffer(&client->byte, 1),
                                                                [client](boost::system::error_code, std::size_t) {});
                               });
      accept(state);
    });
  }

  std::shared_ptr<State> state_;
};

}  // namespace

std::unique_ptr<PodServer> start_banner(boost::asio::any_io_executor executor, const PodLogin& login) {
  return std::make_unique<BannerServer>(std::move(executor), login.port);
}

}  // namespace paygress::sandbox
