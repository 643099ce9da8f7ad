// Lets doctest show a Result in a failed CHECK without asking for an operator<< of its value: values may be secrets,
// and most of ours have no printed form on purpose. Included before every test file by tests/support/CMakeLists.txt.
#pragma once

#include <doctest/doctest.h>

#include "util/result.h"

namespace doctest {

template <class T>
struct StringMaker<boost::system::result<T, paygress::util::Error>> {
  static String convert(const boost::system::result<T, paygress::util::Error>& result) {
    if (result) return "a value";
    return ("error: " + result.error().message + " [" + result.error().code + "]").c_str();
  }
};

}  // namespace doctest
