// Producers: destinations, options, delay, and sends that do not wait. [JMS 7]

import assert from 'node:assert/strict';
import {
  type CompletionListener,
  DeliveryMode,
  IllegalArgumentException,
  IllegalStateException,
  InvalidDestinationException,
  JMSException,
  type Message,
  MessageFormatException,
  UnsupportedOperationException,
} from 'angelia/jms';
import { type Case, rule } from './case.ts';
import {
  after,
  later,
  next,
  nextText,
  nextTexts,
  nothing,
  refuses,
  round,
  textOf,
} from './fixture.ts';

const addressing: readonly Case[] = [
  rule('7.1', 'a producer without a destination says it with each send', async (f) => {
    const session = await f.session();
    const producer = await session.createProducer(null);
    assert.equal(producer.getDestination(), null);
    const queues = [session.createQueue(f.name()), session.createQueue(f.name())];
    for (const queue of queues) await producer.send(queue, session.createTextMessage(`${queue}`));
    for (const queue of queues) {
      assert.equal(await nextText(await session.createConsumer(queue)), `${queue}`);
    }
  }),
  rule('7.1', 'all forms of send, with and without a destination', async (f) => {
    const { session, producer, consumer, destination } = await f.line();
    const free = await session.createProducer(null);
    const text = (word: string) => session.createTextMessage(word);
    // One by one: messages of different modes may overtake each other. [JMS 6.2.9.2]
    const came = async (word: string, mode: number): Promise<void> => {
      const message = await next(consumer);
      assert.equal(textOf(message), word);
      assert.equal(message.getJMSDeliveryMode(), mode);
    };
    await producer.send(text('1'));
    await came('1', DeliveryMode.PERSISTENT);
    await producer.send(text('2'), DeliveryMode.NON_PERSISTENT, 4, 60_000);
    await came('2', DeliveryMode.NON_PERSISTENT);
    await free.send(destination, text('3'));
    await came('3', DeliveryMode.PERSISTENT);
    await free.send(destination, text('4'), DeliveryMode.NON_PERSISTENT, 4, 60_000);
    await came('4', DeliveryMode.NON_PERSISTENT);
  }),
  rule('7.1', 'the wrong form is an UnsupportedOperationException', async (f) => {
    const { session, producer, destination } = await f.line();
    const free = await session.createProducer(null);
    const message = session.createMessage();
    const no = UnsupportedOperationException;
    await refuses(no, () => producer.send(destination, message));
    await refuses(no, () => producer.send(destination, message, 2, 4, 0));
    await refuses(no, () => free.send(message));
    await refuses(no, () => free.send(message, 2, 4, 0));
  }),
  rule('7.1', 'getDestination returns what createProducer was given', async (f) => {
    const { producer, destination } = await f.line();
    assert.equal(producer.getDestination(), destination);
  }),
  rule('7.1', 'what is no message is a MessageFormatException', async (f) => {
    const { producer } = await f.line();
    for (const wrong of [null, undefined, {}, 'text']) {
      await refuses(MessageFormatException, () => producer.send(wrong as never));
    }
  }),
];

