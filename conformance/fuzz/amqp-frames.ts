// A stream of AMQP bytes as frames that can be changed: protocol headers, and frames with their
// performative and payload as trees where they are such. [AMQP 2.2, 2.3]

import { copyNode, type Node, readNode, readNodes, type Writer } from './amqp-tree.ts';
import type { Stream } from './recording.ts';

/** What a connection says in one piece. */
export interface Frame {
  connection: number;
  /** A protocol header, or what is no frame; the rest is empty then. */
  raw: Buffer | undefined;
  type: number;
  channel: number;
  /** Undefined: a heart-beat. */
  body: Node | undefined;
  /** The sections of a message, or bytes that are none. */
  payload: Node[] | Buffer;
  /** Words of the extended header. */
  extended: number;
  /** By how much its size is wrong. */
  sizeError: number;
}

const HEADER_BYTES = 8;
const NOTHING: Buffer = Buffer.alloc(0);

function rawFrame(connection: number, raw: Buffer): Frame {
  return { ...readFrame(connection, Buffer.from([0, 0, 0, 8, 2, 0, 0, 0])), raw };
}

/** Cuts what each connection said into frames; their order is that in which they were complete. */
export function framesOf(stream: Stream): Frame[] {
  const rests = new Map<number, Buffer>();
  const frames: Frame[] = [];
  for (const { connection, bytes } of stream) {
    let rest = Buffer.concat([rests.get(connection) ?? NOTHING, bytes]);
    while (rest.length >= HEADER_BYTES) {
      const header = rest.toString('latin1', 0, 4) === 'AMQP';
      const size = header ? HEADER_BYTES : rest.readUInt32BE(0);
      if (size > rest.length || size < HEADER_BYTES) break;
      const frame = rest.subarray(0, size);
      frames.push(header ? rawFrame(connection, frame) : readFrame(connection, frame));
      rest = rest.subarray(size);
    }
    rests.set(connection, rest);
  }
  return frames;
}

function readFrame(connection: number, bytes: Buffer): Frame {
  const start = (bytes[4] ?? 2) * 4;
  const read = readNode(bytes, start);
  const payload = bytes.subarray(read?.[1] ?? bytes.length);
  return {
    connection,
    raw: undefined,
    type: bytes[5] ?? 0,
    channel: bytes.readUInt16BE(6),
    body: read?.[0],
    payload: readNodes(payload) ?? payload,
    extended: 0,
    sizeError: 0,
  };
}

export function copyFrame(frame: Frame): Frame {
  const { body, payload } = frame;
  return {
    ...frame,
    body: body && copyNode(body),
    payload: Buffer.isBuffer(payload) ? payload : payload.map(copyNode),
  };
}

/** Writes a frame; its bytes are what the writer has beyond where it was. */
export function writeFrame(writer: Writer, frame: Frame): void {
  if (frame.raw !== undefined) {
    writer.raw(frame.raw);
    return;
  }
  const start = writer.length;
  writer.uint(0);
  writer.byte(2 + frame.extended);
  writer.byte(frame.type);
  writer.byte(frame.channel >>> 8);
  writer.byte(frame.channel & 0xff);
  for (let word = 0; word < frame.extended; word++) writer.uint(0xdeadbeef);
  if (frame.body !== undefined) writer.node(frame.body);
  if (Buffer.isBuffer(frame.payload)) writer.raw(frame.payload);
  else for (const section of frame.payload) writer.node(section);
  writer.patch(start, writer.length - start + frame.sizeError);
}

/** What kinds of things a frame says: frames of one shape teach a fuzzer the same. */
export function shapeOf(frame: Frame): string {
  if (frame.raw !== undefined) return `header ${frame.raw[4]}`;
  const sections = Buffer.isBuffer(frame.payload) ? ['bytes'] : frame.payload.map(shapeOfNode);
  return [frame.type, frame.body ? shapeOfNode(frame.body) : '', ...sections].join(' ');
}

/** Of strings and numbers the type, of symbols the words. */
function shapeOfNode(node: Node): string {
  switch (node.kind) {
    case 'leaf':
      return node.code === 0xa3 ? node.data.toString('latin1') : (node.code >>> 2).toString(16);
    case 'described': {
      const { descriptor, value } = node;
      const what = descriptor.kind === 'leaf' ? descriptor.data.toString('hex') : '?';
      return `${what}:${shapeOfNode(value)}`;
    }
    default:
      return `(${node.items.map(shapeOfNode).join(' ')})`;
  }
}
