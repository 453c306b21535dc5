// The control plane as plain objects: what opens, closes and secures connections, sessions and
// links. Decoding checks types and mandatory fields and fills in the defaults of the
// specification; encoding leaves out what equals a default. The data plane (transfer, disposition,
// flow) is not here: it has faster ways in files of its own. [AMQP 2.7, 5.3.3]

import type { Composite, Field } from './composite.ts';
import {
  binary,
  boolean,
  compositeValue,
  defaulted,
  fields,
  mandatory,
  map,
  optional,
  readComposite,
  symbol,
  symbols,
  text,
  ubyte,
  uint,
  ulong,
  ushort,
} from './composite.ts';
import { Decoder } from './decoder.ts';
import type { ErrorInfo } from './delivery-state.ts';
import { error } from './delivery-state.ts';
import { readDescriptor } from './descriptor.ts';
import { Encoder } from './encoder.ts';
import { decodeError } from './errors.ts';
import { FRAME_TYPE_AMQP, FRAME_TYPE_SASL, sealFrame } from './frame.ts';
import type { Coordinator, Source, Target } from './terminus.ts';
import { source, target } from './terminus.ts';
import type { Fields, Value } from './types.ts';
import { FALSE, TRUE } from './types.ts';

/** Descriptor codes of all frame bodies, for a `switch` on {@link performativeCode}. */
export const OPEN = 0x10;
export const BEGIN = 0x11;
export const ATTACH = 0x12;
export const FLOW = 0x13;
export const TRANSFER = 0x14;
export const DISPOSITION = 0x15;
export const DETACH = 0x16;
export const END = 0x17;
export const CLOSE = 0x18;
export const SASL_MECHANISMS = 0x40;
export const SASL_INIT = 0x41;
export const SASL_CHALLENGE = 0x42;
export const SASL_RESPONSE = 0x43;
export const SASL_OUTCOME = 0x44;

export type Role = 'sender' | 'receiver';

/** [AMQP 2.7.1] */
export interface Open {
  readonly kind: 'open';
  readonly containerId: string;
  readonly hostname?: string;
  /** Bytes. Absent on the wire: 4294967295. */
  readonly maxFrameSize: number;
  readonly channelMax: number;
  /** Milliseconds of silence after which the peer gives up; absent: never. */
  readonly idleTimeOut?: number;
  readonly outgoingLocales: readonly string[];
  readonly incomingLocales: readonly string[];
  readonly offeredCapabilities: readonly string[];
  readonly desiredCapabilities: readonly string[];
  readonly properties: Fields;
}

/** [AMQP 2.7.2] */
export interface Begin {
  readonly kind: 'begin';
  /** The peer's channel that this answers. */
  readonly remoteChannel?: number;
  readonly nextOutgoingId: number;
  readonly incomingWindow: number;
  readonly outgoingWindow: number;
  readonly handleMax: number;
  readonly offeredCapabilities: readonly string[];
  readonly desiredCapabilities: readonly string[];
  readonly properties: Fields;
}

/** [AMQP 2.7.3] */
export interface Attach {
  readonly kind: 'attach';
  readonly name: string;
  readonly handle: number;
  readonly role: Role;
  /** 0 unsettled, 1 settled, 2 mixed. */
  readonly sndSettleMode: number;
  /** 0 first, 1 second. */
  readonly rcvSettleMode: number;
  readonly source?: Source;
  readonly target?: Target | Coordinator;
  /** The map as it is on the wire. */
  readonly unsettled?: Value;
  readonly incompleteUnsettled: boolean;
  readonly initialDeliveryCount?: number;
  /** Bytes; 0: no limit. */
  readonly maxMessageSize: bigint;
  readonly offeredCapabilities: readonly string[];
  readonly desiredCapabilities: readonly string[];
  readonly properties: Fields;
}

/** [AMQP 2.7.7] */
export interface Detach {
  readonly kind: 'detach';
  readonly handle: number;
  readonly closed: boolean;
  readonly error?: ErrorInfo;
}

/** [AMQP 2.7.8] */
export interface End {
  readonly kind: 'end';
  readonly error?: ErrorInfo;
}

/** [AMQP 2.7.9] */
export interface Close {
  readonly kind: 'close';
  readonly error?: ErrorInfo;
}

