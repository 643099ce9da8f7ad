// The customer's wallet: cashu-ts against a real mint.
import { load } from './modules.mjs';

const { Wallet, getEncodedToken } = await load('@cashu/cashu-ts');
const wait = (ms) => new Promise((done) => setTimeout(done, ms));

async function open(mint, unit = 'sat') {
  const wallet = new Wallet(mint, { unit });
  await wallet.loadMint();
  return wallet;
}

const total = (proofs) => proofs.reduce((sum, proof) => sum + BigInt(proof.amount.toString()), 0n).toString();

// The fake backends of both mints pay every invoice by themselves; nutshell only when it is asked for it.
async function mintProofs(wallet, amount) {
  const quote = await wallet.createMintQuoteBolt11(amount);
  for (let tries = 0; tries < 100; tries += 1) {
    const { state } = await wallet.checkMintQuoteBolt11(quote.quote);
    if (state === 'PAID') return wallet.mintProofsBolt11(amount, quote.quote);
    await wait(100);
  }
  throw new Error('the invoice was not paid within 10 s');
}

// NUT-11: what only the owner of the key `lock` can spend. Comma-separated keys are a lock of which `n-sigs` must sign.
function p2pk({ lock, sigflag, locktime, refund, 'n-sigs': needed }) {
  return {
    pubkey: lock.split(','),
    ...(sigflag && { sigFlag: sigflag }),
    ...(locktime && { locktime: Number(locktime) }),
    ...(refund && { refundKeys: [refund] }),
    ...(needed && { requiredSignatures: Number(needed) }),
  };
}

// A token whose face value is `amount`: the receiver's fee comes out of it.
export async function mint({ mint: url, amount, unit, ...conditions }) {
  const wallet = await open(url, unit);
  // More than the token, so that the sender's own fee never makes it fail.
  const proofs = await mintProofs(wallet, Number(amount) * 2 + 10);
  const sending = wallet.ops.send(Number(amount), proofs);
  const { send } = await (conditions.lock ? sending.asP2PK(p2pk(conditions)) : sending).run();
  const token = getEncodedToken({ mint: url, proofs: send, unit: wallet.unit });
  return { token, face: total(send), fee: wallet.getFeesForProofs(send).toString() };
}

// NUT-07: what the mint says about each proof of a token.
export async function state({ mint: url, token, unit }) {
  const wallet = await open(url, unit);
  const states = await wallet.checkProofsStates(wallet.decodeToken(token).proofs);
  return { states: states.map(({ state: name }) => name) };
}

export async function receive({ mint: url, token, unit }) {
  const wallet = await open(url, unit);
  return { received: total(await wallet.receive(token)) };
}
