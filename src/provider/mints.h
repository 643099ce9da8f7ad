// The mints that the operator accepts, and those he once did where money of ours still lies.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "provider/mint_desk.h"

namespace paygress::provider {

class Mints {
 public:
  // `former`: mints that are no longer accepted, but hold proofs of ours or an open claim. Nothing new is taken from them.
  Mints(net::HttpClient&, net::Clock&, std::vector<cashu::MintUrl> accepted, std::vector<cashu::MintUrl> former);

  // Reads the keys of all mints and keeps them fresh. A mint that does not answer is named in the log, once.
  net::Task<> run();

  MintDesk* find_accepted(const cashu::MintUrl&);
  // By the operator's spelling, as it stands in the books; accepted or not. Throws when it is not there.
  MintDesk& get(std::string_view url);
  const std::vector<std::unique_ptr<MintDesk>>& accepted() const { return accepted_; }
  std::vector<MintDesk*> all();

 private:
  net::Clock& clock_;
  std::vector<std::unique_ptr<MintDesk>> accepted_, former_;
};

}  // namespace paygress::provider
