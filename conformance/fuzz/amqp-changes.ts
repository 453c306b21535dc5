// Changes of single values of AMQP: other types, other numbers and words, too many of them, too deep.
// [AMQP 1.2, 1.6]

import { copyNode, type Node, widthOf } from './amqp-tree.ts';
import type { Dice } from './dice.ts';

export const NULL_CODE = 0x40;
export const TRUE_CODE = 0x41;
/** Every constructor of the specification, and some that are none. [AMQP 1.6] */
const CODES: readonly number[] = [
  ...[0x40, 0x41, 0x42, 0x43, 0x44, 0x45, 0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x60, 0x61],
  ...[0x70, 0x71, 0x72, 0x73, 0x74, 0x80, 0x81, 0x82, 0x83, 0x84, 0x94, 0x98, 0xa0, 0xa1, 0xa3],
  ...[0xb0, 0xb1, 0xb3, 0xc0, 0xc1, 0xd0, 0xd1, 0xe0, 0xf0, 0x46, 0x57, 0xa2, 0xff],
];
/** Descriptors of performatives, states, ends of links, sections and SASL. */
const DESCRIPTORS: readonly number[] = [
  ...[0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x1d, 0x23, 0x24, 0x25, 0x26, 0x27],
  ...[0x28, 0x29, 0x2b, 0x2c, 0x2d, 0x2e, 0x30, 0x31, 0x32, 0x33, 0x34, 0x40, 0x41, 0x42, 0x43],
  ...[0x44, 0x70, 0x71, 0x72, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x00, 0xff],
];
const WORDS: readonly string[] = [
  ...['queue', 'topic', 'temporary-queue', 'temporary-topic', 'shared', 'global', 'copy', 'move'],
  ...['q', 't', 't.>', 't.*', '$management', 'queue://q', '/queues/q', '/queues/%zz', 't::s', ''],
  ...[
    'link-detach',
    'session-end',
    'connection-close',
    'never',
    'amqp:accepted:list',
    'lifetime-policy',
  ],
  ...['amqp:local-transactions', 'x-opt-jms-dest', 'x-opt-jms-msg-type', 'x-opt-delivery-time'],
  ...['x-opt-delivery-delay', '_AMQ_DUPL_ID', 'JMSXGroupID', 'operation', 'READ', 'PURGE', 'QUERY'],
  ...["a LIKE '%x' AND n > 5", 'a = 1 OR', '((((((((((1=1))))))))))', 'ID:x', '\u{10ffff}', '\0'],
];
const LENGTHS: readonly number[] = [0, 1, 2, 31, 32, 33, 255, 256, 257, 1024, 1025, 20_000];
const NUMBERS: readonly number[] = [0, 1, 2, 3, 4, 255, 256, 65_535, 0x7fff_ffff, 0x8000_0000];

/** A place in a tree: the node there, and how to put another in its stead. */
export interface Place {
  readonly node: Node;
  readonly put: (node: Node) => void;
}

/** The place of one of many. */
export function placeAt(around: Node[], at: number): Place {
  const put = (other: Node): void => {
    around[at] = other;
  };
  return { node: around[at] ?? constant(NULL_CODE), put };
}

/** Changes something at a place or below it; `stranger` is a value from elsewhere. */
export function change(root: Place, stranger: Node | undefined, dice: Dice): void {
  let place = root;
  // The deeper a place, the more of the tree around it still makes sense.
  for (let deeper = 4; deeper > 0 && dice.roll(12) > 0; deeper--) {
    const below = placesIn(place.node);
    if (below.length === 0) break;
    place = dice.pick(below);
  }
  place.put(changed(place.node, stranger, dice));
}

function placesIn(node: Node): Place[] {
  if (node.kind === 'leaf') return [];
  if (node.kind !== 'described') return node.items.map((_, at) => placeAt(node.items, at));
  const putValue = (other: Node): void => {
    node.value = other;
  };
  const putDescriptor = (other: Node): void => {
    node.descriptor = other;
  };
  const value = { node: node.value, put: putValue };
  // To change the descriptor hides all below, so it is done less often.
  return [value, value, value, { node: node.descriptor, put: putDescriptor }];
}

function changed(node: Node, stranger: Node | undefined, dice: Dice): Node {
  switch (dice.roll(10)) {
    case 0:
      return constant(NULL_CODE);
    case 1:
      return nested(node, dice);
    case 2:
      return stranger === undefined ? node : copyNode(inside(stranger, dice));
    case 3:
      return anything(dice);
    default:
      break;
  }
  if (node.kind === 'leaf') return changedLeaf(node, dice);
  if (node.kind === 'described') {
    return { ...node, descriptor: number(0x53, dice.pick(DESCRIPTORS)) };
  }
  changeItems(node.items, dice);
  return node;
}

