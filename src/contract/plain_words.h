// Requests in plain words, as people send them in a chat: "offers", "status npub1...", a bare token.
#pragma once

#include <string_view>

#include "contract/request.h"

namespace paygress::contract {

RequestResult<ParsedRequest> parse_plain_words(std::string_view text);

}  // namespace paygress::contract
