// The life of a link as promises: attached or refused, detached, ended by the peer. [AMQP 2.6.3-2.6.6]

import { ResourceAllocationException } from '#jms-api';
import { exceptionOf } from './errors.ts';
import type { Receiver, Sender, Session, Typed } from './rhea.ts';

/** Of a peer that does not say. */
const HANDLE_MAX = 0xffff_ffff;

/**
 * A link more than the peer takes would cost the connection.
 *
 * @throws {ResourceAllocationException} if it takes no more [AMQP 2.7.2]
 */
export function checkRoom({ local, remote }: Session): void {
  const max = remote.begin?.handle_max ?? HANDLE_MAX;
  if (local.handles[max] === undefined || Object.keys(local.handles).length <= max) return;
  throw new ResourceAllocationException(
    `the broker takes ${max + 1} producers and consumers of a session: close some, or use more sessions`,
  );
}

/**
 * Resolves when the peer has attached the link.
 *
 * @throws the peer's error; it refuses by a missing terminus, and a detach says why
 */
export function attached(link: Sender | Receiver, word: 'sender' | 'receiver'): Promise<void> {
  return new Promise((resolve, reject) => {
    // The close that follows an error tells of it.
    link.on(`${word}_error`, () => {});
    link.once(`${word}_close`, () => {
      const error = exceptionOf(link.error, 'the link was refused');
      afterRemoval(() => reject(error));
    });
    link.once(`${word}_open`, () => {
      // A number that the sender chooses, from which the credit is reckoned. [AMQP 2.6.7]
      const first = link.remote.attach?.initial_delivery_count ?? 0;
      if (word === 'receiver') link.delivery_count = first;
      const terminus = word === 'sender' ? (link as Sender).target : (link as Receiver).source;
      // rhea gives a terminus that is absent as a value of the type null.
      if (terminus && (terminus as Partial<Typed>).type?.name !== 'Null') resolve();
    });
  });
}

/** Detaches the link, and resolves when the peer has done so. */
export function detached(
  link: Sender | Receiver,
  word: 'sender' | 'receiver',
  closed = true,
): Promise<void> {
  return new Promise((resolve) => {
    link.once(`${word}_close`, () => afterRemoval(resolve));
    if (closed) link.close();
    else link.detach();
  });
}

/**
 * rhea forgets a link two ticks after its end, by its name: another one that has the name by then is
 * forgotten in its place. So nobody hears of the end before.
 */
function afterRemoval(then: () => void): void {
  setImmediate(then);
}
