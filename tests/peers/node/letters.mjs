// The customer's letters: private messages as nostr-tools makes and reads them, over NIP-17 or NIP-04.
import { readFileSync } from 'node:fs';
import { follow, withRelays } from './connection.mjs';
import { load } from './modules.mjs';

const { finalizeEvent, generateSecretKey, getPublicKey, nip04, nip17, nip19 } = await load('nostr-tools');

const now = () => Math.floor(Date.now() / 1000);
const bytes = (hex) => Uint8Array.from(Buffer.from(hex, 'hex'));
const publicKey = (key) => (key.startsWith('npub') ? nip19.decode(key).data : key);
const file = (path) => readFileSync(path === '-' ? 0 : path, 'utf8');
const publish = (relays, event) => Promise.all(relays.map((relay) => relay.publish(event)));

export function keygen() {
  const key = generateSecretKey();
  const pubkey = getPublicKey(key);
  return {
    secret: Buffer.from(key).toString('hex'), nsec: nip19.nsecEncode(key), pubkey, npub: nip19.npubEncode(pubkey),
  };
}

// The signed event of a letter, without sending it.
export function wrap({ secret, to, protocol, content }) {
  const key = bytes(secret);
  if (protocol === 'nip17') return nip17.wrapEvent(key, { publicKey: publicKey(to) }, file(content));
  const text = nip04.encrypt(key, publicKey(to), file(content));
  return finalizeEvent({ kind: 4, created_at: now(), tags: [['p', publicKey(to)]], content: text }, key);
}

export async function send({ relay, ...letter }) {
  const event = wrap(letter);
  await withRelays(relay, bytes(letter.secret), (relays) => publish(relays, event));
  return { id: event.id };
}

export async function publishRaw({ relay, event: path }) {
  const event = JSON.parse(file(path));
  await withRelays(relay, null, (relays) => publish(relays, event));
  return { id: event.id };
}

// The letter in an event as an object, or undefined when somebody else than `from` wrote it.
function read(event, { secret, from, protocol }) {
  const key = bytes(secret);
  const author = publicKey(from);
  const rumor = protocol === 'nip17' ? nip17.unwrapEvent(event, key) : event;
  if (rumor.pubkey !== author) return undefined;
  const text = protocol === 'nip17' ? rumor.content : nip04.decrypt(key, author, event.content);
  try { return JSON.parse(text); } catch { return { text }; }
}

function inbox({ secret, protocol, since = 0 }) {
  const me = getPublicKey(bytes(secret));
  // The date of a gift wrap lies up to two days back (NIP-59) and says nothing about when it was sent.
  return protocol === 'nip17' ? { kinds: [1059], '#p': [me] } : { kinds: [4], '#p': [me], since: Number(since) };
}

// The first letter from `from`, or with --request-id the first that answers that request. That a request is still being
// worked on is no answer to it.
export function wait({ relay, timeout = 60, 'request-id': wanted, ...options }) {
  const visit = (event) => {
    const letter = read(event, options);
    return letter?.status !== 'processing' && (!wanted || letter?.request_id === wanted) ? letter : undefined;
  };
  return withRelays(relay, bytes(options.secret), ([one]) => follow(one, inbox(options), timeout, { visit }));
}

// All letters that the relay holds: for "answered once" and "not answered at all".
export function letters({ relay, timeout = 10, ...options }) {
  const found = [];
  const visit = (event) => {
    const letter = read(event, options);
    if (letter) found.push(letter);
  };
  const stored = () => ({ letters: found });
  return withRelays(relay, bytes(options.secret), ([one]) => follow(one, inbox(options), timeout, { visit, stored }));
}

// The newest offer of a provider (kind 999); waits when there is none yet.
export function offer({ relay, author, timeout = 30 }) {
  let newest;
  let live = false;
  const result = () => newest && { created_at: newest.created_at, tags: newest.tags, offer: JSON.parse(newest.content) };
  const visit = (event) => {
    if (!newest || event.created_at > newest.created_at) newest = event;
    return live ? result() : undefined;
  };
  const stored = () => { live = true; return result(); };
  const filter = { kinds: [999], authors: [publicKey(author)] };
  return withRelays(relay, null, ([one]) => follow(one, filter, timeout, { visit, stored }));
}
