#include "cli/operator/command_line.h"

int main(int argc, char** argv) { return paygress::cli::run_operator(argc, argv); }
