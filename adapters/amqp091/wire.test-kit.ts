// Frames of AMQP 0-9-1 for a broker that tests play: written and read by hand, so that nothing of
// amqplib is tested against itself. [AMQP 0-9-1 2.3.5, 4.2]

/** One frame. */
export interface Frame {
  readonly type: number;
  readonly channel: number;
  readonly payload: Buffer;
}

export const METHOD = 1;
export const HEADER = 2;
export const BODY = 3;

const END = 0xce;

/** Takes whole frames off the front; returns what is left. */
export function takeFrames(bytes: Buffer, take: (frame: Frame) => void): Buffer {
  let rest = bytes;
  for (;;) {
    if (rest.length < 8) return rest;
    const size = rest.readUInt32BE(3);
    if (rest.length < size + 8) return rest;
    if (rest[size + 7] !== END) throw new Error('a frame does not end where it says');
    take({
      type: rest[0] ?? 0,
      channel: rest.readUInt16BE(1),
      payload: rest.subarray(7, size + 7),
    });
    rest = rest.subarray(size + 8);
  }
}

export function frame(type: number, channel: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(7);
  head[0] = type;
  head.writeUInt16BE(channel, 1);
  head.writeUInt32BE(payload.length, 3);
  return Buffer.concat([head, payload, Buffer.from([END])]);
}

export const octet = (value: number): Buffer => Buffer.from([value]);

export function short(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

export function long(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

export function longlong(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}

export function shortText(text: string): Buffer {
  return Buffer.concat([octet(Buffer.byteLength(text)), Buffer.from(text)]);
}

export function longText(text: string): Buffer {
  return Buffer.concat([long(Buffer.byteLength(text)), Buffer.from(text)]);
}

/** A table of strings. */
export function table(entries: Readonly<Record<string, string>>): Buffer {
  const fields = Object.entries(entries).map(([name, value]) =>
    Buffer.concat([shortText(name), Buffer.from('S'), longText(value)]),
  );
  const all = Buffer.concat(fields);
  return Buffer.concat([long(all.length), all]);
}

export function method(
  channel: number,
  name: readonly [number, number],
  ...parts: Buffer[]
): Buffer {
  return frame(METHOD, channel, Buffer.concat([short(name[0]), short(name[1]), ...parts]));
}

/** Reads the arguments of a method, one after the other. */
export class Arguments {
  readonly #bytes: Buffer;
  #at = 4;

  constructor(payload: Buffer) {
    this.#bytes = payload;
  }

  octet(): number {
    return this.#bytes.readUInt8(this.#at++);
  }

  short(): number {
    this.#at += 2;
    return this.#bytes.readUInt16BE(this.#at - 2);
  }

  longlong(): number {
    this.#at += 8;
    return Number(this.#bytes.readBigUInt64BE(this.#at - 8));
  }

  shortText(): string {
    const length = this.octet();
    this.#at += length;
    return this.#bytes.toString('utf8', this.#at - length, this.#at);
  }
}
