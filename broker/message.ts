// A message keeps its encoding: what routing needs, decoded, plus the bytes exactly as they came
// and the name of their format. Same format on both sides: the bytes pass untouched. Different:
// `theirs.encode(ours.view(message))`.
//
//     slab  ┌──────────────┬═══════════════════┬─────────────┐
//           │ other frames │ bytes of this one │ other frames│
//           └──────────────┴═══════════════════┴─────────────┘
//                          start               end
//
// `slab` may be a socket's read buffer (then `borrowed`), which is only safe to look at until the
// turn ends: whoever keeps the message longer calls `keep()`, once, after dispatch.

import type { Address } from './address.ts';
import type { MessageView, TypedValue } from './view.ts';

/** How a protocol writes a message. Formats are compared by identity. */
export interface WireFormat {
  readonly name: string;
  /** Reads what a message in this format means. */
  view(message: Message): MessageView;
  /** Writes a message that came in another format. */
  encode(view: MessageView): Buffer;
}

/** What routing needs to know of a message before it looks at anything else. */
export interface MessageHeader {
  readonly persistent: boolean;
  /** 0…9. */
  readonly priority: number;
  /** Epoch ms; 0: never. */
  readonly expiresAt: number;
  /** Not before this: epoch ms; absent or 0: at once. [JMS 3.4.13] */
  readonly deliverAt?: number;
  /** JMSXGroupID: all messages of a group go to one consumer. [JMS 3.5.10] */
  readonly group?: string | undefined;
  /** JMSXGroupSeq; -1 closes the group. */
  readonly groupSequence?: number;
  /** An id by which the sender wants a second copy to be refused. */
  readonly duplicateId?: string | undefined;
  /** How the delivery repeats after the first. */
  readonly repeat?: Repeat | undefined;
  /** Properties that the broker added, such as the origin of a dead letter. */
  readonly notes?: ReadonlyMap<string, TypedValue> | undefined;
}

/** A delivery that repeats: `times` more, every `periodMs`; -1: without end. */
export interface Repeat {
  readonly periodMs: number;
  readonly times: number;
}

/** Why a message went to a dead-letter or expiry queue. */
export type DeadLetterCause = 'rejected' | 'max-deliveries' | 'expired';

export const DEFAULT_HEADER: MessageHeader = { persistent: false, priority: 4, expiresAt: 0 };

/** Who brings bytes back, by the buffer that stands for them while they are not in memory. */
const loaders: WeakMap<Buffer, (message: Message) => void> = new WeakMap();

/** Names who brings bytes back for which this empty buffer stands. @internal */
export function whenAbsent(absent: Buffer, load: (message: Message) => void): void {
  loaders.set(absent, load);
}

/** A place in an order, which can take a message out of memory. */
export interface Home {
  /** The message at `position` is in the journal and need not be an object. */
  pack(message: Message, position: number): void;
}

interface Rare {
  readonly deliverAt: number;
  readonly group: string | undefined;
  readonly groupSequence: number;
  readonly duplicateId: string | undefined;
  readonly repeat: Repeat | undefined;
  readonly notes: ReadonlyMap<string, TypedValue> | undefined;
}

function rareOf(header: MessageHeader): Rare | undefined {
  const { deliverAt = 0, group, groupSequence = 0, duplicateId, repeat, notes } = header;
  const plain =
    deliverAt === 0 &&
    group === undefined &&
    groupSequence === 0 &&
    duplicateId === undefined &&
    repeat === undefined &&
    notes === undefined;
  return plain ? undefined : { deliverAt, group, groupSequence, duplicateId, repeat, notes };
}

export class Message {
  readonly format: WireFormat;
  slab: Buffer;
  start: number;
  end: number;
  borrowed: boolean;
  readonly persistent: boolean;
  readonly priority: number;
  readonly expiresAt: number;
  /** Where it was sent to; undefined before the first send. */
  destination: Address | undefined;
  /** Who sent it, for noLocal: a client id, or a name of the connection. */
  sender: string | undefined;
  /** Broker-wide number, given at the first send; growing, never reused. 0: not sent yet. */
  serial = 0;
  /** When it was sent: what the sender said, else when it came. Epoch ms; 0: not sent yet. */
  sentAt = 0;
  /** Number of its record in the journal; 0: there is none. Owned by the {@link Store}. @internal */
  number = 0;
  /** How many places hold the message. Owned by the core. @internal */
  holders = 0;
  /** Where it waits, as far as one place knows. Owned by the {@link Lane}. @internal */
  home: Home | undefined = undefined;
  /** @internal */
  position = 0;
  #view: MessageView | undefined;
  /**
   * What few messages have. Hot: with a million waiting, half of the cost of the next is the garbage
   * collector's; six fields less make 160 bytes of 200.
   */
  readonly #rare: Rare | undefined;

