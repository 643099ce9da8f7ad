// What a customer asks for: the content of a private message, read forgivingly and checked as far as no setting is needed.
//
// A request is JSON (CONTRACT section 2) or plain words ("offers", "status npub1...", a bare token). parse_request decides which
// request it is and whether its fields are well formed; whether the token, the image or the pod exist is decided elsewhere.
// No error text ever contains a token, a password or any other part of the message.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "contract/error.h"
#include "util/result.h"
#include "util/secret.h"

namespace paygress::contract {

inline constexpr std::size_t kMaxRequestBytes = 32 * 1024;  // a token of some hundred proofs, and room for the rest
inline constexpr std::size_t kMaxRequestDepth = 8;
inline constexpr std::size_t kMaxRequestIdCharacters = 64;

struct SpawnRequest {
  util::Secret cashu_token;
  std::optional<std::string> pod_spec_id;  // missing: the first specification
  std::optional<std::string> pod_image;    // missing: BASE_IMAGE
  std::string ssh_username;
  util::Secret ssh_password;   // empty: login by key only
  std::string ssh_public_key;  // "type base64" without the comment; empty: login by password only
};

// `pod` is how the customer names a pod: npub, nprofile, hex key or pod id, trimmed and without "nostr:".
struct TopUpRequest {
  std::string pod;
  util::Secret cashu_token;
};
struct StatusRequest {
  std::string pod;
};
struct EndRequest {
  std::string pod;
};
struct ListRequest {};
struct OffersRequest {};
struct HelpRequest {};

// A token in plain words with nothing that says what it is for: it is left untouched, and the customer is told what to add.
struct BareToken {
  util::Secret token;
};

// The message is one of our own answers (two services talking to each other): it must not be answered.
struct AnswerShape {};

using Request = std::variant<SpawnRequest, TopUpRequest, StatusRequest, ListRequest, EndRequest, OffersRequest, HelpRequest,
                             BareToken, AnswerShape>;

struct ParsedRequest {
  Request request;
  bool plain_words = false;  // plain words are answered in plain words
  std::optional<std::string> request_id;
};

// Why a message is no request. `code` and `message` say what is missing; the rest says how to answer.
struct BadRequest : util::Error {
  std::optional<std::string> request_id;  // if it could be read
  bool plain_words = false;
};

ErrorAnswer to_answer(const BadRequest&);

template <class T>
using RequestResult = boost::system::result<T, BadRequest>;

RequestResult<ParsedRequest> parse_request(std::string_view text);

// The JSON text of a request, as a client sends it. Requests that exist in plain words only are printed as those words.
std::string print(const ParsedRequest&);

}  // namespace paygress::contract