const options: readonly Case[] = [
  rule('7.4', 'options hold for all sends until they are changed', async (f) => {
    const { session, producer, consumer } = await f.line();
    producer.setDeliveryMode(DeliveryMode.NON_PERSISTENT);
    producer.setPriority(7);
    producer.setTimeToLive(60_000);
    assert.equal(producer.getDeliveryMode(), 1);
    assert.equal(producer.getPriority(), 7);
    assert.equal(producer.getTimeToLive(), 60_000);
    for (let n = 0; n < 2; n++) {
      await producer.send(session.createMessage());
      const message = await next(consumer);
      assert.equal(message.getJMSDeliveryMode(), 1);
      assert.equal(message.getJMSPriority(), 7);
      assert.ok(message.getJMSExpiration() > 0);
    }
  }),
  rule('7.4', 'what a send says is for that send alone', async (f) => {
    const { session, producer, consumer } = await f.line();
    await producer.send(session.createMessage(), 1, 9, 60_000);
    await producer.send(session.createMessage());
    assert.equal((await next(consumer)).getJMSPriority(), 9);
    const second = await next(consumer);
    assert.equal(second.getJMSPriority(), 4);
    assert.equal(second.getJMSDeliveryMode(), 2);
    assert.equal(second.getJMSExpiration(), 0);
  }),
  rule('7.7', 'delivery modes, priorities and times out of range are JMSExceptions', async (f) => {
    const { session, producer } = await f.line();
    const message = session.createMessage();
    for (const wrong of [
      () => producer.setDeliveryMode(0 as never),
      () => producer.setDeliveryMode(3 as never),
      () => producer.setPriority(-1),
      () => producer.setPriority(10),
      () => producer.setPriority(4.5),
      () => producer.setTimeToLive(-1),
      () => producer.setTimeToLive(Number.NaN),
      () => producer.setDeliveryDelay(-1),
      () => producer.send(message, 3 as never, 4, 0),
      () => producer.send(message, 2, 10, 0),
      () => producer.send(message, 2, 4, -1),
    ]) {
      await refuses(JMSException, wrong);
    }
    assert.equal(producer.getPriority(), 4);
  }),
  rule('7.2', 'a closed producer refuses, and closes twice', async (f) => {
    const { session, producer } = await f.line();
    await producer.close();
    await producer.close();
    await producer[Symbol.asyncDispose]();
    await refuses(IllegalStateException, () => producer.send(session.createMessage()), /closed/);
    await refuses(IllegalStateException, () => producer.getPriority());
    await refuses(IllegalStateException, () => producer.getDeliveryDelay());
  }),
  rule('7.2', 'a closed producer’s messages arrive', async (f) => {
    const { producer, consumer, send } = await f.line();
    await send('x');
    await producer.close();
    assert.equal(await nextText(consumer), 'x');
  }),
  rule('7.2', 'closing the producer waits for its sends', async (f) => {
    const { session, producer, consumer } = await f.line();
    let confirmed = 0;
    for (let n = 0; n < 10; n++) {
      void producer.send(session.createTextMessage(`${n}`)).then(() => confirmed++);
    }
    await producer.close();
    await round();
    assert.equal(confirmed, 10);
    assert.equal((await nextTexts(consumer, 10)).length, 10);
  }),
];

const delayed = (title: string, run: Case['run'], ...needs: Case['needs']): Case =>
  rule('7.9', title, run, 'delivery-delay', ...needs);

const delays: readonly Case[] = [
  delayed('a message is not delivered before its delivery time', async (f) => {
    const { session, producer, consumer } = await f.line();
    // Should the machine be too slow to look before it is due: again, with more time.
    for (let delay = 40; ; delay *= 3) {
      producer.setDeliveryDelay(delay);
      assert.equal(producer.getDeliveryDelay(), delay);
      const message = session.createTextMessage('x');
      await producer.send(message);
      const early = await consumer.receiveNoWait();
      const looked = Date.now() < message.getJMSDeliveryTime();
      if (early === null) await next(consumer);
      assert.ok(Date.now() >= message.getJMSDeliveryTime());
      if (!looked) continue;
      assert.equal(early, null);
      return;
    }
  }),
  delayed('one with a delay lets others pass', async (f) => {
    const { session, producer, consumer } = await f.line();
    for (let delay = 30; ; delay *= 3) {
      producer.setDeliveryDelay(delay);
      const late = session.createTextMessage('late');
      await producer.send(late);
      producer.setDeliveryDelay(0);
      await producer.send(session.createTextMessage('now'));
      const inTime = Date.now() < late.getJMSDeliveryTime();
      const order = await nextTexts(consumer, 2);
      if (!inTime) continue;
      assert.deepEqual(order, ['now', 'late']);
      return;
    }
  }),
  delayed('delays come due in the order of their times', async (f) => {
    const { session, producer, consumer } = await f.line();
    // Should the machine be too slow to send them before the first is due: again, with more time.
    for (let unit = 10; ; unit *= 3) {
      const times: number[] = [];
      for (const delay of [3 * unit, unit, 2 * unit]) {
        producer.setDeliveryDelay(delay);
        const message = session.createTextMessage(`${delay / unit}`);
        await producer.send(message);
        times.push(message.getJMSDeliveryTime());
      }
      const [third = 0, first = 0, second = 0] = times;
      const inTime = Date.now() < first && first < second && second < third;
      const order = await nextTexts(consumer, 3);
      if (!inTime) continue;
      assert.deepEqual(order, ['1', '2', '3']);
      return;
    }
  }),
  delayed('a subscription made before the send gets it, one made after does not', async (f) => {
    const { session, producer, consumer, destination } = await f.topicLine();
    producer.setDeliveryDelay(30);
    await producer.send(session.createTextMessage('x'));
    const other = await session.createConsumer(destination);
    assert.equal(await nextText(consumer), 'x');
    await nothing(other);
  }),
  delayed(
    'in a transaction, the delay counts from the send',
    async (f) => {
      const session = await f.session(0);
      const producer = await session.createProducer(session.createQueue(f.name()));
      producer.setDeliveryDelay(30);
      const message = session.createTextMessage('x');
      await producer.send(message);
      await after(message.getJMSTimestamp() + 5);
      await session.commit();
      assert.equal(message.getJMSDeliveryTime(), message.getJMSTimestamp() + 30);
    },
    'transactions',
  ),
];

