// The server's side of one SCRAM exchange. No password passes, nothing is derived here, and both sides
// prove to each other that they know it. [RFC 5802 5-7, RFC 7677]
//
//     client-first  n,,n=user,r=nonce         ──►
//                                             ◄──  server-first  r=nonce+ours,s=salt,i=iterations
//     client-final  c=biws,r=nonce+ours,p=proof ─►
//                                             ◄──  server-final  v=signature | e=error
//
// Channel binding is not offered: `n` (the client has none) and `y` (it has, and sees that we have
// none) go on, `p` (it binds) is refused. An unknown user gets a made-up salt, always the same, and
// fails where a wrong password does.

import { isUtf8 } from 'node:buffer';
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { digest, type Hash, hmac, type Verifier } from './auth-verifier.ts';
import { gatewayLimits } from './limits.ts';

/** What the exchange does next. `told` is what the client may know of a refusal. */
export type ScramStep =
  | { readonly kind: 'challenge'; readonly challenge: string }
  | { readonly kind: 'admitted'; readonly name: string; readonly signature: string }
  | { readonly kind: 'refused'; readonly reason: string; readonly told: string };

/** What is known of the user who came. */
export interface ScramUser {
  readonly verifier: Verifier;
  /** False: there is no such user, and the verifier is made up. */
  readonly known: boolean;
}

interface Begun extends ScramUser {
  readonly name: string;
  readonly nonce: string;
  /** `n,,` or `y,,`, as it must come back in the end. */
  readonly gs2Header: string;
  /** client-first-bare and server-first, with commas: how AuthMessage begins. */
  readonly messages: string;
}

const NONCE_BYTES = 18;
const GS2_HEADER: RegExp = /^([ny]|p=[A-Za-z0-9.-]+),(?:a=([^,]*))?,/;
const FIRST_BARE: RegExp = /^n=([^,]+),r=([\x21-\x2b\x2d-\x7e]+)(?:,.*)?$/s;
const FINAL: RegExp = /^(c=([A-Za-z0-9+/=]+),r=([^,]+)(?:,[^,]*)*),p=([A-Za-z0-9+/=]+)$/;

export class ScramExchange {
  readonly #hash: Hash;
  readonly #find: (name: string) => ScramUser;
  readonly #ourNonce: string;
  #begun: Begun | undefined;

  /** @param nonce - our part of the nonce; for tests with the numbers of an RFC */
  constructor(
    hash: Hash,
    find: (name: string) => ScramUser,
    nonce: string = randomBytes(NONCE_BYTES).toString('base64'),
  ) {
    this.#hash = hash;
    this.#find = find;
    this.#ourNonce = nonce;
  }

  /** Takes what the client says, first the one message and then the other. */
  receive(message: Buffer): ScramStep {
    if (!isUtf8(message)) return refused('a message is not UTF-8', 'invalid-encoding');
    const text = message.toString();
    const begun = this.#begun;
    this.#begun = undefined;
    return begun === undefined ? this.#first(text) : this.#final(begun, text);
  }

  #first(text: string): ScramStep {
    const [gs2Header, binding, authorization] = GS2_HEADER.exec(text) ?? [];
    if (gs2Header === undefined) {
      return refused('client-first has no GS2 header such as n,,', 'invalid-encoding');
    }
    if (binding?.startsWith('p=')) {
      const told = 'channel-binding-not-supported';
      return refused('client-first binds to a channel, which was not offered', told);
    }
    const bare = text.slice(gs2Header.length);
    if (bare.startsWith('m=')) {
      return refused('client-first asks for an extension (m=)', 'extensions-not-supported');
    }
    const [, escaped, nonce] = FIRST_BARE.exec(bare) ?? [];
    if (escaped === undefined || nonce === undefined) {
      return refused('client-first is not n=NAME,r=NONCE', 'other-error');
    }
    if (nonce.length > gatewayLimits.scramNonceLengthMax) {
      const max = gatewayLimits.scramNonceLengthMax;
      return refused(`a nonce of ${nonce.length} characters, at most ${max}`, 'other-error');
    }
    const name = unescaped(escaped);
    if (name === undefined) {
      return refused('the name has a = that is neither =2C nor =3D', 'invalid-username-encoding');
    }
    if (authorization !== undefined && unescaped(authorization) !== name) {
      return refused(`'${name}' asks to act as another`, 'other-error');
    }
    const user = this.#find(name);
    const { salt, iterations } = user.verifier;
    const both = nonce + this.#ourNonce;
    const challenge = `r=${both},s=${salt.toString('base64')},i=${iterations}`;
    const messages = `${bare},${challenge},`;
    this.#begun = { ...user, name, nonce: both, gs2Header, messages };
    return { kind: 'challenge', challenge };
  }

  #final({ name, nonce, gs2Header, messages, verifier, known }: Begun, text: string): ScramStep {
    const [, withoutProof, binding = '', returned, proof = ''] = FINAL.exec(text) ?? [];
    if (withoutProof === undefined) {
      return refused('client-final is not c=…,r=…,p=…', 'other-error');
    }
    if (Buffer.from(binding, 'base64').toString() !== gs2Header) {
      const told = 'channel-bindings-dont-match';
      return refused('client-final repeats another GS2 header than came first', told);
    }
    if (returned !== nonce) return refused('client-final has another nonce', 'other-error');
    const authMessage = messages + withoutProof;
    const signature = hmac(this.#hash, verifier.storedKey, authMessage);
    const given = Buffer.from(proof, 'base64');
    // The client proves to know ClientKey, of which we have the digest.
    const proven = given.length === signature.length;
    const clientKey = Buffer.alloc(signature.length);
    for (let i = 0; i < clientKey.length; i++) {
      clientKey[i] = (given[i] ?? 0) ^ (signature[i] ?? 0);
    }
    const right = timingSafeEqual(digest(this.#hash, clientKey), verifier.storedKey);
    if (!right || !proven || !known) {
      return refused(`user name or password is wrong for '${name}'`, 'invalid-proof');
    }
    const ours = hmac(this.#hash, verifier.serverKey, authMessage).toString('base64');
    return { kind: 'admitted', name, signature: `v=${ours}` };
  }
}

function refused(reason: string, told: string): ScramStep {
  return { kind: 'refused', reason, told: `e=${told}` };
}

/** `=2C` is a comma and `=3D` an equals sign; no other `=` may be there. [RFC 5802 5.1] */
function unescaped(name: string): string | undefined {
  if (/=(?!2C|3D)/.test(name)) return undefined;
  return name.replaceAll('=2C', ',').replaceAll('=3D', '=');
}
