// The command line of `paygress`.
#pragma once

namespace paygress::cli {

// Reads it, runs the command and returns the exit code. Never throws.
int run_customer(int argc, char** argv);

}  // namespace paygress::cli
