import test from 'ava';
import { Broker, DEFAULT_HEADER, Message, nodeHost, Outcome, VirtualClock } from '#broker';
import { ORDERS, plain } from './bench.test-kit.ts';

interface Scene {
  readonly clock: VirtualClock;
  readonly broker: Broker;
  /** What came, with the minutes of message time since the start. */
  readonly came: string[];
  readonly send: (text: string, times: { expiresIn?: number; deliverIn?: number }) => void;
  readonly consume: (outcome: Outcome) => void;
}

const MINUTE = 60_000;

function scene(redeliveryDelayMs = 0): Scene {
  const clock = new VirtualClock(nodeHost());
  const broker = new Broker(clock, { settings: { '>': { redeliveryDelayMs, maxDeliveries: 3 } } });
  const connection = broker.connect({ protocol: 'vm', peer: 'test' });
  const producer = connection.openProducer(ORDERS);
  const startMs = clock.messageTimeMs();
  const came: string[] = [];
  const send: Scene['send'] = (text, { expiresIn, deliverIn }) => {
    const header = {
      ...DEFAULT_HEADER,
      expiresAt: expiresIn === undefined ? 0 : startMs + expiresIn,
      deliverAt: deliverIn === undefined ? 0 : startMs + deliverIn,
    };
    producer.send(new Message(plain, header, Buffer.from(text), 0, text.length, false));
  };
  const consume = (outcome: Outcome) => {
    const consumer = connection.openConsumer(ORDERS, {
      deliver: (message, entry) => {
        came.push(`${message.bytes()} ${(clock.messageTimeMs() - startMs) / MINUTE}`);
        // As a gateway would: not from inside the dispatch phase.
        clock.afterPoll(() => consumer.settle(entry, outcome));
      },
      drained: () => {},
    });
    consumer.setCredit(100_000);
  };
  return { clock, broker, came, send, consume };
}

test('message time stands still; an advance ends when all that is due has happened', async (t) => {
  const { clock, came, send, consume } = scene();
  const before = clock.messageTimeMs();
  send('late', { deliverIn: 3 * MINUTE });
  send('soon', { deliverIn: MINUTE });
  send('never', { deliverIn: 5 * MINUTE });
  consume(Outcome.accepted);
  t.is(clock.messageTimeMs(), before);
  t.is(await clock.advance(4 * MINUTE), before + 4 * MINUTE);
  t.deepEqual(came, ['soon 1', 'late 3']);
  t.is(clock.messageTimeMs(), before + 4 * MINUTE);
});

test('what comes due because of what came due happens on the way, at its own time', async (t) => {
  const { clock, broker, came, send, consume } = scene(MINUTE);
  send('poison', { deliverIn: MINUTE });
  consume(Outcome.failed);
  await clock.advance(10 * MINUTE);
  t.deepEqual(came, ['poison 1', 'poison 2', 'poison 3']);
  t.is(broker.find({ kind: 'queue', name: 'DLQ' })?.messages, 1);
});

test('advances wait for one another', async (t) => {
  const { clock, came, send, consume } = scene();
  send('one', { deliverIn: MINUTE });
  send('two', { deliverIn: 2 * MINUTE });
  consume(Outcome.accepted);
  const ends = await Promise.all([clock.advance(MINUTE), clock.advance(MINUTE)]);
  t.is((ends[1] ?? 0) - (ends[0] ?? 0), MINUTE);
  t.deepEqual(came, ['one 1', 'two 2']);
});

test('more that is due at once than fits in one call happens before the advance ends', async (t) => {
  const { clock, broker, came, send, consume } = scene();
  for (let n = 0; n < 10_000; n++) send('x', { deliverIn: MINUTE });
  for (let n = 0; n < 10_000; n++) send('y', { deliverIn: 2 * MINUTE, expiresIn: 2 * MINUTE });
  consume(Outcome.accepted);
  await clock.advance(2 * MINUTE);
  t.is(came.length, 10_000);
  t.is(broker.find({ kind: 'queue', name: 'ExpiryQueue' })?.messages, 10_000);
});

test('what is due when it is set needs no advance', async (t) => {
  const { clock, broker, send } = scene();
  send('x', { expiresIn: 0 });
  await clock.advance(0);
  t.is(broker.find({ kind: 'queue', name: 'ExpiryQueue' })?.messages, 1);
});

test('an alarm that was cancelled does not ring, and transport time is not touched', async (t) => {
  const clock = new VirtualClock(nodeHost());
  const rung: string[] = [];
  clock.messageAlarm(clock.messageTimeMs() + 1, () => rung.push('cancelled'))();
  clock.messageAlarm(clock.messageTimeMs(), () => rung.push('cancelled'))();
  clock.messageAlarm(clock.messageTimeMs() + 2, () => rung.push('rung'));
  const cancel = clock.timer(MINUTE, () => rung.push('timer'));
  const before = clock.transportTimeMs();
  await clock.advance(100 * MINUTE);
  t.deepEqual(rung, ['rung']);
  t.true(clock.transportTimeMs() - before < 50 * MINUTE);
  cancel();
});

test('the shift of an arriving time is virtual less real', async (t) => {
  const real = { ...nodeHost(), messageTimeMs: () => 5_000 };
  const clock = new VirtualClock(real);
  t.is(clock.arrivalShiftMs(), 0);
  await clock.advance(MINUTE);
  t.is(clock.arrivalShiftMs(), MINUTE);
});