  /** @param borrowed - the slab belongs to a read buffer and may change when the turn ends */
  constructor(
    format: WireFormat,
    header: MessageHeader,
    slab: Buffer,
    start: number,
    end: number,
    borrowed: boolean,
  ) {
    this.format = format;
    this.slab = slab;
    this.start = start;
    this.end = end;
    this.borrowed = borrowed;
    this.persistent = header.persistent;
    this.priority = header.priority;
    this.expiresAt = header.expiresAt;
    this.destination = undefined;
    this.sender = undefined;
    this.#view = undefined;
    this.#rare = rareOf(header);
  }

  /** It has nothing of what few messages have. */
  get plain(): boolean {
    return this.#rare === undefined;
  }

  get deliverAt(): number {
    return this.#rare?.deliverAt ?? 0;
  }

  get group(): string | undefined {
    return this.#rare?.group;
  }

  get groupSequence(): number {
    return this.#rare?.groupSequence ?? 0;
  }

  get duplicateId(): string | undefined {
    return this.#rare?.duplicateId;
  }

  get repeat(): Repeat | undefined {
    return this.#rare?.repeat;
  }

  /** Properties that the broker added, such as the origin of a dead letter. */
  get notes(): ReadonlyMap<string, TypedValue> | undefined {
    return this.#rare?.notes;
  }

  /** The same bytes as a new message, which does not expire, with notes of the broker. */
  annotated(notes: ReadonlyMap<string, TypedValue>): Message {
    return this.copy(notes, 0);
  }

  /** The same bytes as a new message, to be sent anew. */
  copy(notes?: ReadonlyMap<string, TypedValue>, expiresAt: number = this.expiresAt): Message {
    this.load();
    this.keep();
    const { persistent, priority, group, groupSequence } = this;
    const header = { persistent, priority, expiresAt, group, groupSequence, notes };
    const copy = new Message(this.format, header, this.slab, this.start, this.end, false);
    copy.sender = this.sender;
    copy.sentAt = this.sentAt;
    return copy;
  }

  get byteLength(): number {
    return this.end - this.start;
  }

  /** The bytes as they came, not copied. */
  bytes(): Buffer {
    this.load();
    return this.slab.subarray(this.start, this.end);
  }

  /** What the message means; decoded once, when first asked. */
  view(): MessageView {
    this.load();
    this.keep();
    if (this.#view === undefined) {
      const view = this.format.view(this);
      this.#view = this.notes === undefined ? view : withNotes(view, this.notes);
    }
    return this.#view;
  }

  /** The message in another format: its own bytes when it is the same one. */
  as(format: WireFormat): Buffer {
    return format === this.format ? this.bytes() : format.encode(this.view());
  }

  /** Brings the bytes back to memory, if they are in the journal only. */
  load(): void {
    if (this.slab.length === 0) loaders.get(this.slab)?.(this);
  }

  /** The bytes leave memory. @internal */
  leaveTo(absent: Buffer): void {
    this.end -= this.start;
    this.start = 0;
    this.slab = absent;
    this.borrowed = false;
    this.#view = undefined;
  }

  /** The bytes are in memory again. @internal */
  returnTo(slab: Buffer): void {
    this.slab = slab;
  }

  /** Makes the bytes our own, so that they outlive the turn and pin no read buffer. */
  keep(): void {
    if (!this.borrowed) return;
    this.slab = Buffer.from(this.slab.subarray(this.start, this.end));
    this.start = 0;
    this.end = this.slab.length;
    this.borrowed = false;
  }
}

/** A view's fields may be getters of its class: they are read one by one. */
function withNotes(view: MessageView, notes: ReadonlyMap<string, TypedValue>): MessageView {
  const { messageId, correlationId, destination, replyTo, type, timestamp, userId } = view;
  return {
    ...(messageId !== undefined && { messageId }),
    ...(correlationId !== undefined && { correlationId }),
    ...(destination !== undefined && { destination }),
    ...(replyTo !== undefined && { replyTo }),
    ...(type !== undefined && { type }),
    ...(timestamp !== undefined && { timestamp }),
    ...(userId !== undefined && { userId }),
    ...(view.contentType !== undefined && { contentType: view.contentType }),
    persistent: view.persistent,
    priority: view.priority,
    properties: new Map([...view.properties, ...notes]),
    body: view.body,
  };
}
