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

import type { MessageView } from './view.ts';

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
}

export const DEFAULT_HEADER: MessageHeader = { persistent: false, priority: 4, expiresAt: 0 };

export class Message {
  readonly format: WireFormat;
  slab: Buffer;
  start: number;
  end: number;
  borrowed: boolean;
  readonly persistent: boolean;
  readonly priority: number;
  readonly expiresAt: number;
  /** Broker-wide number, given at the first send; growing, never reused. 0: not sent yet. */
  serial = 0;
  /** When it was sent: what the sender said, else when it came. Epoch ms; 0: not sent yet. */
  sentAt = 0;
  /** How many places hold the message. Owned by the core. @internal */
  holders = 0;
  #view: MessageView | undefined;

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
    this.#view = undefined;
  }

  get byteLength(): number {
    return this.end - this.start;
  }

  /** The bytes as they came, not copied. */
  bytes(): Buffer {
    return this.slab.subarray(this.start, this.end);
  }

  /** What the message means; decoded once, when first asked. */
  view(): MessageView {
    this.keep();
    this.#view ??= this.format.view(this);
    return this.#view;
  }

  /** The message in another format: its own bytes when it is the same one. */
  as(format: WireFormat): Buffer {
    return format === this.format ? this.bytes() : format.encode(this.view());
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
