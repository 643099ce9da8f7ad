#include "cashu/bolt11.h"

#include <algorithm>

#include <doctest/doctest.h>

#include "crypto/hash.h"
#include "util/bytes.h"

using namespace paygress;

namespace {

// From the examples of BOLT 11; all are of one node and most have one payment hash.
constexpr const char* kDonation =
    "lnbc1pvjluezsp5zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zygspp5qqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqypqdpl2"
    "pkx2ctnv5sxxmmwwd5kgetjypeh2ursdae8g6twvus8g6rfwvs8qun0dfjkxaq9qrsgq357wnc5r2ueh7ck6q93dj32dlqnls087fxdwk8qakdyafkq3yap9us6v52"
    "vjjsrvywa6rt52cm9r9zqt8r2t7mlcwspyetp5h2tztugp9lfyql";
constexpr const char* kCoffee =
    "lnbc2500u1pvjluezsp5zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zygspp5qqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqyp"
    "qdq"
    "5xysxxatsyp3k7enxv4jsxqzpu9qrsgquk0rl77nj30yxdy8j9vdx85fkpmdla2087ne0xh8nhedh8w27kyke0lp53ut353s06fv3qfegext0eh0ymjpf39tuven09"
    "sa"
    "m30g4vgpfna3rh";
constexpr const char* kHashed =
    "lnbc20m1pvjluezsp5zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zygspp5qqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqypqh"
    "p58"
    "yjmdan79s6qqdhdzgynm4zwqd5d7xmw5fk98klysy043l2ahrqs9qrsgq7ea976txfraylvgzuxs8kgcw23ezlrszfnh8r6qtfpr6cxga50aj6txm9rxrydzd06dfe"
    "awf"
    "k6swupvz4erwnyutnjq7x39ymw6j38gp7ynn44";
constexpr const char* kTestnet =
    "lntb20m1pvjluezsp5zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zygshp58yjmdan79s6qqdhdzgynm4zwqd5d7xmw5fk98klysy043l2ahrqsp"
    "p5qq"
    "qsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqypqfpp3x9et2e20v6pu37c5d9vax37wxq72un989qrsgqdj545axuxtnfemtpwkc45hx9d2ft7x04mt"
    "8q7y"
    "6t0k2dge9e7h8kpy9p34ytyslj3yu569aalz2xdk8xkd7ltxqld94u8h2esmsmacgpghe9k8";
constexpr const char* kPico =
    "lnbc9678785340p1pwmna7lpp5gc3xfm08u9qy06djf8dfflhugl6p7lgza6dsjxq454gxhj9t7a0sd8dgfkx7cmtwd68yetpd5s9xar0wfjn5gpc8qhrsdfq24f5g"
    "grxd"
    "aezqsnvda3kkum5wfjkzmfqf3jkgem9wgsyuctwdus9xgrcyqcjcgpzgfskx6eqf9hzqnteypzxz7fzypfhg6trddjhygrcyqezcgpzfysywmm5ypxxjemgw3hxjmn"
    "8ypt"
    "k7untd9hxwg3q2d6xjcmtv4ezq7pqxgsxzmnyyqcjqmt0wfjjq6t5v4khxsp5zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zygsxqyjw5qcqp2rz"
    "jq0gx"
    "wkzc8w6323m55m4jyxcjwmy7stt9hwkwe2qxmy8zpsgg7jcuwz87fcqqeuqqqyqqqqlgqqqqn3qq9q9qrsgqrvgkpnmps664wgkp43l22qsgdw4ve24aca4nymnxdd"
    "lnp8v"
    "h9v2sdxlu5ywdxefsfvm0fq3sesf08uf6q9a2ke0hc9j6z6wlxg5z5kqpu2v9wz";
constexpr const char* kUpperCase =
    "LNBC25M1PVJLUEZPP5QQQSYQCYQ5RQWZQFQQQSYQCYQ5RQWZQFQQQSYQCYQ5RQWZQFQYPQDQ5VDHKVEN9V5SXYETPDEESSP5ZYG3ZYG3ZYG3ZYG3ZYG3ZYG3ZYG3ZY"
    "G3ZYG3"
    "ZYG3ZYG3ZYG3ZYGS9Q5SQQQQQQQQQQQQQQQQSGQ2A25DXL5HRNTDTN6ZVYDT7D66HYZSYHQS4WDYNAVYS42XGL6SGX9C4G7ME86A27T07MDTFRY458RTJR0V92CNMS"
    "WPSJS"
    "CGT2VCSE3SGPZ3UAPA";
constexpr const char* kFieldsToIgnore =
    "lnbc25m1pvjluezpp5qqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqypqdq5vdhkven9v5sxyetpdeessp5zyg3zyg3zyg3zyg3zyg3zyg3"
    "zyg3zyg3zyg3zyg3zyg3zyg3zygs9q5sqqqqqqqqqqqqqqqqsgq2qrqqqfppnqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqppnqqqqqqqqqqqqqqqqqqqqqqqq"
    "qqqqqqqqqqqqqqqqqqqqqqqqqqqpp4qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqhpnqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq"
    "qqqqqqqqqqqqqqqqqhp4qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqspnqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq"
    "qqqqqqqsp4qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqnp5qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqnp"
    "kqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqz599y53s3ujmcfjp5xrdap68qxymkqphwsexhmhr8wdz5usdzkzrse33chw6dlp3j"
    "huhge9ley7j2ayx36kawe7kmgg8sv5ugdyusdcqzn8z9x";
constexpr const char* kHighS =
    "lnbc1pvjluezsp5zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zygspp5qqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqypqdpl2"
    "pkx2ctnv"
    "5sxxmmwwd5kgetjypeh2ursdae8g6twvus8g6rfwvs8qun0dfjkxaq9qrsgq357wnc5r2ueh7ck6q93dj32dlqnls087fxdwk8qakdyafkq3yap2r09nt4ndd0unm3"
    "z9u5t4"
    "8y6ucv4r5sg7lk98c77ctvjczkspk5qprc90gx";

constexpr const char* kPayee = "03e7156ae33b0a208d0744199163177e909e80176e55d97a2f221ede0f934dd9ad";
constexpr const char* kPaymentHash = "0001020304050607080900010203040506070809000102030405060708090102";

cashu::Invoice read(const char* text) { return cashu::parse_invoice(text).value(); }

std::string refused(const std::string& text) {
  const auto invoice = cashu::parse_invoice(text);
  return invoice ? "taken" : invoice.error().code;
}

}  // namespace

