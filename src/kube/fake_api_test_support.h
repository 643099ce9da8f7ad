// A Kubernetes API in memory, for the tests of this folder: it stores, allocates node ports and answers with the texts
// that 1.34.10 was heard to use. What goes wrong is told to it per request.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "kube/client.h"
#include "kube/rental.h"
#include "net/clock.h"
#include "net/http_client.h"
#include "net/run_test_support.h"
#include "util/json.h"

namespace paygress::kube::test {

class FakeApi final : public net::HttpClient {
 public:
  explicit FakeApi(net::Clock& clock) : clock_(clock) {}

  net::Task<util::Result<net::HttpResponse>> send(net::HttpRequest request) override;
  net::Task<util::Result<net::HttpResponse>> stream(net::HttpRequest request,
                                                    std::function<void(std::string_view)> on_line) override;

  // "POST /api/v1/namespaces/x/services" (or its beginning): what happens to the next such request instead.
  void answer_next(std::string request, int status, std::string body, std::string content_type = "application/json",
                   std::string retry_after = {});
  void lose_next_answer(std::string request);                                             // carried out, then the connection breaks
  void lose_next_request(std::string request);                                            // the connection breaks before
  void change_next_answer(std::string request, std::function<void(util::Json&)> change);  // of the stored object too
  void before_next(std::string request, std::function<void()> action);

  static std::string status(int code, const std::string& reason, const std::string& message,
                            const util::Json& causes = util::Json::array());

  std::map<std::string, util::Json> objects;  // by path
  std::vector<std::string> requests;          // "GET /version"
  std::vector<net::HttpRequest> sent;
  std::set<std::string> denied;  // "list nodes"
  int first_port = 2000, last_port = 3000;
  std::string version = "34";
  bool starts_jobs = true;
  std::chrono::milliseconds ahead{0};  // of the clock of the test
  std::vector<std::string> groups{"system:authenticated"};

  util::Json& job(const std::string& name_space) { return objects.at("/apis/batch/v1/namespaces/" + name_space + "/jobs/pod"); }
  bool has(const std::string& path) const { return objects.contains(path); }
  std::size_t count(const std::string& beginning) const;
  void add_pod(const std::string& name_space, bool ready);
  void add_event(const std::string& name_space, const std::string& reason, const std::string& message);

 private:
  struct Twist {
    std::string request;
    std::optional<net::HttpResponse> answer;
    bool lose_answer = false, lose_request = false;
    std::function<void(util::Json&)> change;
    std::function<void()> before;
  };
  struct Call {
    std::string method, path;
    std::map<std::string, std::string> query;
    util::Json body;
    std::string content_type;
  };
  net::HttpResponse carry_out(const Call& call);
  net::HttpResponse post(const Call& call);
  net::HttpResponse patch(const Call& call);
  net::HttpResponse erase(const Call& call);
  net::HttpResponse get(const Call& call);
  net::HttpResponse list(const Call& call, const std::string& kind);
  util::Json& store(const std::string& path, util::Json object);
  util::Time now() const { return clock_.now() + ahead; }

  net::Clock& clock_;
  std::vector<Twist> twists_;
  int next_id_ = 1;
};

// Client and Rentals on a FakeApi and a clock that jumps to the next waiting as soon as nothing else is to be done.
struct World {
  boost::asio::io_context context;
  net::ManualClock clock;
  FakeApi api{clock};
  Client client;
  Rentals rentals;

  explicit World(ClientOptions options = {});

  template <class T>
  T run(net::Task<T> task) {
    net::test::RunningFor<T> running(context, std::move(task));
    for (int step = 0; step < 100000 && !running.done(); ++step) {
      context.restart();
      context.poll();
      if (running.done()) break;
      if (const auto wake = clock.until_next_wake()) clock.advance(*wake);
    }
    if (running.error()) std::rethrow_exception(running.error());
    return running.value();
  }
};

PodPlan small_plan();

}  // namespace paygress::kube::test
