// How we prove who we are: EXTERNAL by the certificate of the TLS layer, PLAIN by name and password,
// ANONYMOUS by nothing. rhea speaks SASL; the mechanisms are ours, because its PLAIN counts
// characters for bytes, and because it takes the first that the peer names. [AMQP 5.3]

import type { Connection, Frame } from './rhea.ts';

type Answer = (error: undefined, response: Buffer) => void;

/** A mechanism as rhea calls it. */
interface Mechanism {
  start(answer: Answer): void;
  step(challenge: unknown, answer: Answer): void;
}

/** Who we are. */
export interface Identity {
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** The TLS layer has a certificate of ours. */
  readonly certificate: boolean;
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
  const { username, password, certificate, allowed } = identity;
  const all = new Map<string, Mechanism>();
  if (certificate) all.set('EXTERNAL', saying(''));
  if (username !== undefined) all.set('PLAIN', saying(`\0${username}\0${password ?? ''}`));
  else all.set('ANONYMOUS', saying('anonymous'));
  for (const name of all.keys()) if (allowed?.includes(name) === false) all.delete(name);
  return all;
}

/** Makes rhea take the best of our mechanisms that the peer has. */
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
}