/** [AMQP 5.3.3.1] */
export interface SaslMechanisms {
  readonly kind: 'sasl-mechanisms';
  readonly mechanisms: readonly string[];
}

/** [AMQP 5.3.3.2] */
export interface SaslInit {
  readonly kind: 'sasl-init';
  readonly mechanism: string;
  readonly initialResponse?: Buffer;
  readonly hostname?: string;
}

/** [AMQP 5.3.3.3] */
export interface SaslChallenge {
  readonly kind: 'sasl-challenge';
  readonly challenge: Buffer;
}

/** [AMQP 5.3.3.4] */
export interface SaslResponse {
  readonly kind: 'sasl-response';
  readonly response: Buffer;
}

/** [AMQP 5.3.3.5] `code`: 0 ok, 1 auth, 2 sys, 3 sys-perm, 4 sys-temp. */
export interface SaslOutcome {
  readonly kind: 'sasl-outcome';
  readonly code: number;
  readonly additionalData?: Buffer;
}

/** Bodies of AMQP frames (type 0) of the control plane. */
export type Performative = Open | Begin | Attach | Detach | End | Close;
/** Bodies of SASL frames (type 1). */
export type SaslPerformative =
  | SaslMechanisms
  | SaslInit
  | SaslChallenge
  | SaslResponse
  | SaslOutcome;

/** Names of the fields that have a default and may be left out when sending. */
type Defaulted =
  | 'maxFrameSize'
  | 'channelMax'
  | 'handleMax'
  | 'outgoingLocales'
  | 'incomingLocales'
  | 'offeredCapabilities'
  | 'desiredCapabilities'
  | 'properties'
  | 'sndSettleMode'
  | 'rcvSettleMode'
  | 'incompleteUnsettled'
  | 'maxMessageSize'
  | 'closed'
  | 'durable'
  | 'expiryPolicy'
  | 'timeout'
  | 'dynamic'
  | 'dynamicNodeProperties'
  | 'capabilities'
  | 'filter'
  | 'outcomes';

/** A performative (or terminus) as it is written: fields with a default are optional. */
export type Draft<P> = P extends { readonly kind: 'attach' }
  ? Loose<Omit<P, 'source' | 'target'>> & {
      readonly source?: Draft<Source>;
      readonly target?: Draft<Target | Coordinator>;
    }
  : Loose<P>;
type Loose<P> = P extends unknown
  ? Omit<P, Defaulted> & Partial<Pick<P, Defaulted & keyof P>>
  : never;

const UINT_MAX = 0xffff_ffff;
const NO_SYMBOLS: readonly string[] = [];

/** How open, begin and attach end. */
const EXTENSIONS: readonly Field[] = [
  defaulted('offered-capabilities', symbols, NO_SYMBOLS),
  defaulted('desired-capabilities', symbols, NO_SYMBOLS),
  defaulted('properties', fields, new Map()),
];

/** On the wire `role` is a boolean: true for the receiver. [AMQP 2.8.1] */
const role = {
  expected: 'boolean',
  read(value: Value): Role | undefined {
    if (value.type !== 'boolean') return undefined;
    return value.value ? 'receiver' : 'sender';
  },
  write: (value: unknown): Value => (value === 'receiver' ? TRUE : FALSE),
};

