// The client's side of SCRAM: we prove that we know the password, and it does not leave; and the broker
// proves that it knows us, or is not believed. Without channel binding. [RFC 5802 5-7, RFC 7677]
//
//     n,,n=user,r=nonce          ──►
//                                ◄──  r=nonce+theirs,s=salt,i=iterations
//     c=biws,r=nonce+theirs,p=…  ──►
//                                ◄──  v=signature     as a challenge, or beside the outcome
//
// What takes time is done by the platform, beside the event loop.

import type { Mechanism } from './sasl.ts';

/** The hashes of its mechanisms, the best first. */
export const SCRAM_HASHES: readonly Hash[] = ['SHA-512', 'SHA-256', 'SHA-1'];

type Hash = 'SHA-512' | 'SHA-256' | 'SHA-1';

const NONCE_BYTES = 18;
/** A broker that asks for more wants to keep us busy. */
const ITERATIONS_MAX = 1_000_000;
const BITS: Readonly<Record<Hash, number>> = { 'SHA-512': 512, 'SHA-256': 256, 'SHA-1': 160 };
const FIRST = /^r=([^,]+),s=([A-Za-z0-9+/=]+),i=(\d{1,9})(?:,|$)/;
const { subtle } = globalThis.crypto;

export class Scram implements Mechanism {
  readonly #hash: Hash;
  readonly #password: string;
  readonly #nonce: string;
  readonly #bare: string;
  /** What the broker has to say in the end. */
  #expected: string | undefined;
  #proven = false;

  /** @param nonce - ours; for tests with the numbers of an RFC */
  constructor(hash: Hash, username: string, password: string, nonce: string = freshNonce()) {
    this.#hash = hash;
    this.#password = password.normalize('NFKC');
    this.#nonce = nonce;
    const name = username.normalize('NFKC').replaceAll('=', '=3D').replaceAll(',', '=2C');
    this.#bare = `n=${name},r=${nonce}`;
  }

  start(answer: (error: undefined, response: Buffer) => void): void {
    answer(undefined, Buffer.from(`n,,${this.#bare}`));
  }

  step(challenge: unknown, answer: (error?: Error, response?: Buffer) => void): void {
    const said = Buffer.isBuffer(challenge) ? challenge.toString() : '';
    if (this.#expected !== undefined) {
      this.#proven = said === this.#expected;
      answer(undefined, Buffer.alloc(0));
      return;
    }
    this.#final(said).then(
      (final) => answer(undefined, Buffer.from(final)),
      (error: Error) => answer(error),
    );
  }

  /** Tells whether the broker has proven that it knows us, by now or by what it says at last. */
  believes(last: unknown): boolean {
    if (this.#expected === undefined) return false;
    return this.#proven || (Buffer.isBuffer(last) && last.toString() === this.#expected);
  }

  async #final(first: string): Promise<string> {
    const [, nonce = '', salt = '', count = ''] = FIRST.exec(first) ?? [];
    const iterations = Number(count);
    if (!nonce.startsWith(this.#nonce) || nonce === this.#nonce) {
      throw new Error('the broker answers another SCRAM exchange than ours');
    }
    if (iterations < 1 || iterations > ITERATIONS_MAX) {
      throw new Error(`the broker asks for ${count} rounds of SCRAM, more than ${ITERATIONS_MAX}`);
    }
    const salted = await this.#salted(Buffer.from(salt, 'base64'), iterations);
    const clientKey = await this.#hmac(salted, 'Client Key');
    const storedKey = Buffer.from(await subtle.digest(this.#hash, new Uint8Array(clientKey)));
    const unproven = `c=biws,r=${nonce}`;
    const messages = `${this.#bare},${first},${unproven}`;
    const signature = await this.#hmac(storedKey, messages);
    const proof = clientKey.map((byte, at) => byte ^ (signature[at] ?? 0));
    const serverKey = await this.#hmac(salted, 'Server Key');
    this.#expected = `v=${(await this.#hmac(serverKey, messages)).toString('base64')}`;
    return `${unproven},p=${Buffer.from(proof).toString('base64')}`;
  }

  async #salted(salt: Buffer, iterations: number): Promise<Buffer> {
    const password = new TextEncoder().encode(this.#password);
    const key = await subtle.importKey('raw', password, 'PBKDF2', false, ['deriveBits']);
    const how = { name: 'PBKDF2', hash: this.#hash, salt: new Uint8Array(salt), iterations };
    return Buffer.from(await subtle.deriveBits(how, key, BITS[this.#hash]));
  }

  async #hmac(bytes: Buffer, text: string): Promise<Buffer> {
    const how = { name: 'HMAC', hash: this.#hash };
    const key = await subtle.importKey('raw', new Uint8Array(bytes), how, false, ['sign']);
    return Buffer.from(await subtle.sign('HMAC', key, new TextEncoder().encode(text)));
  }
}

function freshNonce(): string {
  const bytes = globalThis.crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  return Buffer.from(bytes).toString('base64');
}
