// The readers of what strangers write, each with what must hold of whatever it reads. Beyond that the compiler's checks and the
// sanitizers are the judges: no input may end the process.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace paygress::test {

struct FuzzTarget {
  std::string name;
  std::vector<std::string> seeds;  // well-formed inputs, from which mutation begins
  // True: it was read, false: refused. Throws std::logic_error when it was read and must not have been, or was read in two ways.
  bool (*read)(std::string_view input);
};

FuzzTarget token_target();        // a payer's token: V3 from its JSON, V4 from its CBOR, or the whole text
FuzzTarget mint_reply_target();   // what a mint answers
FuzzTarget invoice_target();      // a Lightning invoice
FuzzTarget relay_frame_target();  // a relay's frame, or a client's
FuzzTarget letter_target();       // a rumor in an honest seal and wrap
FuzzTarget request_target();      // what a customer asks for
FuzzTarget answer_target();       // what a provider answers and offers

std::vector<FuzzTarget> fuzz_targets();

void must(bool holds, const char* what);

}  // namespace paygress::test
