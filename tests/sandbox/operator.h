// What an operator does: paygressctl at the admin socket of a story's daemon, and what becomes of his disk.
#pragma once

#include <string>

#include "tests/sandbox/story.h"

namespace paygress::test {

struct Said {
  int exit_code = 0;
  std::string text;
  util::Json json() const { return util::parse_json(text).value(); }
};

// `line`: words with spaces between them.
net::Task<Said> paygressctl(Story&, std::string line);

// Starts the daemon, with an admin socket.
net::Task<> start_with_admin(Story&);

// The daemon is stopped; what is left is the seed.
void lose_database(const Story&);

}  // namespace paygress::test
