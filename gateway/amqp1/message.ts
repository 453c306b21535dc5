// The AMQP 1.0 message as a wire format of the broker: a fast walk over the sections for what
// routing needs, and the little that changes on the way out. The bare message and the footer pass
// bit for bit. The meaning for JMS is in `message-view.ts` and `message-encode.ts`. [AMQP 3.2]
//
//     ┌────────┬──────────────┬─────────────┬────────────┬─────────────┬──────┬────────┐
//     │ header │ delivery     │ message     │ properties │ application │ body │ footer │
//     │        │ annotations  │ annotations │            │ properties  │      │        │
//     └────────┴──────────────┴─────────────┴────────────┴─────────────┴──────┴────────┘
//       maybe    dropped here   └────────────────── passes untouched ───────────────┘
//       rewritten

import type { Address, Message, MessageHeader, WireFormat } from '#broker';

/** The AMQP 1.0 format (message-format 0). */
export declare const amqp1: WireFormat;

/** What {@link scanMessage} found; reused from message to message. */
export class MessageScan implements MessageHeader {
  persistent = false;
  /** 0…9. */
  priority = 4;
  /** Epoch ms: now + ttl if the sender gave a ttl, else the absolute time; 0: never. */
  expiresAt = 0;
  /** Milliseconds; 0: not said. */
  ttlMs = 0;
  /** Epoch ms of the properties; 0: not said. */
  absoluteExpiryAt = 0;
  /** As stored in the header; 0 when absent. */
  deliveryCount = 0;
  /** The header is `[headerStart…headerEnd)`; both equal when there is none. */
  headerStart = 0;
  headerEnd = 0;
  /** Where what is neither header nor delivery annotations begins. */
  restStart = 0;
  /** The map of message annotations begins here; -1: none. */
  annotationsStart = -1;
  /** The text of `to` is `[toStart…toEnd)`; -1: none. */
  toStart = -1;
  toEnd = -1;
}

/**
 * Walks over the sections of a whole message and checks their order and outer shape. What is
 * inside application properties and body stays unread.
 *
 * @param nowMs - message time, to turn a ttl into a point in time
 * @throws {ProtocolError} scope link, `amqp:decode-error`
 */
export declare function scanMessage(
  buffer: Buffer,
  start: number,
  end: number,
  nowMs: number,
  into: MessageScan,
): void;

/** Reads where a message wants to go, for links without a target address: `to` and its kind. */
export declare function readTo(buffer: Buffer, scan: MessageScan): Address | undefined;

/** An outgoing message in at most two pieces; reused from delivery to delivery. */
export class DeliveryPlan {
  head: Buffer = Buffer.alloc(0);
  headStart = 0;
  headEnd = 0;
  rest: Buffer = this.head;
  restStart = 0;
  restEnd = 0;
}

/**
 * Plans what a consumer gets: the message with `header.delivery-count` equal to `attempts` and
 * without the delivery annotations of the hop before; other formats are encoded. Good until the
 * turn ends.
 *
 * @param attempts - earlier deliveries that failed
 * @returns bytes of the outgoing message
 */
export declare function planDelivery(
  message: Message,
  attempts: number,
  into: DeliveryPlan,
): number;

/** Copies `count` bytes of a planned message from its byte `from` on; returns the new `at`. */
export declare function copyDelivery(
  plan: DeliveryPlan,
  from: number,
  count: number,
  buffer: Buffer,
  at: number,
): number;
