// AMQP values as trees that can be changed and written again: sizes and counts are right unless
// somebody wants them wrong. Knows constructors and no meaning. It is not the gateway's codec, which
// is what is tested with it. [AMQP 1.2, 1.6]

/** A value. Arrays are leaves: their data is all that follows their size. */
export type Node =
  | { kind: 'leaf'; code: number; data: Buffer }
  | { kind: 'list' | 'map'; items: Node[] }
  | { kind: 'described'; descriptor: Node; value: Node };

/** Bytes of a fixed width, by the high half of the constructor from 4 on. */
const WIDTHS: readonly number[] = [0, 1, 2, 4, 8, 16];

/** Bytes that a value of this constructor has; undefined: it says so itself. */
export function widthOf(code: number): number | undefined {
  return WIDTHS[(code >>> 4) - 4];
}

/** Reads one value; undefined if there is none. Returns it with where the next begins. */
export function readNode(bytes: Buffer, at: number): [Node, number] | undefined {
  const code = bytes[at];
  if (code === undefined) return undefined;
  if (code === 0) {
    const descriptor = readNode(bytes, at + 1);
    if (descriptor === undefined) return undefined;
    const value = readNode(bytes, descriptor[1]);
    if (value === undefined) return undefined;
    return [{ kind: 'described', descriptor: descriptor[0], value: value[0] }, value[1]];
  }
  if (code === 0x45) return [{ kind: 'list', items: [] }, at + 1];
  const width = widthOf(code);
  if (width !== undefined) return leaf(bytes, code, at + 1, at + 1 + width);
  const wide = (code >>> 4) % 2 === 1;
  const start = at + (wide ? 5 : 2);
  if (code < 0xa0 || start > bytes.length) return undefined;
  const size = wide ? bytes.readUInt32BE(at + 1) : bytes.readUInt8(at + 1);
  const end = start + size;
  if (end > bytes.length) return undefined;
  if (code >>> 4 !== 0xc && code >>> 4 !== 0xd) return leaf(bytes, code, start, end);
  const items: Node[] = [];
  for (let next = start + (wide ? 4 : 1); next < end; ) {
    const item = readNode(bytes, next);
    if (item === undefined || item[1] > end) return undefined;
    items.push(item[0]);
    next = item[1];
  }
  return [{ kind: code % 16 === 0 ? 'list' : 'map', items }, end];
}

function leaf(bytes: Buffer, code: number, start: number, end: number): [Node, number] | undefined {
  if (end > bytes.length) return undefined;
  return [{ kind: 'leaf', code, data: bytes.subarray(start, end) }, end];
}

/** Reads values one after the other; undefined if anything is left over. */
export function readNodes(bytes: Buffer, from = 0): Node[] | undefined {
  const nodes: Node[] = [];
  for (let at = from; at < bytes.length; ) {
    const node = readNode(bytes, at);
    if (node === undefined) return undefined;
    nodes.push(node[0]);
    at = node[1];
  }
  return nodes;
}

/** Copies a tree, but not the data of its leaves, which is never written to. */
export function copyNode(node: Node): Node {
  switch (node.kind) {
    case 'leaf':
      return { ...node };
    case 'described':
      return { ...node, descriptor: copyNode(node.descriptor), value: copyNode(node.value) };
    default:
      return { ...node, items: node.items.map(copyNode) };
  }
}

/** Bytes that grow while they are written. */
export class Writer {
  #bytes: Buffer = Buffer.allocUnsafeSlow(64 * 1024);
  length = 0;

  /** What was written since `start`, copied; what comes next begins there again. */
  take(start = 0): Buffer {
    const taken = Buffer.from(this.#bytes.subarray(start, this.length));
    this.length = start;
    return taken;
  }

  raw(bytes: Buffer): void {
    this.#room(bytes.length);
    bytes.copy(this.#bytes, this.length);
    this.length += bytes.length;
  }

  byte(value: number): void {
    this.#room(1);
    this.#bytes[this.length++] = value;
  }

  uint(value: number): void {
    this.#room(4);
    this.#bytes.writeUInt32BE(value >>> 0, this.length);
    this.length += 4;
  }

  /** Writes over four bytes from before. */
  patch(at: number, value: number): void {
    this.#bytes.writeUInt32BE(value >>> 0, at);
  }

  node(node: Node): void {
    switch (node.kind) {
      case 'leaf':
        this.#leaf(node.code, node.data);
        return;
      case 'described':
        this.byte(0);
        this.node(node.descriptor);
        this.node(node.value);
        return;
      default:
        this.#compound(node.kind, node.items);
    }
  }

  #leaf(code: number, data: Buffer): void {
    if (widthOf(code) !== undefined) {
      this.byte(code);
    } else if ((code >>> 4) % 2 === 0 && data.length <= 0xff) {
      this.byte(code);
      this.byte(data.length);
    } else {
      this.byte(code | 0x10);
      this.uint(data.length);
    }
    this.raw(data);
  }

  #compound(kind: 'list' | 'map', items: readonly Node[]): void {
    if (kind === 'list' && items.length === 0) {
      this.byte(0x45);
      return;
    }
    this.byte(kind === 'list' ? 0xd0 : 0xd1);
    const start = this.length;
    this.uint(0);
    this.uint(items.length);
    for (const item of items) this.node(item);
    this.patch(start, this.length - start - 4);
  }

  #room(count: number): void {
    if (this.length + count <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(2 * (this.length + count));
    this.#bytes.copy(larger, 0, 0, this.length);
    this.#bytes = larger;
  }
}
