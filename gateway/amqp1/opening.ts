// What we say of ourselves in our open, and what we check in the peer's. [AMQP 2.4, 2.7.1]

import { type ErrorInfo, errorInfo } from './delivery-state.ts';
import { ProtocolError } from './errors.ts';
import { amqpLimits } from './limits.ts';
import { type Draft, encodeFrame, type Open } from './performatives.ts';
import { string, symbol, TRUE, type Value } from './types.ts';

/** What the gateway is called in its opens. */
export interface Identity {
  readonly containerId: string;
  readonly product: string;
  readonly version: string;
}

/** The peer wants to be the only connection with its container id. [JMS mapping WD10] */
const SOLE_CONNECTION = 'sole-connection-for-container';
const OFFERED: readonly string[] = [
  SOLE_CONNECTION,
  'ANONYMOUS-RELAY',
  'DELAYED_DELIVERY',
  'SHARED-SUBS',
];
const FRAME_BYTES_LEAST = 512;

/** Writes our open. `failed`: a close follows, and the peer need not wait for more. */
export function encodeOpen(identity: Identity, failed: boolean): Buffer {
  const properties = new Map<string, Value>([
    ['product', string(identity.product)],
    ['version', string(identity.version)],
    ['platform', string('Node.js')],
  ]);
  if (failed) properties.set('amqp:connection-establishment-failed', TRUE);
  const open: Draft<Open> = {
    kind: 'open',
    containerId: identity.containerId,
    maxFrameSize: amqpLimits.frameSizeBytesMax,
    channelMax: amqpLimits.channelMax,
    // We say half of what we wait, so that a frame that is late a little does no harm.
    idleTimeOut: amqpLimits.idleTimeOutMs / 2,
    offeredCapabilities: OFFERED,
    properties,
  };
  return encodeFrame(0, open);
}

/**
 * Checks that we can live with what the peer says of itself.
 *
 * @throws {ProtocolError} scope connection
 */
export function checkOpen(open: Open): void {
  if (open.maxFrameSize < FRAME_BYTES_LEAST) {
    throw new ProtocolError(
      'connection',
      'amqp:invalid-field',
      `max-frame-size ${open.maxFrameSize} is below ${FRAME_BYTES_LEAST} [AMQP 2.7.1]`,
    );
  }
  const idleMs = open.idleTimeOut ?? 0;
  if (idleMs > 0 && idleMs < amqpLimits.idleTimeOutMsLeast) {
    throw new ProtocolError(
      'connection',
      'amqp:not-allowed',
      `idle-time-out ${idleMs} ms is below ${amqpLimits.idleTimeOutMsLeast} ms [AMQP 2.4.5]`,
    );
  }
}

/** Says whether the peer claims its container id for itself. */
export function claimsContainerId(open: Open): boolean {
  return open.desiredCapabilities.includes(SOLE_CONNECTION);
}

/** What JMS clients understand as "the client id is taken". [JMS mapping WD10] */
export function containerIdInUse(description: string): ErrorInfo {
  return {
    ...errorInfo('amqp:invalid-field', description),
    info: new Map([['invalid-field', symbol('container-id')]]),
  };
}
