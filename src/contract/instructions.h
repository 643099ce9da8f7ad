// The lines of the README that tell a person how to log in.
#pragma once

#include <string>
#include <vector>

#include "contract/answer.h"

namespace paygress::contract {

std::vector<std::string> instructions(const AccessDetails&);

// The bare command: "ssh -o ... alice@host -p 2500".
std::string ssh_command(const AccessDetails&);

// "2025-09-23 15:30:00 UTC".
std::string spoken_time(util::Time);

}  // namespace paygress::contract
