// Connections of the customer's Nostr client: nostr-tools over the WebSocket of `ws`.
import { load } from './modules.mjs';

const { finalizeEvent } = await load('nostr-tools');
const { Relay, useWebSocketImplementation } = await load('nostr-tools/relay');
useWebSocketImplementation(await load('ws'));

// nostr-rs-relay takes an AUTH without ever saying OK to it, and nostr-tools throws that into nobody's hands.
process.on('unhandledRejection', (error) => {
  if (error?.message !== 'auth timed out') throw error;
});

// Calls `work` with a connection to each of `urls` (separated by commas). With a secret key it identifies itself where
// a relay asks for that (NIP-42).
export async function withRelays(urls, key, work) {
  const open = [];
  try {
    for (const url of urls.split(',')) {
      const relay = new Relay(url);
      if (key) relay.onauth = async (event) => finalizeEvent(event, key);
      open.push(relay);
      await relay.connect();
    }
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
