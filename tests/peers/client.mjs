#!/usr/bin/env node
// A customer made of other people's software. Every command prints one line of JSON; exit 1 and a line on stderr else.
//
//   keygen                                                     a new Nostr key
//   mint      --mint URL --amount N [--unit sat]               a token worth N, with DLEQ proofs
//             [--lock KEY[,KEY] [--sigflag SIG_ALL] [--locktime T] [--refund KEY] [--n-sigs N]]   locked (NUT-11)
//   state     --mint URL --token T                             what the mint says of its proofs (NUT-07)
//   receive   --mint URL --token T                             take it
//   send      --relay URL[,URL] --secret HEX --to KEY --protocol nip17|nip04 --content FILE|-
//   wrap      as send, without --relay: prints the signed event
//   publish-raw --relay URL[,URL] --event FILE|-               the very same event to each relay
//   wait      --relay URL --secret HEX --from KEY --protocol P [--since T] [--timeout S] [--request-id X]
//   letters   --relay URL --secret HEX --from KEY --protocol P   everything that was answered
//   offer     --relay URL --author KEY [--timeout S]           the newest offer (kind 999)
import { parseArgs } from 'node:util';

const options = Object.fromEntries(['amount', 'author', 'content', 'event', 'from', 'lock', 'locktime', 'mint', 'n-sigs',
  'protocol', 'refund', 'relay', 'request-id', 'secret', 'sigflag', 'since', 'timeout', 'to', 'token', 'unit'].map((name) => [name, { type: 'string' }]));

const wallet = (name) => async (given) => (await import('./node/wallet.mjs'))[name](given);
const nostr = (name) => async (given) => (await import('./node/letters.mjs'))[name](given);
const commands = {
  keygen: nostr('keygen'), mint: wallet('mint'), state: wallet('state'), receive: wallet('receive'),
  send: nostr('send'), wrap: nostr('wrap'), 'publish-raw': nostr('publishRaw'), wait: nostr('wait'),
  letters: nostr('letters'), offer: nostr('offer'),
};

const { values, positionals: [command] } = parseArgs({ options, allowPositionals: true });
try {
  if (!Object.hasOwn(commands, command ?? '')) throw new Error(`commands: ${Object.keys(commands).join(' ')}`);
  console.log(JSON.stringify(await commands[command](values)));
  process.exit(0);
} catch (error) {
  console.error(`client ${command ?? ''}: ${error.message ?? error}`);
  process.exit(1);
}
