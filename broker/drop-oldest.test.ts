// A queue that drops its oldest against a list: what is out is not dropped, what came back is.

import test from 'ava';
import fc from 'fast-check';
import { Broker, DEFAULT_HEADER, ManualHost, Message, Outcome, type WireFormat } from './index.ts';

const format: WireFormat = {
  name: 'test',
  view: () => {
    throw new Error('nobody looks');
  },
  encode: () => Buffer.alloc(0),
};
const MOST = 5;

const step = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ kind: 'send' as const, which: 0 }) },
  fc.record({ kind: fc.constant('take' as const), which: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ kind: fc.constant('release' as const), which: fc.nat(9) }),
  fc.record({ kind: fc.constant('accept' as const), which: fc.nat(9) }),
);

test('drop-oldest drops the oldest that waits, whatever was out and came back', (t) => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 5, maxLength: 80 }), (steps) => {
      const host = new ManualHost();
      const broker = new Broker(host, {
        settings: { '>': { messagesMax: MOST, whenFull: 'drop-oldest' } },
      });
      const connection = broker.connect({ protocol: 'test', peer: 'here' });
      const address = { kind: 'queue', name: 'q' } as const;
      const producer = connection.openProducer(address);
      const out: { readonly number: number; readonly entry: number }[] = [];
      const consumer = connection.openConsumer(address, {
        deliver: ({ start }, entry) => out.push({ number: start, entry }),
        drained: () => {},
      });
      let waiting: number[] = [];
      let expectedOut: number[] = [];
      let sent = 0;
      for (const { kind, which } of steps) {
        if (kind === 'send') {
          // Its place in the slab is its number.
          producer.send(new Message(format, DEFAULT_HEADER, Buffer.alloc(0), ++sent, sent, false));
          waiting.push(sent);
          while (waiting.length + expectedOut.length > MOST && waiting.length > 0) waiting.shift();
        } else if (kind === 'take') {
          consumer.setCredit(which);
          expectedOut.push(...waiting.splice(0, which));
        } else if (out.length > 0) {
          const [one] = out.splice(which % out.length, 1);
          if (one === undefined) continue;
          consumer.settle(one.entry, kind === 'accept' ? Outcome.accepted : Outcome.released);
          expectedOut = expectedOut.filter((number) => number !== one.number);
          if (kind === 'release') waiting = [...waiting, one.number].sort((a, b) => a - b);
        }
        host.settle();
        consumer.setCredit(0);
        t.deepEqual(
          out.map(({ number }) => number).sort((a, b) => a - b),
          expectedOut.toSorted((a, b) => a - b),
        );
        t.is(broker.find(address)?.statistics().ready, waiting.length);
      }
    }),
    { numRuns: 300 },
  );
});
