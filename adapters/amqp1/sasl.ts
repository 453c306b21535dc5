// How we prove who we are: EXTERNAL by the certificate of the TLS layer, SCRAM or PLAIN by name and
// password, ANONYMOUS by nothing. PLAIN is for those who cannot be overheard, or know no better. rhea speaks SASL; the mechanisms are ours, because its PLAIN counts
// characters for bytes, and because it takes the first that the peer names. [AMQP 5.3]

import type { Connection, Frame } from './rhea.ts';
import { SCRAM_HASHES, Scram } from './scram.ts';

/** A mechanism as rhea calls it. */
export interface Mechanism {
  start(answer: (error: undefined, response: Buffer) => void): void;
  step(challenge: unknown, answer: (error?: Error, response?: Buffer) => void): void;
  /** Whether the peer has proven itself; absent: it need not. */
  believes?(last: unknown): boolean;
}

/** Who we are. */
export interface Identity {
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** The TLS layer has a certificate of ours. */
  readonly certificate: boolean;
  /** The TLS layer keeps what we say from others. */
  readonly hidden: boolean;
  /** Names of mechanisms that may be used; undefined: all. */
  readonly allowed?: readonly string[] | undefined;
}

function saying(response: string): Mechanism {
  return {
    start: (answer) => answer(undefined, Buffer.from(response)),
    step: (_challenge, answer) => answer(undefined, Buffer.alloc(0)),
  };
}

/** The mechanisms that can be used, the best first. */
export function mechanismsOf(identity: Identity): ReadonlyMap<string, Mechanism> {
  const { username, password = '', certificate, hidden, allowed } = identity;
  const all = new Map<string, Mechanism>();
  if (certificate) all.set('EXTERNAL', saying(''));
  if (username !== undefined) {
    const plain = saying(`\0${username}\0${password}`);
    if (hidden) all.set('PLAIN', plain);
    for (const hash of SCRAM_HASHES) {
      all.set(`SCRAM-${hash}`, new Scram(hash, username, password));
    }
    all.set('PLAIN', plain);
  } else all.set('ANONYMOUS', saying('anonymous'));
  for (const name of all.keys()) if (allowed?.includes(name) === false) all.delete(name);
  return all;
}

/** Makes rhea take the best of our mechanisms that the peer has, and doubt a peer that is not proven. */
export function preferOurs(connection: Connection, ours: ReadonlyMap<string, Mechanism>): void {
  const sasl = connection.sasl_transport;
  if (sasl === undefined) return;
  const heard = sasl.on_sasl_mechanisms;
  sasl.on_sasl_mechanisms = (frame: Frame) => {
    const said = frame.performative.sasl_server_mechanisms ?? [];
    const theirs = typeof said === 'string' ? [said] : said;
    const common = [...ours.keys()].filter((name) => theirs.includes(name));
    if (common.length > 0) frame.performative.sasl_server_mechanisms = common;
    heard.call(sasl, frame);
  };
  const ended = sasl.on_sasl_outcome;
  sasl.on_sasl_outcome = (frame: Frame) => {
    const { code, additional_data: last } = frame.performative;
    if (code !== 0 || sasl.mechanism?.believes?.(last) !== false) ended.call(sasl, frame);
    else connection.sasl_failed('the broker has not proven that it knows the user', UNPROVEN);
  };
}

const UNPROVEN = 'amqp:internal-error';