/** Writes down what a CompletionListener is told. */
function diary(): CompletionListener & {
  readonly told: string[];
  until(count: number): Promise<void>;
} {
  const told: string[] = [];
  const waiting: { count: number; resolve: () => void }[] = [];
  const say = (word: string) => {
    told.push(word);
    for (const { count, resolve } of waiting) if (told.length >= count) resolve();
  };
  return {
    told,
    onCompletion: (message) => say(textOf(message) ?? ''),
    onException: (message, error) => say(`${textOf(message)}: ${error.name}`),
    until: (count) => {
      if (told.length >= count) return Promise.resolve();
      return new Promise<void>((resolve) => waiting.push({ count, resolve }));
    },
  };
}

const asynchronous: readonly Case[] = [
  rule('7.3', 'a CompletionListener hears of each send, in order', async (f) => {
    const { session, producer, consumer } = await f.line();
    const listener = diary();
    const texts = Array.from({ length: 50 }, (_, n) => `${n}`);
    for (const text of texts) void producer.send(session.createTextMessage(text), listener);
    await listener.until(50);
    assert.deepEqual(listener.told, texts);
    assert.deepEqual(await nextTexts(consumer, 50), texts);
  }),
  rule('7.3', 'all four forms of send take a CompletionListener', async (f) => {
    const { session, producer, consumer, destination } = await f.line();
    const free = await session.createProducer(null);
    const listener = diary();
    const text = (word: string) => session.createTextMessage(word);
    await producer.send(text('1'), listener);
    await producer.send(text('2'), 2, 4, 0, listener);
    await free.send(destination, text('3'), listener);
    await free.send(destination, text('4'), 2, 4, 0, listener);
    await listener.until(4);
    assert.deepEqual([...listener.told].sort(), ['1', '2', '3', '4']);
    await nextTexts(consumer, 4);
  }),
  rule('7.3', 'it is never called from inside of the send', async (f) => {
    const { session, producer } = await f.line();
    const called = later();
    let inside = true;
    const check = () => {
      assert.equal(inside, false);
      called.resolve();
    };
    void producer.send(session.createMessage(), { onCompletion: check, onException: check });
    inside = false;
    await called.promise;
  }),
  rule('7.3', 'the headers of the send can be read when it is called', async (f) => {
    const { session, producer } = await f.line();
    const done = later<Message>();
    const listener = { onCompletion: done.resolve, onException() {} };
    await producer.send(session.createMessage(), listener);
    const message = await done.promise;
    assert.match(message.getJMSMessageID() ?? '', /^ID:/);
    assert.ok(message.getJMSTimestamp() > 0);
  }),
  rule('7.3', 'it gets the very message that was sent', async (f) => {
    const { session, producer } = await f.line();
    const message = session.createTextMessage('x');
    const done = later<Message>();
    await producer.send(message, { onCompletion: done.resolve, onException() {} });
    assert.equal(await done.promise, message);
  }),
  rule('7.3', 'a call that is wrong throws, and the listener hears nothing', async (f) => {
    const { session, producer, destination } = await f.line();
    const listener = diary();
    const message = session.createMessage();
    await refuses(MessageFormatException, () => producer.send(null as never, listener));
    await refuses(JMSException, () => producer.send(message, 2, 10, 0, listener));
    await refuses(UnsupportedOperationException, () =>
      producer.send(destination, message, listener),
    );
    await refuses(IllegalArgumentException, () => producer.send(message, {} as never));
    await round(3);
    assert.deepEqual(listener.told, []);
  }),
  rule(
    '7.3',
    'what the broker refuses is onException, in its turn',
    async (f) => {
      const session = await f.session();
      const gone = await session.createTemporaryQueue();
      await gone.delete();
      const queue = session.createQueue(f.name());
      const free = await session.createProducer(null);
      const listener = diary();
      const text = (word: string) => session.createTextMessage(word);
      void free.send(queue, text('1'), listener);
      void free.send(gone, text('2'), listener);
      void free.send(queue, text('3'), listener);
      await listener.until(3);
      assert.deepEqual(listener.told, ['1', '2: InvalidDestinationException', '3']);
    },
    'temporary-destinations',
  ),
  rule('7.3', 'listeners are called one at a time, and awaited', async (f) => {
    const { session, producer } = await f.line();
    let running = 0;
    let most = 0;
    const done = later();
    let count = 0;
    const tell = async () => {
      most = Math.max(most, ++running);
      await round();
      running--;
      if (++count === 6) done.resolve();
    };
    const listener = { onCompletion: tell, onException: tell };
    for (let n = 0; n < 6; n++) void producer.send(session.createMessage(), listener);
    await done.promise;
    assert.equal(most, 1);
  }),
  rule('7.3', 'a listener may send', async (f) => {
    const { session, producer, consumer } = await f.line();
    const done = later();
    const second = { onCompletion: () => done.resolve(), onException() {} };
    const first = {
      onCompletion: () => producer.send(session.createTextMessage('2'), second),
      onException() {},
    };
    await producer.send(session.createTextMessage('1'), first);
    await done.promise;
    assert.deepEqual(await nextTexts(consumer, 2), ['1', '2']);
  }),
  rule('7.3', 'a listener that fails is the ExceptionListener’s to hear of', async (f) => {
    const { connection, session, producer } = await f.line();
    const heard = later<Error>();
    connection.setExceptionListener(heard.resolve);
    await producer.send(session.createMessage(), {
      onCompletion() {
        throw new Error('mine');
      },
      onException() {},
    });
    assert.match((await heard.promise).message, /CompletionListener/);
  }),
  ...(['connection', 'session', 'producer'] as const).map((what) =>
    rule('7.3.4', `close of a ${what} waits for its CompletionListeners`, async (f) => {
      const line = await f.line();
      const listener = diary();
      for (let n = 0; n < 5; n++) {
        void line.producer.send(line.session.createTextMessage(`${n}`), listener);
      }
      await line[what].close();
      assert.deepEqual(listener.told, ['0', '1', '2', '3', '4']);
    }),
  ),
  rule('7.3.4', 'close from a CompletionListener is an IllegalStateException', async (f) => {
    const { connection, session, producer } = await f.line();
    for (const call of [() => connection.close(), () => session.close(), () => producer.close()]) {
      const failed = later<unknown>();
      const listener = {
        onCompletion: () => call().then(failed.resolve, failed.resolve),
        onException() {},
      };
      await producer.send(session.createMessage(), listener);
      assert.ok((await failed.promise) instanceof IllegalStateException);
    }
  }),
  rule(
    '7.3.4',
    'commit and rollback wait for CompletionListeners, and refuse inside of them',
    async (f) => {
      const session = await f.session(0);
      const producer = await session.createProducer(session.createQueue(f.name()));
      const listener = diary();
      for (let n = 0; n < 5; n++) void producer.send(session.createTextMessage(`${n}`), listener);
      await session.commit();
      assert.equal(listener.told.length, 5);
      for (const call of [() => session.commit(), () => session.rollback()]) {
        const failed = later<unknown>();
        await producer.send(session.createMessage(), {
          onCompletion: () => call().then(failed.resolve, failed.resolve),
          onException() {},
        });
        assert.ok((await failed.promise) instanceof IllegalStateException);
      }
      await session.rollback();
    },
    'transactions',
  ),
];

const refusals: readonly Case[] = [
  rule(
    '10.3',
    'a send to a queue that is gone is an InvalidDestinationException, and the next send works',
    async (f) => {
      const session = await f.session();
      const gone = await session.createTemporaryQueue();
      await gone.delete();
      const queue = session.createQueue(f.name());
      const free = await session.createProducer(null);
      await refuses(InvalidDestinationException, () => free.send(gone, session.createMessage()));
      await free.send(queue, session.createTextMessage('x'));
      assert.equal(await nextText(await session.createConsumer(queue)), 'x');
    },
    'temporary-destinations',
  ),
];

export const producing: readonly Case[] = [
  ...addressing,
  ...options,
  ...delays,
  ...asynchronous,
  ...refusals,
];
