// Changed copies of well-formed inputs, the same ones in every run: a test must fail twice in the same way.
#pragma once

#include <random>
#include <string>
#include <vector>

namespace paygress::test {

class Mutations {
 public:
  Mutations(std::vector<std::string> seeds, std::uint64_t number) : seeds_(std::move(seeds)), random_(number) {}
  // One of the seeds with one to eight changes: bytes, digits, words, pieces of itself or of another seed.
  std::string next();

 private:
  void change(std::string& text);
  std::size_t below(std::size_t end);  // 0 for 0
  const std::string& any_seed() { return seeds_[below(seeds_.size())]; }

  std::vector<std::string> seeds_;
  std::mt19937_64 random_;
};

}  // namespace paygress::test
