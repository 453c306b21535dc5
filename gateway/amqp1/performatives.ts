// The control plane as plain objects: what opens, closes and secures connections, sessions and
// links. Decoding checks types and mandatory fields and fills in the defaults of the
// specification; encoding leaves out what equals a default. The data plane (transfer, disposition,
// flow) is not here: it has faster ways in files of its own. [AMQP 2.7, 5.3.3]

import type { ErrorInfo } from './delivery-state.ts';
import type { Coordinator, Source, Target } from './terminus.ts';
import type { Fields, Value } from './types.ts';

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

/**
 * Tells which performative a frame body holds, without decoding it: one of the codes above.
 *
 * @throws {ProtocolError} `amqp:decode-error` if the body is not a described list of a known kind
 */
export declare function performativeCode(buffer: Buffer, start: number, end: number): number;

/**
 * Decodes a frame body of the control plane. Binaries are copies.
 *
 * @throws {ProtocolError} `amqp:decode-error`, naming the performative and the field
 */
export declare function readPerformative(
  buffer: Buffer,
  start: number,
  end: number,
): Performative | SaslPerformative;

/** Writes a whole frame, with its header. */
export declare function encodeFrame(
  channel: number,
  performative: Draft<Performative> | Draft<SaslPerformative>,
): Buffer;
