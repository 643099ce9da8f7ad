#include "kube/server_clock.h"

#include <doctest/doctest.h>

#include "kube/fake_api_test_support.h"

namespace paygress::kube {
namespace {

using namespace std::chrono_literals;
using test::small_plan;
using test::World;

constexpr char kNamespace[] = "user-workloads-0a1b2c3d4e5f";

TEST_CASE("an HTTP date is read strictly") {
  CHECK(parse_http_date("Tue, 24 Nov 2026 20:58:34 GMT") == util::from_unix(1795553914));
  for (const char* bad : {"", "24 Nov 2026", "Tue, 24 Nov 2026 20:58:34 CET", "Tue, 24 Nov 2026 20:58:34 GMT x", "1795553914"})
    CHECK_FALSE(parse_http_date(bad));
}

TEST_CASE("whole seconds and a slow answer are no difference; a difference is known better with each answer") {
  const util::Time noon = util::from_unix(1795521600);
  const char* const stamp = "Tue, 24 Nov 2026 12:00:00 GMT";
  ServerClock clock;
  clock.hear(stamp, noon, noon + 900ms);
  CHECK(clock.ahead() == 0ms);
  clock = {};
  clock.hear(stamp, noon - 20s, noon + 30s);  // says little
  CHECK(clock.ahead() == 0ms);
  clock.hear(stamp, noon - 90s, noon - 89s);  // says: a minute and a half
  CHECK(clock.ahead() > 89s);
  CHECK(clock.ahead() < 91s);
  clock.hear(stamp, noon + 1s, noon + 1s);  // it was put right
  CHECK(clock.ahead() == 0ms);
}

TEST_CASE("a customer has his paid time, whatever the cluster's clock says") {
  for (const std::chrono::seconds ahead : {0s, 95s, -95s, 86400s}) {
    CAPTURE(ahead.count());
    World world;
    world.api.ahead = ahead;
    REQUIRE(world.run(world.rentals.start(small_plan())));
    const util::Time begin = world.clock.now(), end = begin + 60s;
    const auto first = world.run(world.rentals.set_end(kNamespace, end, "ready"));
    REQUIRE(first);
    CHECK_FALSE(first->too_late);
    CHECK(first->expires_at >= end - 2s);
    CHECK(first->expires_at <= end + 2s);
    // What the cluster counts from its own start.
    const int deadline = world.api.job(kNamespace)["spec"]["activeDeadlineSeconds"];
    CHECK(deadline >= 58);
    CHECK(deadline <= 62);
    const auto seen = world.run(world.rentals.observe(kNamespace));
    CHECK(*seen->deadline == first->expires_at);
    const auto all = world.run(world.rentals.list("user-workloads"));
    REQUIRE(all->size() == 1);
    CHECK(std::chrono::abs(all->front().created_at - begin) <= 2s);
    CHECK(all->front().deadline == first->expires_at);

    const auto report = world.run(world.rentals.check_access());
    CHECK(report->warnings.size() == (ahead == 0s ? 0 : 1));
    if (ahead == 95s) CHECK(report->warnings.at(0).find("ahead of this machine's") != std::string::npos);
  }
}

}  // namespace
}  // namespace paygress::kube
