// Connections of the customer's Nostr client: nostr-tools over the WebSocket of `ws`.
import { load } from './modules.mjs';

const { finalizeEvent } = await load('nostr-tools');
const { Relay, useWebSocketImplementation } = await load('nostr-tools/relay');
useWebSocketImplementation(await load('ws'));

// nostr-rs-relay takes an AUTH without ever saying OK to it, and nostr-tools throws that into nobody's hands.
process.on('unhandledRejection', (error) => {
  if (error?.message !== 'auth timed out') throw error;
});

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

async function connect(url, key) {
  const relay = new Relay(url);
  const challenged = new Promise((done) => {
    if (key) relay.onauth = async (event) => { done(); return finalizeEvent(event, key); };
  });
  await relay.connect();
  // A relay that shows kind 4 to its two parties only leaves it out for whom it does not know, without a word. So our
  // AUTH has to be on its way before our REQ; there may also be no challenge to wait for.
  if (key) await Promise.race([challenged.then(() => pause(50)), pause(500)]);
  return relay;
}

// Calls `work` with a connection to each of `urls` (separated by commas). With a secret key it identifies itself where
// a relay asks for that (NIP-42).
export async function withRelays(urls, key, work) {
  const open = [];
  try {
    for (const url of urls.split(',')) open.push(await connect(url, key));
    return await work(open);
  } finally {
    open.forEach((relay) => relay.close());
  }
}

// Subscribes, and resolves with what `visit(event)` or `stored()` returns first that is not undefined.
export function follow(relay, filter, seconds, { visit, stored = () => {} }) {
  return new Promise((done, fail) => {
    const timer = setTimeout(() => fail(new Error(`nothing within ${seconds} s`)), seconds * 1000);
    const settle = (result) => {
      if (result === undefined) return;
      clearTimeout(timer);
      done(result);
    };
    // NIP-42 has a relay say `auth-required:`; @nostr-relay/core says `restricted:` for the same. Asked once only.
    let identified = false;
    const onclose = (reason) => {
      if (!relay.onauth || identified || !/^(auth-required|restricted):/.test(reason)) return;
      identified = true;
      relay.auth(relay.onauth).then(subscribe, fail);
    };
    const subscribe = () => relay.subscribe([filter], {
      onevent: (event) => settle(visit(event)), oneose: () => settle(stored()), onclose,
    });
    subscribe();
  });
}
