// The fields of a request that can be judged without any setting: who logs in, with what, and the order's name.
#pragma once

#include <string>
#include <string_view>

#include "util/result.h"

namespace paygress::contract {

// POSIX portable user name, [a-z_][a-z0-9_-]{0,31}, that no Debian or Alpine image already uses. Code: ssh_username_invalid.
util::Result<> check_ssh_username(std::string_view);

// 1 to 128 bytes of UTF-8 without control characters. Code: ssh_password_invalid. The message never repeats it.
util::Result<> check_ssh_password(std::string_view);

// One OpenSSH public key line (ed25519, ecdsa, rsa of 2048 bits or more, and their security-key forms). Returns "type base64":
// the comment goes, and options such as command="..." are refused. Code: ssh_public_key_invalid.
util::Result<std::string> parse_ssh_public_key(std::string_view);

// Up to 64 characters without control characters. Code: request_id_invalid.
util::Result<> check_request_id(std::string_view);

}  // namespace paygress::contract
