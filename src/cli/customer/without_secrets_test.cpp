#include "cli/customer/without_secrets.h"

#include <doctest/doctest.h>

using paygress::cli::without_secrets;

TEST_CASE("messages are shown in their order, and nothing that is worth money or opens a door") {
  CHECK(without_secrets(R"({"cashu_token":"cashuBo2FtdWh","ssh_username":"alice","ssh_password":"secret"})") ==
        R"({"cashu_token":"cashuBo2...","ssh_username":"alice","ssh_password":"..."})");
  CHECK(without_secrets(R"({"success":true,"refund_token":"cashuAeyJ0b2"})") == R"({"success":true,"refund_token":"cashuAey..."})");
  CHECK(without_secrets("cashuBo2FtdWh") == "(no JSON)");
  CHECK(without_secrets("\"cashuBo2FtdWh\"") == "(no JSON object)");
}
