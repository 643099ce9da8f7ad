#include "cli/customer/ssh_host_key.h"

#include <doctest/doctest.h>

using namespace paygress::cli;

namespace {

// Made with ssh-keygen -t ed25519, its fingerprint printed by ssh-keygen -lf.
constexpr const char* kBlob = "AAAAC3NzaC1lZDI1NTE5AAAAII3FxrxHwXEwTYSUhdc2d7FaUv592Dp7sizsRIXWsq6H";
constexpr const char* kFingerprint = "SHA256:OKQ3n8qJwjYWfo+F4BY8fOrnjFot4mpaACYeM+emcro";

}  // namespace

TEST_CASE("a fingerprint is what ssh-keygen prints") {
  CHECK(fingerprint_of(kBlob) == kFingerprint);
  CHECK(fingerprint_of("no base64").empty());
}

TEST_CASE("only the promised key is pinned") {
  const std::string good = std::string("[127.0.0.1]:2000 ssh-ed25519 ") + kBlob;
  const std::string scan = "# 127.0.0.1:2000 SSH-2.0-OpenSSH_9.2\n[127.0.0.1]:2000 ssh-rsa AAAAB3NzaC1yc2E=\n" + good + "\n";
  CHECK(matching_line(scan, kFingerprint) == good);
  CHECK_FALSE(matching_line(scan, "SHA256:somethingelse"));
  CHECK_FALSE(matching_line("[127.0.0.1]:2000 ssh-rsa AAAAB3NzaC1yc2E=\n", kFingerprint));
  CHECK_FALSE(matching_line("[127.0.0.1]:2000 ssh-ed25519 !!\n", ""));
  CHECK_FALSE(matching_line("", kFingerprint));
}
