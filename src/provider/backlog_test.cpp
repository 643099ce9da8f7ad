#include "provider/backlog.h"

#include <doctest/doctest.h>

#include "crypto/random.h"

using namespace paygress;
using namespace paygress::provider;
using namespace std::chrono_literals;

namespace {

Letter letter(std::uint64_t number, std::int64_t written, std::string text = "list") {
  crypto::SeededRandom random{1};
  Recipient from{crypto::SecretKey::generate(random).public_key(), market::Protocol::nip17, std::to_string(number)};
  from.sent_at = util::from_unix(written);
  Letter made{std::move(from), std::move(text)};
  made.number = number;
  return made;
}

std::vector<std::uint64_t> in_order(Backlog& backlog) {
  std::vector<std::uint64_t> numbers;
  while (const auto next = backlog.take_oldest()) numbers.push_back(next->number);
  return numbers;
}

const util::Url kRelay = *util::Url::parse("wss://relay.example");
const util::Url kOther = *util::Url::parse("wss://other.example");

}  // namespace

TEST_CASE("what came newest first is taken as it was written; of one second, as it came") {
  Backlog backlog;
  CHECK(backlog.empty());
  backlog.add(letter(0, 300));
  backlog.add(letter(1, 200));
  backlog.add(letter(2, 200));
  backlog.add(letter(3, 100));
  CHECK(in_order(backlog) == std::vector<std::uint64_t>{3, 1, 2, 0});
  CHECK(backlog.empty());
}

TEST_CASE("what is put aside lets others pass, and has its old place when it is reconsidered") {
  Backlog backlog;
  backlog.add(letter(0, 200));
  backlog.add(letter(1, 100));
  backlog.put_aside(*backlog.take_oldest());
  CHECK(in_order(backlog) == std::vector<std::uint64_t>{0});
  CHECK_FALSE(backlog.empty());
  backlog.add(letter(2, 150));
  backlog.reconsider();
  CHECK(in_order(backlog) == std::vector<std::uint64_t>{1, 2});
  CHECK(backlog.empty());
}

TEST_CASE("a backlog says when it holds too much, by number and by size, and what is aside counts") {
  Backlog many;
  for (std::uint64_t i = 0; i < Backlog::kMaxLetters; ++i) many.add(letter(i, 100));
  CHECK_FALSE(many.overfull());
  many.put_aside(*many.take_oldest());
  CHECK_FALSE(many.overfull());
  many.add(letter(Backlog::kMaxLetters, 100));
  CHECK(many.overfull());
  many.reconsider();
  CHECK(many.overfull());
  many.take_oldest();
  CHECK_FALSE(many.overfull());

  Backlog large;
  const std::string text(Backlog::kMaxBytes / 4, 'x');
  for (std::uint64_t i = 0; i < 4; ++i) large.add(letter(i, 100, text));
  CHECK_FALSE(large.overfull());
  large.add(letter(4, 100));
  CHECK(large.overfull());
  large.put_aside(*large.take_oldest());
  CHECK(large.overfull());
  large.reconsider();
  large.take_oldest();
  CHECK_FALSE(large.overfull());
}

TEST_CASE("a relay counts as read when everything that had come until then is dealt with, in whatever order") {
  ReadingMarks marks;
  const util::Time time = util::from_unix(1'760'000'000);
  marks.reached(kOther, time - 5s);  // nothing was there
  CHECK(marks.take_due() == std::vector<ReadingMarks::Mark>{{kOther, time - 5s}});

  const auto first = marks.arrived(), second = marks.arrived();
  marks.reached(kRelay, time);
  const auto third = marks.arrived();
  CHECK(marks.take_due().empty());
  marks.done(second);
  CHECK(marks.take_due().empty());
  marks.done(first);
  CHECK(marks.take_due() == std::vector<ReadingMarks::Mark>{{kRelay, time}});  // the third came later
  CHECK(marks.take_due().empty());

  marks.reached(kRelay, time + 1s);
  marks.reached(kRelay, time + 2s);
  CHECK(marks.take_due().empty());
  marks.done(third);
  CHECK(marks.take_due() == std::vector<ReadingMarks::Mark>{{kRelay, time + 2s}});
}
