"""The shared stage of the story: one cluster, two mints and two relays on its node, for all tests of a run.

A module of tests says `setUpModule = world.set_up`, and whoever runs them says `with stage:`, which clears the stage.
"""
import contextlib
import os

from customer import client
from peer import installed
from peers import NODE_NS, CdkMint, Cluster, NostrRelayCore, NostrRsRelay, NutshellMint
from provider import binary

FEE_PPK = 100       # one sat for a token of up to ten proofs
USER, PASSWORD = "alice", "it's $(a) \"secret\" `word`"
stage = contextlib.ExitStack()


class World:
    """Its attributes are there from set_up() on."""
    ready = False

    def set_up(self):
        if self.ready:
            return
        binary("paygressd")     # what is missing is said before anything slow is started
        for part in ("nutshell", "cdk-mintd", "nostr-rs-relay", "node"):
            installed(part)
        try:
            self.cluster = stage.enter_context(Cluster(os.environ.get("PAYGRESS_CLUSTER")))
            self.nutshell = stage.enter_context(NutshellMint(fee_ppk=FEE_PPK, netns=NODE_NS))
            self.cdk = stage.enter_context(CdkMint(fee_ppk=FEE_PPK, netns=NODE_NS))
            self.rs_relay = stage.enter_context(NostrRsRelay(netns=NODE_NS))
            self.core_relay = stage.enter_context(NostrRelayCore(netns=NODE_NS))
        except BaseException:
            stage.close()
            raise
        self.ready = True


world = World()


def token(mint, sats, **lock):
    """A token with that face value, made by a foreign wallet; locked as the options of `client.mjs mint` say."""
    return client("mint", mint=mint.url, amount=sats, netns=NODE_NS, **lock)["token"]


def states(mint, of):
    """What the mint itself says of a token's proofs."""
    return set(client("state", mint=mint.url, token=of, netns=NODE_NS)["states"])


def order(with_token, request_id, **more):
    return {"request_id": request_id, "cashu_token": with_token, "pod_spec_id": "basic", "ssh_username": USER,
            "ssh_password": PASSWORD, **more}
