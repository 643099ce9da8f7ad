#include "provider/backlog.h"

namespace paygress::provider {

void Backlog::add(Letter letter) {
  bytes_ += letter.text.size();
  const Place place(letter.from.sent_at, letter.number);
  letters_.emplace(place, std::move(letter));
}

std::optional<Letter> Backlog::take_oldest() {
  if (letters_.empty()) return std::nullopt;
  Letter letter = std::move(letters_.begin()->second);
  letters_.erase(letters_.begin());
  bytes_ -= letter.text.size();
  return letter;
}

void Backlog::put_aside(Letter letter) {
  bytes_ += letter.text.size();
  aside_.push_back(std::move(letter));
}

void Backlog::reconsider() {
  for (Letter& letter : aside_) {
    bytes_ -= letter.text.size();
    add(std::move(letter));
  }
  aside_.clear();
}

std::uint64_t ReadingMarks::arrived() {
  open_.insert(open_.end(), next_);
  return next_++;
}

void ReadingMarks::done(std::uint64_t number) { open_.erase(number); }

void ReadingMarks::reached(const util::Url& relay, util::Time time) { marks_.insert_or_assign(relay, std::pair(time, next_)); }

std::vector<ReadingMarks::Mark> ReadingMarks::take_due() {
  std::vector<Mark> due;
  for (auto mark = marks_.begin(); mark != marks_.end();) {
    const auto& [time, before] = mark->second;
    if (open_.empty() || *open_.begin() >= before) {
      due.emplace_back(mark->first, time);
      mark = marks_.erase(mark);
    } else {
      ++mark;
    }
  }
  return due;
}

}  // namespace paygress::provider
