// What the daemon holds by its own books, in the unit of its mints. Ask when it is stopped.
#pragma once

#include "store/database.h"
#include "tests/sandbox/story.h"

namespace paygress::test {

inline std::uint64_t held(const Story& story) {
  store::Database database(std::filesystem::path(story.settings.at("CASHU_DB_PATH")));
  store::Statement row = database.prepare("SELECT coalesce(sum(amount), 0) FROM proofs WHERE state = 'held'");
  row.step();
  return static_cast<std::uint64_t>(row.integer(0));
}

}  // namespace paygress::test
