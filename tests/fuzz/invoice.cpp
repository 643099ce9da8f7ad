#include "cashu/bolt11.h"
#include "provider/lightning_address.h"
#include "tests/fuzz/target.h"

namespace paygress::test {
namespace {

// From the test vectors of BOLT 11.
constexpr char kInvoice[] =
    "lnbc2500u1pvjluezsp5zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zygspp5qqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqyp"
    "qdq"
    "5xysxxatsyp3k7enxv4jsxqzpu9qrsgquk0rl77nj30yxdy8j9vdx85fkpmdla2087ne0xh8nhedh8w27kyke0lp53ut353s06fv3qfegext0eh0ymjpf39tuven09"
    "sam3"
    "0g4vgpfna3rh";

bool read(std::string_view input) {
  const auto invoice = cashu::parse_invoice(input);
  if (invoice) {
    const auto again = cashu::parse_invoice(invoice->text);
    must(again && again->payment_hash == invoice->payment_hash && again->amount_msat == invoice->amount_msat,
         "an invoice that is another when read again");
  }
  const auto address = provider::LightningAddress::parse(input);
  if (address) must(provider::LightningAddress::parse(address->text()).has_value(), "an address that is none when read again");
  const auto terms = provider::read_pay_terms(input, false);
  if (terms) {
    must(terms->min_msat <= terms->max_msat, "terms that nothing meets");
    must(terms->callback.starts_with("https://"), "a callback without TLS");
  }
  return invoice || address || terms;
}

}  // namespace

FuzzTarget invoice_target() {
  return {
      "invoice",
      {kInvoice, "pay.me@example.com",
       R"({"tag":"payRequest","callback":"https://example.com/cb","minSendable":1000,"maxSendable":100000,"metadata":"[[\"text/plain\",\"x\"]]"})"},
      read};
}

}  // namespace paygress::test
