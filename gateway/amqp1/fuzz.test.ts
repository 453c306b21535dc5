// Conversations nobody means: frames in any order, some of them damaged, cut anywhere. Whatever comes,
// no exception leaves the engine, what the peer had goes back, and its neighbour notices nothing.
//
// The seed of a failing run is in its message; FUZZ_RUNS says how many conversations (default 1500).

import test from 'ava';
import { Users } from '../auth.ts';
import { encodeValue } from './encoder.ts';
import { rawBench } from './raw-bench.test-kit.ts';
import {
  begin,
  close,
  credit,
  detach,
  end,
  flow,
  HEADER,
  inTransaction,
  message,
  messageTo,
  messageWith,
  open,
  rawFrame,
  receiver,
  SASL_HEADER,
  sender,
  settle,
  source,
  target,
  textOf,
  transfer,
} from './raw-peer.test-kit.ts';
import { lifetimePolicyValue } from './terminus.ts';
import { described, NULL, string, symbol, uint, type Value } from './types.ts';

/** Numbers from a seed: the same seed, the same conversation. */
function randomOf(seed: number): (below: number) => number {
  let state = seed | 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

function command(code: number, ...fields: Value[]): Buffer {
  return encodeValue(described(0x77, described(code, { type: 'list', value: fields })));
}

const TXN = Buffer.from('0000000000000001', 'hex');
const NODE = new Map([['lifetime-policy', lifetimePolicyValue('delete-on-no-messages')]]);
const SELECTOR = new Map([['f', described(0x468c_0000_0004, string("n > 1 OR a LIKE '%x'"))]]);
const TAGS: Value = { type: 'map', value: [[{ type: 'binary', value: TXN }, NULL]] };
const LASTING = { durable: 2, expiryPolicy: 'never' };
const bytes = message('m'.repeat(50), { durable: true, ttl: 1000 });

const EMPTY = Buffer.from([0, 0, 0, 8, 2, 0, 0, 0]);

/** Mostly the one that has a session. */
function channel(random: (below: number) => number): number {
  return random(10) === 0 ? random(3) : 0;
}

/** What a sensible peer begins with, so that there is something to go wrong. */
function beginning(random: (below: number) => number): Buffer[] {
  const durable = random(2) === 0 ? LASTING : {};
  return [
    sender({ handle: 0, rcvSettleMode: random(2), target: target('q') }),
    sender({ handle: 1, name: 'c', target: { kind: 'coordinator', capabilities: [] } }),
    sender({
      handle: 2,
      name: 'm',
      target: target(random(2) === 0 ? '$management' : 't', 'topic'),
    }),
    receiver({ handle: 3, source: source('q', durable), sndSettleMode: random(3) }),
    receiver({
      handle: 4,
      name: 'd',
      source: source('t', { ...durable, capabilities: ['topic'] }),
    }),
    transfer(0, command(0x31), { handle: 1 }),
    credit(random(20), { handle: 3 }),
    credit(random(20), { handle: 4 }),
    begin(1),
  ].filter(() => random(8) > 0);
}

/** What a peer may say; handles 0 to 3 are senders and receivers of every kind. */
const PHRASES: readonly ((random: (below: number) => number) => Buffer)[] = [
  (r) => begin(channel(r), { incomingWindow: r(2) * 5 + 1 }),
  (r) => end(r(8) === 0 ? 0 : 1),
  (r) => (r(6) === 0 ? close() : end(2)),
  (r) => detach(r(5), r(2) === 0, channel(r)),
  (r) => sender({ handle: r(3), rcvSettleMode: r(2), target: target('q') }),
  (r) => sender({ handle: r(3), name: `s${r(3)}`, target: { kind: 'target', dynamic: true } }),
  (r) =>
    sender({
      handle: r(3),
      name: 'n',
      target: { kind: 'target', dynamic: true, dynamicNodeProperties: NODE },
    }),
  (r) => sender({ handle: r(3), name: 'a', target: { kind: 'target' } }),
  (r) => sender({ handle: r(3), name: 'c', target: { kind: 'coordinator', capabilities: [] } }),
  (r) => sender({ handle: r(3), name: 'm', target: target('$management') }),
  (r) =>
    sender({
      handle: r(3),
      rcvSettleMode: 1,
      unsettled: TAGS,
      target: { kind: 'target', address: 'q', ...LASTING },
    }),
  (r) => receiver({ handle: r(5), sndSettleMode: r(3), rcvSettleMode: r(2) }),
  (r) => receiver({ handle: r(5), name: 'd', source: source('t', { ...LASTING }) }),
  (r) => receiver({ handle: r(5), name: 'k', unsettled: TAGS, source: source('q', LASTING) }),
  (r) => receiver({ handle: r(5), name: 'd', source: undefined as never }),
  (r) => receiver({ handle: r(5), name: 'b', source: source('q', { distributionMode: 'copy' }) }),
  (r) => receiver({ handle: r(5), name: 'f', source: source('q', { filter: SELECTOR }) }),
  (r) => receiver({ handle: r(5), name: 'y', source: { kind: 'source', dynamic: true } }),
  (r) => receiver({ handle: r(5), name: 'g', source: source('$management') }),
  (r) => receiver({ handle: r(5), source: source('t', { capabilities: ['topic', 'shared'] }) }),
  (r) => credit(r(10), { handle: r(5), drain: r(3) === 0, echo: r(3) === 0 }, channel(r)),
  (r) => flow({ incomingWindow: r(10), nextIncomingId: r(4), echo: r(2) === 0 }, channel(r)),
  (r) => transfer(r(20), bytes, { handle: r(3), settled: r(2) === 0 }),
  (r) => transfer(r(20), bytes, { handle: r(3), tag: TXN, resume: r(2) === 0, more: r(3) === 0 }),
  (r) => transfer(undefined, bytes, { handle: r(3), more: r(2) === 0, aborted: r(3) === 0 }),
  (r) => transfer(r(20), messageTo('q', r(5), 'x'), { handle: r(3) }),
  (r) => transfer(r(20), messageTo(undefined, r(5), 'x'), { handle: r(3), settled: r(2) === 0 }),
  (r) => transfer(r(20), command(0x31), { handle: r(3) }),
  (r) => transfer(r(20), command(0x32, { type: 'binary', value: TXN }), { handle: r(3) }),
  (r) => transfer(r(20), bytes, { handle: r(3), state: inTransaction(TXN) }),
  (r) =>
    transfer(r(20), messageWith({ operation: string('READ'), name: string('q') }, ''), {
      handle: r(3),
    }),
  (r) =>
    settle(r(5), r(9), ['accepted', 'rejected', 'released', 'modified'][r(4)] as never, r(2) === 0),
  (r) => settle(r(5), r(9), inTransaction(TXN, described(0x24, { type: 'list', value: [] }))),
  (r) => settle(0, 20, undefined, true, channel(r), 'sender'),
  (r) => rawFrame(channel(r), 0x10 + r(12), [uint(r(5)), NULL, symbol('x'), string('y')]),
  () => Buffer.from([0, 0, 0, 8, 2, 0, 0, 0]),
  (r) => (r(10) === 0 ? HEADER : EMPTY),
];

/** Damages a frame: some bytes are others, or its end is missing and its size says so. */
function damage(frame: Buffer, random: (below: number) => number): Buffer {
  const copy = Buffer.from(frame);
  if (random(4) === 0 && copy.length > 9) {
    const cut = copy.subarray(0, 8 + random(copy.length - 8));
    cut.writeUInt32BE(cut.length, 0);
    return cut;
  }
  // The size mostly stays, or all that follows would only be refused.
  const from = random(10) === 0 ? 0 : Math.min(8, copy.length - 1);
  for (let count = 1 + random(3); count > 0; count--) {
    const at = from + random(copy.length - from);
    copy[at] = random(3) === 0 ? random(256) : (copy[at] ?? 0) ^ (1 << random(8));
  }
  return copy;
}

function conversation(random: (below: number) => number): Buffer[] {
  const small = random(4) === 0 ? { maxFrameSize: 600 } : {};
  const frames = [HEADER, open({ containerId: `c${random(2)}`, ...small }), begin()];
  if (random(5) > 0) frames.push(...beginning(random));
  for (let count = random(40); count > 0; count--) {
    const frame = PHRASES[random(PHRASES.length)]?.(random) ?? HEADER;
    frames.push(random(12) === 0 ? damage(frame, random) : frame);
  }
  if (random(10) === 0) frames[0] = SASL_HEADER;
  const stream = Buffer.concat(frames);
  if (random(3) > 0) return frames;
  const chunks: Buffer[] = [];
  for (let at = 0; at < stream.length; ) {
    const next = at + 1 + random(100);
    chunks.push(stream.subarray(at, next));
    at = next;
  }
  return chunks;
}

test('[AMQP 2] conversations that nobody means harm nobody else', (t) => {
  const runs = Number(process.env['FUZZ_RUNS'] ?? 1500);
  const first = Number(process.env['FUZZ_SEED'] ?? 1);
  let bench = rawBench(new Users());
  for (let seed = first; seed < first + runs; seed++) {
    if (seed % 200 === 0) bench = rawBench(new Users());
    const { broker, host, dial, enter } = bench;
    const random = randomOf(seed * 2_654_435_761);
    const neighbour = enter().say(
      sender({ target: target('own') }),
      receiver({ source: source('own') }),
      credit(1),
    );
    neighbour.hear();
    const peer = dial();
    try {
      for (const chunk of conversation(random)) {
        peer.say(chunk);
        if (random(20) === 0) host.advance(random(2000));
      }
      if (random(2) === 0) peer.cut();
      else peer.say(close());
      neighbour.say(transfer(0, message(`${seed}`)));
    } catch (error) {
      t.fail(`FUZZ_SEED=${seed} FUZZ_RUNS=1: ${(error as Error).stack}`);
      return;
    }
    const came = neighbour.hearOnly('transfer').map(({ payload }) => textOf(payload));
    if (came[0] !== `${seed}`) return t.fail(`FUZZ_SEED=${seed}: the neighbour got ${came}`);
    neighbour.say(settle(0, 0, 'accepted'), close());
    peer.engine.closed();
    host.settle();
    // Only links that may come back have a connection of their own.
    const left = [...broker.connections()].filter(
      ({ options }) => !options.peer.startsWith('detached links'),
    );
    if (left.length > 0) return t.fail(`FUZZ_SEED=${seed}: ${left.length} connections are left`);
  }
  t.pass();
});
