# Everything outside paygress itself, all of it packaged in Debian 12.
include(GNUInstallDirs)
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(Boost 1.81 REQUIRED)                                        # headers, and the compiled part of Boost.System is none
find_package(CURL 7.88 REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
pkg_check_modules(SECP256K1 REQUIRED IMPORTED_TARGET libsecp256k1>=0.2)
pkg_check_modules(SQLITE REQUIRED IMPORTED_TARGET sqlite3>=3.40)
pkg_check_modules(SYSTEMD REQUIRED IMPORTED_TARGET libsystemd>=252)
pkg_check_modules(YAML REQUIRED IMPORTED_TARGET yaml-0.1)
find_package(CLI11 REQUIRED)

find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

# What every target of the project is compiled with.
add_library(paygress_options INTERFACE)
target_include_directories(paygress_options INTERFACE ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR})
target_compile_definitions(paygress_options INTERFACE
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION
  BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_DISABLE_BOOST_COROUTINE
  _GLIBCXX_ASSERTIONS PAYGRESS_VERSION="${PROJECT_VERSION}")
target_compile_options(paygress_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow=local -Wnon-virtual-dtor -Woverloaded-virtual -fstack-protector-strong)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  target_compile_options(paygress_options INTERFACE -Wno-error=shadow)
  # clang 14 knows C++20 coroutines but announces only the older macro that libstdc++ does not look for.
  if(CMAKE_CXX_COMPILER_VERSION VERSION_LESS 17)
    target_compile_definitions(paygress_options INTERFACE __cpp_impl_coroutine=201902L)
    target_compile_options(paygress_options INTERFACE -Wno-builtin-macro-redefined)
  endif()
endif()
# With optimization g++ 12 sees that Asio's operator new of a coroutine frame ends in aligned_alloc, does not look into its
# operator delete, which ends in free, and warns of a mismatch that is none.
target_compile_options(paygress_options INTERFACE
  $<$<AND:$<CXX_COMPILER_ID:GNU>,$<NOT:$<CONFIG:Debug>>>:-Wno-mismatched-new-delete>)
if(PAYGRESS_WERROR)
  target_compile_options(paygress_options INTERFACE -Werror)
endif()
if(PAYGRESS_SANITIZE)
  target_compile_options(paygress_options INTERFACE -fsanitize=${PAYGRESS_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(paygress_options INTERFACE -fsanitize=${PAYGRESS_SANITIZE})
  # Recycled coroutine frames would hide a use after free.
  target_compile_definitions(paygress_options INTERFACE BOOST_ASIO_DISABLE_AWAITABLE_FRAME_RECYCLING)
endif()
target_link_libraries(paygress_options INTERFACE nlohmann_json::nlohmann_json Boost::headers Threads::Threads)