const COMPOSITES: readonly Composite[] = [
  {
    kind: 'open',
    code: OPEN,
    fields: [
      mandatory('container-id', text),
      optional('hostname', text),
      defaulted('max-frame-size', uint, UINT_MAX),
      defaulted('channel-max', ushort, 0xffff),
      optional('idle-time-out', uint),
      defaulted('outgoing-locales', symbols, NO_SYMBOLS),
      defaulted('incoming-locales', symbols, NO_SYMBOLS),
      ...EXTENSIONS,
    ],
  },
  {
    kind: 'begin',
    code: BEGIN,
    fields: [
      optional('remote-channel', ushort),
      mandatory('next-outgoing-id', uint),
      mandatory('incoming-window', uint),
      mandatory('outgoing-window', uint),
      defaulted('handle-max', uint, UINT_MAX),
      ...EXTENSIONS,
    ],
  },
  {
    kind: 'attach',
    code: ATTACH,
    fields: [
      mandatory('name', text),
      mandatory('handle', uint),
      mandatory('role', role),
      defaulted('snd-settle-mode', ubyte, 2),
      defaulted('rcv-settle-mode', ubyte, 0),
      optional('source', source),
      optional('target', target),
      optional('unsettled', map),
      defaulted('incomplete-unsettled', boolean, false),
      optional('initial-delivery-count', uint),
      defaulted('max-message-size', ulong, 0n),
      ...EXTENSIONS,
    ],
  },
  {
    kind: 'detach',
    code: DETACH,
    fields: [
      mandatory('handle', uint),
      defaulted('closed', boolean, false),
      optional('error', error),
    ],
  },
  { kind: 'end', code: END, fields: [optional('error', error)] },
  { kind: 'close', code: CLOSE, fields: [optional('error', error)] },
  {
    kind: 'sasl-mechanisms',
    code: SASL_MECHANISMS,
    fields: [mandatory('mechanisms', symbols)],
  },
  {
    kind: 'sasl-init',
    code: SASL_INIT,
    fields: [
      mandatory('mechanism', symbol),
      optional('initial-response', binary),
      optional('hostname', text),
    ],
  },
  { kind: 'sasl-challenge', code: SASL_CHALLENGE, fields: [mandatory('challenge', binary)] },
  { kind: 'sasl-response', code: SASL_RESPONSE, fields: [mandatory('response', binary)] },
  {
    kind: 'sasl-outcome',
    code: SASL_OUTCOME,
    fields: [mandatory('code', ubyte), optional('additional-data', binary)],
  },
];

const COMPOSITE_OF_CODE: ReadonlyMap<number, Composite> = new Map(
  COMPOSITES.map((composite) => [composite.code, composite]),
);
const COMPOSITE_OF_KIND: ReadonlyMap<string, Composite> = new Map(
  COMPOSITES.map((composite) => [composite.kind, composite]),
);

/**
 * Tells which performative a frame body holds, without decoding it: one of the codes above.
 *
 * @throws {ProtocolError} `amqp:decode-error` if the body does not begin with one of them
 */
export function performativeCode(buffer: Buffer, start: number, end: number): number {
  const code = readDescriptor(buffer, start, end);
  if ((code >= OPEN && code <= CLOSE) || (code >= SASL_MECHANISMS && code <= SASL_OUTCOME)) {
    return code;
  }
  const bytes = buffer.toString('hex', start, Math.min(end, start + 8));
  throw decodeError(`frame body begins with ${bytes}, which is no performative [AMQP 2.7]`);
}

/**
 * Decodes a frame body of the control plane. Binaries are copies.
 *
 * @throws {ProtocolError} `amqp:decode-error`, naming the performative and the field
 */
export function readPerformative(
  buffer: Buffer,
  start: number,
  end: number,
): Performative | SaslPerformative {
  const composite = COMPOSITE_OF_CODE.get(performativeCode(buffer, start, end));
  if (composite === undefined) {
    throw decodeError('transfer, flow and disposition are read by functions of their own');
  }
  const decoder = new Decoder(buffer, start, end);
  const body = decoder.read();
  if (!decoder.done) {
    throw decodeError(`${composite.kind} ends ${end - decoder.at} bytes before its frame does`);
  }
  if (body.type !== 'described') throw decodeError(`${composite.kind} has no descriptor`);
  return readComposite(composite, body.value) as Performative | SaslPerformative;
}

/** Writes a whole frame of the control plane, with its header. `channel` is 0 for SASL. */
export function encodeFrame(
  channel: number,
  performative: Draft<Performative> | Draft<SaslPerformative>,
): Buffer {
  const composite = COMPOSITE_OF_KIND.get(performative.kind);
  if (composite === undefined) throw new TypeError(`no performative '${performative.kind}'`);
  const sasl = composite.code >= SASL_MECHANISMS;
  const encoder = new Encoder();
  const type = sasl ? FRAME_TYPE_SASL : FRAME_TYPE_AMQP;
  encoder.raw(Buffer.from([0, 0, 0, 0, 2, type, channel >>> 8, channel & 0xff]));
  encoder.write(compositeValue(composite, performative));
  const frame = Buffer.from(encoder.bytes());
  sealFrame(frame, 0, frame.length);
  return frame;
}
