// What a peer or a customer may do to us comes back as a value; see HOUSE "Errors".
#pragma once

#include <string>
#include <utility>

#include <boost/system/result.hpp>

namespace paygress::util {

// By what the caller can do about it.
enum class Errc {
  malformed,  // not the format it claims to be
  invalid,    // well formed, but its meaning is not acceptable
  refused,    // a peer or a rule said no
  not_found,
  conflict,     // somebody else was first, or the state has moved on
  unavailable,  // a peer cannot be reached or has no answer now: try later
  exhausted,    // a limit is reached
  internal,     // our own fault
};

const char* name(Errc);

// `message` is a sentence for a person and never holds a secret; `code` is the exact reason in snake_case, or empty.
struct Error {
  Errc kind = Errc::internal;
  std::string message;
  std::string code = {};
};

// An Error that travels as an exception: "this operation cannot go on".
[[noreturn]] void throw_error(const Error&);

template <class T = void>
using Result = boost::system::result<T, Error>;

// Found by boost::system::result::value() when it holds an Error.
[[noreturn]] inline void throw_exception_from_error(const Error& error, const boost::source_location&) { throw_error(error); }

}  // namespace paygress::util
