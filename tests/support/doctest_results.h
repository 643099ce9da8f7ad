// Lets doctest show a Result in a failed CHECK without asking for an operator<< of its value: values may be secrets,
// and most of ours have no printed form on purpose. Included before every test file by tests/support/CMakeLists.txt.
#pragma once

#include <concepts>

#include <doctest/doctest.h>

#include "util/result.h"

namespace doctest {

template <class T, std::derived_from<paygress::util::Error> E>
struct StringMaker<boost::system::result<T, E>> {
  static String convert(const boost::system::result<T, E>& result) {
    if (result) return "a value";
    return ("error: " + result.error().message + " [" + result.error().code + "]").c_str();
  }
};

}  // namespace doctest
