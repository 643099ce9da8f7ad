// What tokens are worth in msat, by their unit.
#pragma once

#include "provider/ledger.h"

namespace paygress::daemon {

class SettingReader;

// sat, msat, and what UNIT_RATES adds: "usd=10000,eur=11000" is so many msat for one of the unit as the mint counts it, which
// for currencies is the cent (NUT-01). A unit without a rate is not accepted.
provider::UnitRates read_unit_rates(SettingReader&);

}  // namespace paygress::daemon
