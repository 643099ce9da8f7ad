// Watches over a real connection: what has been, what comes, and the two ways in which they end too early.
#include <doctest/doctest.h>

#include "sandbox/kube_condition.h"
#include "sandbox/world_test_support.h"

namespace paygress::sandbox {
namespace {

using test::Loopback;
using util::Json;

// A watch that runs beside the test and notes every line.
struct Watch {
  Watch(Loopback& loop, const std::string& query) : running(loop.io.get_executor(), follow(loop, query)) {}

  net::Task<> follow(Loopback& loop, std::string query) {
    net::HttpRequest request;
    request.url = loop.world.kube.url() + "/api/v1/configmaps?watch=1&" + query;
    request.timeout = std::chrono::milliseconds(0);
    const std::function<void(std::string_view)> on_line = [this](std::string_view line) { lines.push_back(Json::parse(line)); };
    const auto response = co_await loop.http->stream(std::move(request), on_line);
    ended_well = response.has_value();
  }
  std::vector<std::string> story() const {
    std::vector<std::string> told;
    for (const Json& line : lines)
      told.push_back(line["type"].get<std::string>() + " " +
                     (line["type"] == "ERROR" ? line["object"]["code"].dump() : name_of(line["object"])));
    return told;
  }

  std::vector<Json> lines;
  bool ended_well = false;
  net::Running running;
};

int put(Loopback& loop, const std::string& name, const std::string& method = "POST") {
  net::HttpRequest request;
  request.method = method;
  request.url = loop.world.kube.url() + "/api/v1/namespaces/default/configmaps" + (method == "POST" ? "" : "/" + name);
  const Json body = {{"metadata", {{"name", name}}}};
  request.headers = {{"Content-Type", "application/json"}};
  request.body = method == "POST" ? body.dump() : "";
  return loop.run(loop.http->send(std::move(request))).value().status;
}

using Story = std::vector<std::string>;

}  // namespace

TEST_CASE("a watch tells what happened since its version, then what happens, and ends when its time is over") {
  Loopback loop;
  const std::string from = std::to_string(loop.world.kube.store().revision());
  CHECK(put(loop, "a") == 201);
  Watch watch(loop, "timeoutSeconds=1&resourceVersion=" + from);
  CHECK(loop.until([&] { return watch.story() == Story{"ADDED a"}; }));
  CHECK(put(loop, "b") == 201);
  CHECK(put(loop, "a", "DELETE") == 200);
  CHECK(loop.until([&] { return watch.running.done(); }));
  CHECK(watch.story() == Story{"ADDED a", "ADDED b", "DELETED a"});
  CHECK(watch.ended_well);
}

TEST_CASE("a watch with initial events ends them with an annotated bookmark") {
  Loopback loop;
  put(loop, "a");
  Watch watch(loop, "timeoutSeconds=1&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan");
  REQUIRE(loop.until([&] { return watch.lines.size() == 2; }));
  CHECK(watch.lines[1]["type"] == "BOOKMARK");
  CHECK(watch.lines[1]["object"]["metadata"]["annotations"]["k8s.io/initial-events-end"] == "true");
  CHECK(loop.until([&] { return watch.running.done(); }));
}

TEST_CASE("when the history is gone a watch is answered 200 and one line: 410 Expired") {
  Loopback loop;
  const std::string from = std::to_string(loop.world.kube.store().revision());
  put(loop, "a");
  Watch running(loop, "resourceVersion=" + from);
  REQUIRE(loop.until([&] { return running.lines.size() == 1; }));
  loop.world.kube.forget_history();
  CHECK(loop.until([&] { return running.running.done(); }));
  CHECK(running.story() == Story{"ADDED a", "ERROR 410"});
  Watch late(loop, "resourceVersion=" + from);
  CHECK(loop.until([&] { return late.running.done(); }));
  CHECK(late.story() == Story{"ERROR 410"});
}

TEST_CASE("a cut watch is an error to the client, not an end") {
  Loopback loop;
  Watch watch(loop, "resourceVersion=" + std::to_string(loop.world.kube.store().revision()));
  put(loop, "a");
  REQUIRE(loop.until([&] { return watch.lines.size() == 1; }));
  loop.world.kube.cut_watches();
  CHECK(loop.until([&] { return watch.running.done(); }));
  CHECK(!watch.ended_well);
}

}  // namespace paygress::sandbox
