#include "cli/customer/conversation.h"

#include <doctest/doctest.h>

using namespace paygress;
using cli::Question;
using contract::Answer;

namespace {

Answer help(std::optional<std::string> request_id) { return contract::HelpAnswer{"text", std::move(request_id)}; }

}  // namespace

TEST_CASE("parallel requests of one customer do not take each other's answers") {
  const Question question{"order-1", {"aa", "bb"}, 1000};
  CHECK(question.is_answered_by(help("order-1"), std::nullopt, 0));
  CHECK_FALSE(question.is_answered_by(help("order-2"), std::nullopt, 2000));
  // The name decides, whatever message it claims to reply to.
  CHECK_FALSE(question.is_answered_by(help("order-2"), "aa", 2000));
  CHECK(question.is_answered_by(help("order-1"), "cc", 2000));
  CHECK(question.is_answered_by(help(std::nullopt), "bb", 0));
  CHECK_FALSE(question.is_answered_by(help(std::nullopt), "cc", 2000));
}

TEST_CASE("an answer without any reference counts if it is newer than the question") {
  const Question question{"order-1", {"aa"}, 1000};
  CHECK(question.is_answered_by(help(std::nullopt), std::nullopt, 1001));
  CHECK(question.is_answered_by(help(std::nullopt), std::nullopt, 990));  // clocks differ
  CHECK_FALSE(question.is_answered_by(help(std::nullopt), std::nullopt, 500));
  CHECK_FALSE(Question{"order-1", {}, 1000}.is_answered_by(help(std::nullopt), std::nullopt, 2000));  // nothing was sent yet
}