function inside(node: Node, dice: Dice): Node {
  let found = node;
  for (let deeper = dice.roll(4); deeper > 0; deeper--) {
    const below = placesIn(found);
    if (below.length === 0) break;
    found = dice.pick(below).node;
  }
  return found;
}

/** Puts a value into lists, arrays or descriptions, once or too often. */
function nested(node: Node, dice: Dice): Node {
  let around = node;
  const kind = dice.roll(3);
  for (let depth = dice.pick([1, 1, 2, 33, 100]); depth > 0; depth--) {
    if (kind === 0) around = { kind: 'list', items: [around] };
    else if (kind === 1) around = { kind: 'map', items: [text(0xa3, 'k'), around] };
    else around = { kind: 'described', descriptor: number(0x53, 0x25), value: around };
  }
  return around;
}

function changeItems(items: Node[], dice: Dice): void {
  const at = dice.roll(Math.max(1, items.length));
  const item = items[at] ?? constant(NULL_CODE);
  switch (dice.roll(7)) {
    case 0:
      items.splice(at, 1);
      return;
    case 1:
      items.splice(at, 0, copyNode(item));
      return;
    case 2:
      items.splice(at, 0, constant(NULL_CODE));
      return;
    case 3:
      items.length = at;
      return;
    case 4: {
      const other = dice.roll(Math.max(1, items.length));
      items[at] = items[other] ?? item;
      items[other] = item;
      return;
    }
    case 5:
      for (let count = dice.pick([1, 20, 300]); count > 0; count--) items.push(copyNode(item));
      return;
    default:
      items.push(text(0xa3, dice.pick(WORDS)), anything(dice));
  }
}

function changedLeaf(leaf: Node & { kind: 'leaf' }, dice: Dice): Node {
  const { code, data } = leaf;
  if (code === 0x41 || code === 0x42) return constant(code ^ 3);
  if (code >= 0xe0) return array(dice);
  if (code >= 0xa0) {
    switch (dice.roll(4)) {
      case 0:
        return { ...leaf, data: repeated(data, dice.pick(LENGTHS)) };
      case 1:
        return { ...leaf, data: Buffer.concat([data, Buffer.of(dice.roll(256))]) };
      default:
        return text(code, dice.pick(WORDS));
    }
  }
  if (dice.roll(3) > 0 && data.length > 0) {
    const near = data.readUIntBE(0, Math.min(6, data.length)) + dice.pick([-1, 1, 2, 100]);
    return number(code, dice.roll(2) === 0 ? near : dice.pick(NUMBERS));
  }
  return { ...leaf, data: Buffer.alloc(data.length, dice.pick([0, 0x7f, 0x80, 0xff])) };
}

/** A value of any type, mostly small. */
function anything(dice: Dice): Node {
  const code = dice.pick(CODES);
  if (code >= 0xe0) return array(dice);
  if (code >= 0xc0) return { kind: code % 16 === 0 ? 'list' : 'map', items: [anything(dice)] };
  if (code >= 0xa0) return text(code, dice.pick(WORDS));
  return number(code, dice.pick(NUMBERS));
}

/** An array that claims some number of elements, of which few are there. */
function array(dice: Dice): Node {
  const count = dice.pick([0, 1, 2, 100, 5000, 0x7fff_ffff, 0xffff_ffff]);
  const data = Buffer.alloc(5 + dice.roll(16));
  data.writeUInt32BE(count, 0);
  data[4] = dice.pick(CODES);
  return { kind: 'leaf', code: 0xf0, data };
}

/** A value that is its constructor. */
export function constant(code: number): Node {
  return { kind: 'leaf', code, data: Buffer.alloc(0) };
}

function text(code: number, word: string): Node {
  return { kind: 'leaf', code, data: Buffer.from(word) };
}

function number(code: number, value: number): Node {
  const width = widthOf(code) ?? 1;
  const data = Buffer.alloc(width);
  if (width >= 4) data.writeUInt32BE(value >>> 0, width - 4);
  else if (width > 0) data.writeUIntBE(value & (width === 1 ? 0xff : 0xffff), 0, width);
  return { kind: 'leaf', code, data };
}

function repeated(data: Buffer, length: number): Buffer {
  return Buffer.alloc(length, data.length === 0 ? 'x' : data);
}
