// AMQP as it is played: the engine, a neighbour that sends to a queue and receives from it, and what
// an answer has to look like. [AMQP 2.2, 2.3]

import { Users } from '#gateway';
import { amqp1Engine } from '#gateway/amqp1';
import { type Node, readNode, Writer } from './amqp-tree.ts';
import type { MemoryWire } from './memory-wire.ts';
import type { Neighbour, Protocol } from './playground.ts';

const HEADER: Buffer = Buffer.from('AMQP\0\x01\0\0', 'latin1');
const EMPTY: Buffer = Buffer.from([0, 0, 0, 8, 2, 0, 0, 0]);
const QUEUE = 'of-the-neighbour';
const writer: Writer = new Writer();

export const amqpProtocol: Protocol = {
  name: 'amqp',
  factory: (broker) => amqp1Engine(broker, new Users(), { product: 'angelia', version: '1' }),
  enter: (wire) => new AmqpNeighbour(wire),
  checkAnswer: (heard) => void answersOf(heard),
};

class AmqpNeighbour implements Neighbour {
  readonly #wire: MemoryWire;
  #sent = 0;

  constructor(wire: MemoryWire) {
    this.#wire = wire;
    const end = { kind: 'described', descriptor: small(0x29), value: list(string(QUEUE)) } as const;
    const from = { ...end, descriptor: small(0x28) };
    wire.say(HEADER);
    wire.say(frame(0x10, [string('neighbour')]));
    wire.say(frame(0x11, [NOTHING, uint(0), uint(0xffff), uint(0xffff)]));
    wire.say(
      frame(0x12, [string('s'), uint(0), bit(false), ...nothings(3), end, ...nothings(2), uint(0)]),
    );
    wire.say(frame(0x12, [string('r'), uint(1), bit(true), ...nothings(2), from, end]));
    if (answersOf(wire.hear()).length < 5) throw new Error('the neighbour could not enter');
  }

  beat(): void {
    this.#wire.say(EMPTY);
  }

  exchange(text: string): void {
    const wire = this.#wire;
    const id = this.#sent++;
    const window = [uint(id), uint(0xffff), uint(id), uint(0xffff)];
    wire.say(frame(0x13, [...window, uint(1), uint(id), uint(1)]));
    writer.node({ kind: 'described', descriptor: small(0x77), value: string(text) });
    const body = writer.take();
    const fields = [uint(0), uint(id), { kind: 'leaf', code: 0xa0, data: Buffer.of(1) } as const];
    wire.say(frame(0x14, [...fields, uint(0), bit(false)], body));
    const came = answersOf(wire.hear());
    const accepted = { kind: 'described', descriptor: small(0x24), value: list() } as const;
    wire.say(frame(0x15, [bit(true), uint(id), uint(id), bit(true), accepted]));
    const transfer = came.find(({ code }) => code === 0x14);
    if (transfer === undefined || !transfer.bytes.includes(body)) {
      throw new Error(`the neighbour got ${came.map(({ code }) => code.toString(16))}`);
    }
    if (!came.some(({ code }) => code === 0x15)) throw new Error('the neighbour was not answered');
  }
}

/** The frames of an answer. @throws {Error} if it is not made of such */
function answersOf(heard: Buffer): { readonly code: number; readonly bytes: Buffer }[] {
  const frames: { code: number; bytes: Buffer }[] = [];
  for (let at = 0; at < heard.length; ) {
    const header = heard.toString('latin1', at, at + 4) === 'AMQP';
    const size = header ? 8 : heard.readUInt32BE(at);
    if (size < 8 || at + size > heard.length) throw new Error(`an answer of ${size} bytes`);
    const bytes = heard.subarray(at, at + size);
    at += size;
    if (header || size === 8) continue;
    const body = readNode(bytes, 8)?.[0];
    if (body?.kind !== 'described' || body.descriptor.kind !== 'leaf') {
      throw new Error(`an answer without a performative: ${bytes.toString('hex', 0, 32)}`);
    }
    frames.push({ code: body.descriptor.data.at(-1) ?? 0, bytes });
  }
  return frames;
}

const NOTHING: Node = { kind: 'leaf', code: 0x40, data: Buffer.alloc(0) };

function nothings(count: number): Node[] {
  return new Array(count).fill(NOTHING);
}

function frame(code: number, fields: readonly Node[], payload: Buffer = Buffer.alloc(0)): Buffer {
  writer.uint(0);
  writer.raw(Buffer.from([2, 0, 0, 0]));
  writer.node({ kind: 'described', descriptor: small(code), value: list(...fields) });
  writer.raw(payload);
  writer.patch(0, writer.length);
  return writer.take();
}

function list(...items: Node[]): Node {
  return { kind: 'list', items };
}

function string(text: string): Node {
  return { kind: 'leaf', code: 0xa1, data: Buffer.from(text) };
}

function small(value: number): Node {
  return { kind: 'leaf', code: 0x53, data: Buffer.of(value) };
}

function bit(value: boolean): Node {
  return { kind: 'leaf', code: value ? 0x41 : 0x42, data: Buffer.alloc(0) };
}

function uint(value: number): Node {
  const data = Buffer.alloc(4);
  data.writeUInt32BE(value);
  return { kind: 'leaf', code: 0x70, data };
}
