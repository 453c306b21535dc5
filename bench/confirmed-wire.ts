/**
 * Confirmed, as a wire for {@link Line}: every message is durable, unless said otherwise, at most so many are
 * sent and not confirmed, and AMQP's consumer accepts what it takes (STOMP's acknowledges nothing,
 * `ack:auto`). The producing ends are those of `confirmed-stomp.ts` and `confirmed-amqp1.ts`.
 */

import { amqp1, receiveFrom } from './amqp1.ts';
import { openConfirmed } from './confirmed.ts';
import { stomp } from './stomp.ts';
import type { Protocol, Sender, Wire } from './wire.ts';

const plain: Readonly<Record<Protocol, Wire>> = { stomp, amqp: amqp1 };

/** One protocol, with a bound on what each producer has outstanding. */
export function confirmedWire(protocol: Protocol, outstanding: number, persistent = true): Wire {
  const { keepAlive, goodbye, openReceiver } = plain[protocol];
  return {
    protocol,
    keepAlive,
    goodbye,
    openReceiver:
      protocol === 'amqp'
        ? (pipe, door, size) => receiveFrom(pipe, door, size, true)
        : openReceiver,
    async openSender(pipe, door, size): Promise<Sender> {
      const wire = await openConfirmed(protocol, pipe, door, size, persistent);
      let unconfirmed = 0;
      const sender: Sender = {
        frame: wire.frame,
        bodyEnd: wire.bodyEnd,
        onRoom: undefined,
        room: () => Math.min(outstanding - unconfirmed, wire.room()),
        number(batch, count) {
          wire.number(batch, count);
          unconfirmed += count;
        },
      };
      pipe.pour((bytes) => {
        unconfirmed -= wire.take(bytes);
        if (unconfirmed < 0) throw new Error('more was confirmed than was sent');
        sender.onRoom?.();
      });
      return sender;
    },
  };
}