TEST_CASE("the examples of BOLT 11 are read as the specification says") {
  const auto donation = read(kDonation);
  CHECK(donation.text == kDonation);
  CHECK(donation.network == "bc");
  CHECK_FALSE(donation.amount_msat.has_value());
  CHECK(donation.made_at == util::from_unix(1496314658));
  CHECK(donation.expires_at - donation.made_at == std::chrono::seconds(3600));
  CHECK(util::hex(donation.payment_hash) == kPaymentHash);
  CHECK(donation.description == "Please consider supporting this project");
  CHECK_FALSE(donation.description_hash.has_value());
  CHECK(donation.payee == kPayee);

  const auto coffee = read(kCoffee);
  CHECK(coffee.amount_msat == 250'000'000);
  CHECK(coffee.description == "1 cup coffee");
  CHECK(coffee.expires_at - coffee.made_at == std::chrono::seconds(60));
  CHECK(coffee.payee == kPayee);

  const auto hashed = read(kHashed);
  CHECK(hashed.amount_msat == 2'000'000'000);
  CHECK_FALSE(hashed.description.has_value());
  const char* list =
      "One piece of chocolate cake, one icecream cone, one pickle, one slice of swiss cheese, one slice of salami, one lollypop, "
      "one "
      "piece of cherry pie, one sausage, one cupcake, and one slice of watermelon";
  CHECK(hashed.description_hash == crypto::sha256(util::as_bytes(list)));

  CHECK(read(kTestnet).network == "tb");
  const auto pico = read(kPico);
  CHECK(pico.amount_msat == 967'878'534);
  CHECK(pico.made_at == util::from_unix(1572468703));
  CHECK(pico.expires_at - pico.made_at == std::chrono::seconds(604'800));
}

TEST_CASE("upper case, a link, fields of unknown lengths and a signature with a high s are taken") {
  const auto upper = read(kUpperCase);
  CHECK(upper.amount_msat == 2'500'000'000);
  CHECK(upper.payee == kPayee);
  std::string lower = kUpperCase;
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  CHECK(upper.text == lower);
  for (const char* scheme : {"lightning:", "LIGHTNING:", "Lightning:"})
    CHECK(cashu::parse_invoice(std::string(scheme) + kUpperCase).value().text == lower);
  const auto ignoring = read(kFieldsToIgnore);
  CHECK(util::hex(ignoring.payment_hash) == kPaymentHash);
  CHECK(ignoring.description == "coffee beans");
  CHECK(cashu::parse_invoice(kHighS));
}

TEST_CASE("the invalid examples of BOLT 11 are refused") {
  for (const char* text : {
           // the checksum is wrong
           "lnbc2500u1pvjluezpp5qqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqypqdpquwpc4curk03c9wlrswe78q4eyqc7d8d0xqzpuyk0sg5g"
           "70me25alk"
           "luzd2x62aysf2pyy8edtjeevuv4p2d5p76r4zkmneet7uvyakky2zr4cusd45tftc9c5fh0nnqpnl2jfll544esqchsrnt",
           // no 1, and mixed case
           "pvjluezpp5qqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqypqdpquwpc4curk03c9wlrswe78q4eyqc7d8d0xqzpuyk0sg5g70me25alkl"
           "uzd2x62ay"
           "sf2pyy8edtjeevuv4p2d5p76r4zkmneet7uvyakky2zr4cusd45tftc9c5fh0nnqpnl2jfll544esqchsrny",
           "LNBC2500u1pvjluezpp5qqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqypqdpquwpc4curk03c9wlrswe78q4eyqc7d8d0xqzpuyk0sg5g"
           "70me25alk"
           "luzd2x62aysf2pyy8edtjeevuv4p2d5p76r4zkmneet7uvyakky2zr4cusd45tftc9c5fh0nnqpnl2jfll544esqchsrny",
           // the signature belongs to no key
           "lnbc2500u1pvjluezpp5qqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqypqdq5xysxxatsyp3k7enxv4jsxqzpusp5zyg3zyg3zyg3zyg3"
           "zyg3zyg3z"
           "yg3zyg3zyg3zyg3zyg3zyg3zygs9qrsgqwgt7mcn5yqw3yx0w94pswkpq6j9uh6xfqqqtsk4tnarugeektd4hg5975x9am52rz4qskukxdmjemg92vvqz8n"
           "vmsye63r5"
           "ykel43pgz7zq0g2",
           // too short
           "lnbc1pvjluezpp5qqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqypqdpl2pkx2ctnv5sxxmmwwd5kgetjypeh2ursdae8g6na6hlh",
           // an unknown multiplier
           "lnbc2500x1pvjluezpp5qqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqypqdq5xysxxatsyp3k7enxv4jsxqzpusp5zyg3zyg3zyg3zyg3"
           "zyg3zyg3z"
           "yg3zyg3zyg3zyg3zyg3zyg3zygs9qrsgqrrzc4cvfue4zp3hggxp47ag7xnrlr8vgcmkjxk3j5jqethnumgkpqp23z9jclu3v0a7e0aruz366e9wqdykw6d"
           "xhdzcjjhl"
           "dxq0w6wgqcnu43j",
           // a tenth of a millisatoshi
           "lnbc2500000001p1pvjluezpp5qqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqypqdq5xysxxatsyp3k7enxv4jsxqzpusp5zyg3zyg3zy"
           "g3zyg3zyg"
           "3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zygs9qrsgq0lzc236j96a95uv0m3umg28gclm5lqxtqqwk32uuk4k6673k6n5kfvx3d2h8s295fad45fdhmusm8sju"
           "dfhlf6dcs"
           "xmfvkeywmjdkxcp99202x",
           // no payment secret
           "lnbc20m1pvjluezpp5qqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqypqhp58yjmdan79s6qqdhdzgynm4zwqd5d7xmw5fk98klysy043l"
           "2ahrqs9qrs"
           "gq7ea976txfraylvgzuxs8kgcw23ezlrszfnh8r6qtfpr6cxga50aj6txm9rxrydzd06dfeawfk6swupvz4erwnyutnjq7x39ymw6j38gp49qdkj",
           // a high s, though the payee is named
           "lnbc25m1p70xwfzpp5qqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqypqdpl2pkx2ctnv5sxxmmwwd5kgetjypeh2ursdae8g6twvus8g6"
           "rfwvs8qun"
           "0dfjkxaqnp4q0n326hr8v9zprg8gsvezcch06gfaqqhde2aj730yg0durunfhv66sp5zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zygs"
           "9qrsgqsp"
           "5zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zygsp5cfzp9ugllvk03rltd6hvndxj26ux6gcxc5azyxk060rj9tzghct5zvjlps76gx8w"
           "pq5yuu796"
           "88k8gnm2c0al6v608s96l0xzrrlqqwnzxmu",
       }) {
    CAPTURE(text);
    CHECK(refused(text) == "invoice_malformed");
  }
}

TEST_CASE("nothing but an invoice is an invoice") {
  CHECK(refused("") == "invoice_malformed");
  CHECK(refused("lightning:") == "invoice_malformed");
  CHECK(refused("me@example.com") == "invoice_malformed");
  CHECK(refused(std::string(100'000, 'q')) == "invoice_malformed");
  // Another letter anywhere is another invoice than anybody signed.
  const std::string coffee = kCoffee;
  for (std::size_t i = 0; i < coffee.size(); ++i) {
    std::string changed = coffee;
    changed[i] = changed[i] == 'q' ? 'p' : 'q';
    CHECK(refused(changed) == "invoice_malformed");
  }
}
