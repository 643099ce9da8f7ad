"""Lightning invoices that no mint of ours has made. Run by nutshell's Python, whose bolt11 library signs them."""
import hashlib
import os
import sys
import time

from bolt11 import Bolt11, Feature, Features, FeatureState, MilliSatoshi, TagChar, Tags, encode


def main():
    sats, description = int(sys.argv[1]), sys.argv[2]
    secret = os.urandom(32)
    tags = Tags()
    tags.add(TagChar.payment_hash, hashlib.sha256(secret).hexdigest())
    tags.add(TagChar.payment_secret, os.urandom(32).hex())
    tags.add(TagChar.description, description)
    tags.add(TagChar.expire_time, 3600)
    tags.add(TagChar.min_final_cltv_expiry, 144)
    tags.add(TagChar.features, Features.from_feature_list({Feature.payment_secret: FeatureState.supported}))
    unsigned = Bolt11(currency="bc", amount_msat=MilliSatoshi(sats * 1000), date=int(time.time()), tags=tags)
    print(encode(unsigned, hashlib.sha256(b"a payee of the tests").hexdigest()))


main()
