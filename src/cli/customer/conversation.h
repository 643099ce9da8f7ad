// One request to a provider and its answer, by private message (NIP-17, or NIP-04 if asked for).
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>

#include "cli/customer/context.h"
#include "contract/answer.h"
#include "crypto/keys.h"
#include "net/task.h"
#include "nostr/relay_pool.h"

namespace paygress::cli {

// Is this message the answer to our request? By its request_id, else by the message it replies to, else (other versions
// send neither) by being newer than the request.
struct Question {
  std::string request_id;
  std::set<std::string> rumor_ids;  // hex, one for each time it was sent
  std::int64_t asked_at = 0;

  bool is_answered_by(const contract::Answer& answer, std::optional<std::string_view> replied_to, std::int64_t created_at) const;
};

class Conversation {
 public:
  Conversation(Context& context, const crypto::SecretKey& own);

  // Listens first, then sends, and sends again while nothing comes: the request_id makes that safe. `may_be_answered`:
  // it was sent in an earlier run, so an answer may be waiting on the relays. Returns the final answer; a notice that the
  // order is being processed is shown and waited over. Throws Stop(network) or Stop(no_answer).
  net::Task<contract::Answer> ask(std::string request, std::string request_id, bool may_be_answered);

 private:
  net::Task<> keep_answer(const std::string& request, bool may_be_answered, std::optional<contract::Answer>& answer);
  net::Task<contract::Answer> converse(const std::string& request, bool may_be_answered);
  net::Task<> wait_until_listening();
  net::Task<> send(const std::string& request);
  net::Task<std::optional<contract::Answer>> final_answer(std::chrono::milliseconds limit);
  void on_gift_wrap(const nostr::Event& wrap);
  void on_nip04(const nostr::Event& event);
  void on_text(std::string_view text, std::optional<std::string_view> replied_to, std::int64_t created_at);
  nostr::Event sealed(const std::string& request);

  Context& context_;
  const crypto::SecretKey& own_;
  const crypto::PublicKey provider_;
  Question question_;
  std::deque<contract::Answer> answers_;
  net::Event arrived_;
  nostr::RelayPool pool_;
};

}  // namespace paygress::cli
