// The tables, as numbered migrations: each runs once, in order, in a transaction of its own.
#pragma once

#include "store/database.h"

namespace paygress::store {

// Brings the database to the newest schema. Throws when it was written by a newer program.
void migrate(Database&);

}  // namespace paygress::store
