// The command line of `paygressctl`.
#pragma once

namespace paygress::cli {

// Reads it, runs the command and returns the exit code. Never throws.
int run_operator(int argc, char** argv);

}  // namespace paygress::cli
