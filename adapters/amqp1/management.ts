// Requests to the management node of RabbitMQ 4: HTTP that travels in AMQP messages, over a pair of
// links of one name. It has a session of its own, for a refused right costs RabbitMQ's side of it: the
// next request opens another.
//
//     PUT /queues/orders  {durable: true, …}   ──►   201 {name: orders, …}  |  409 "inequivalent arg …"
//
// [AMQP link pairing 1.0] [HTTP over AMQP 1.0]

import { exceptionOf } from './errors.ts';
import type { Frames } from './frames.ts';
import { Incoming } from './incoming.ts';
import { Section } from './jms-address.ts';
import { attached } from './link.ts';
import { sectionsOf } from './message-decode.ts';
import { Outbox } from './outbox.ts';
import { type Receiver, type Session, type Typed, types } from './rhea.ts';
import { SenderLink, type SendOwner } from './sender-link.ts';

const NODE = '/management';
const LINKS = 'angelia:management';
/** How many answers may be under way; RabbitMQ takes 8 requests at a time. */
const CREDIT = 64;

/** What came back. */
export interface Answered {
  /** Of HTTP. */
  readonly status: number;
  /** A map, or the words of a refusal. */
  readonly body: unknown;
}

interface Waiting {
  resolve(answer: Answered): void;
  reject(error: Error): void;
}

export class Management implements SendOwner {
  readonly #make: () => Session;
  readonly #frames: Frames;
  #link: Promise<{ readonly sender: SenderLink; readonly outbox: Outbox }> | undefined;
  readonly #waiting: Map<number, Waiting> = new Map();
  #requests = 0;

  /** @param make - makes a session, not yet open */
  constructor(make: () => Session, frames: Frames) {
    this.#make = make;
    this.#frames = frames;
  }

  /**
   * Asks, and resolves with the answer, whatever its status.
   *
   * @throws {JMSSecurityException} if the user has not the right
   */
  async ask(
    method: 'GET' | 'PUT' | 'POST' | 'DELETE',
    path: string,
    body?: Typed,
  ): Promise<Answered> {
    this.#link ??= this.#open();
    const { sender, outbox } = await this.#link;
    const number = ++this.#requests;
    return await new Promise((resolve, reject) => {
      this.#waiting.set(number, { resolve, reject });
      outbox.add(sender, undefined, requestOf(number, method, path, body), number);
    });
  }

  /** It is settled as soon as it is sent; the answer is a message. */
  answered(): void {}

  lost(_link: SenderLink, error: Error): void {
    this.#failed(error);
  }

  async #open(): Promise<{ readonly sender: SenderLink; readonly outbox: Outbox }> {
    const session = this.#make();
    const outbox = new Outbox(session, this.#frames);
    new Incoming(session);
    const turn = session._process;
    session._process = () => {
      turn.call(session);
      outbox.pump();
    };
    const lost = new Promise<never>((_, reject) => {
      session.on('session_error', () => {});
      session.on('session_close', () => {
        const error = exceptionOf(session.error, 'the broker ended the session of its management');
        this.#failed(error);
        reject(error);
      });
    });
    lost.catch(() => {});
    session.open();
    const pair = { name: LINKS, properties: { paired: true } };
    const open = () =>
      session.open_sender({
        ...pair,
        source: { address: LINKS },
        target: { address: NODE },
        snd_settle_mode: 1,
        rcv_settle_mode: 0,
      });
    const sender = new SenderLink(open, outbox, this, { presettled: true });
    // rhea tells links of a session by their names alone: the second comes when the first is known.
    await Promise.race([sender.attach(), lost]);
    const receiver = session.open_receiver({
      ...pair,
      source: { address: NODE },
      target: { address: LINKS },
      snd_settle_mode: 1,
      rcv_settle_mode: 0,
      credit_window: 0,
      autoaccept: false,
    });
    receiver.deliveries = { arrived: (_id, bytes) => this.#arrived(receiver, bytes) };
    await Promise.race([attached(receiver, 'receiver'), lost]);
    receiver.flow(CREDIT);
    return { sender, outbox };
  }

  #arrived(receiver: Receiver, bytes: Buffer): void {
    receiver.flow(1);
    const { properties, parts } = sectionsOf(bytes);
    const number = Number(properties[5]?.value);
    const waiting = this.#waiting.get(number);
    this.#waiting.delete(number);
    waiting?.resolve({ status: Number(properties[3]?.value), body: plain(parts[0]) });
  }

  #failed(error: Error): void {
    this.#link = undefined;
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of waiting) reject(error);
  }
}

function requestOf(number: number, method: string, path: string, body: Typed | undefined): Buffer {
  const writer = new types.Writer();
  const properties = [
    types.wrap_ulong(number),
    types.Null(),
    types.wrap_string(path),
    types.wrap_string(method),
    types.wrap_string('$me'),
  ];
  writer.write(described(Section.properties, types.List32(properties)));
  writer.write(described(Section.value, body ?? types.Null()));
  return Buffer.from(writer.toBuffer());
}

function described(code: number, value: Typed): Typed {
  return types.described_nc(types.wrap_ulong(code), value);
}

/** A value without its types: maps are maps, and the rest what it looks like. */
function plain(value: Typed | undefined): unknown {
  const inner = value?.value;
  if (value?.type.name.startsWith('Map') !== true || !Array.isArray(inner)) return inner;
  const pairs = inner as readonly Typed[];
  const map = new Map<unknown, unknown>();
  for (let at = 0; at + 1 < pairs.length; at += 2) map.set(plain(pairs[at]), plain(pairs[at + 1]));
  return map;
}

/** The value of a field of an answer. */
export function fieldOf({ body }: Answered, name: string): unknown {
  return body instanceof Map ? body.get(name) : undefined;
}
