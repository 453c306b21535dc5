import test from 'ava';
import { Bridge } from './bridge.ts';
import { Handles } from './handles.ts';

interface Line {
  readonly id?: number;
  readonly result?: unknown;
  readonly error?: readonly unknown[];
  readonly do?: number;
  readonly fn?: number;
  readonly method?: string;
  readonly args?: readonly unknown[];
}

/** Plays Java: sends lines, and waits for those that come. */
class Java {
  readonly #bridge = new Bridge((line) => this.#hear(line as Line));
  readonly #heard: Line[] = [];
  #waiting: (() => void)[] = [];
  #last = 0;

  send(line: object): void {
    this.#bridge.take(JSON.stringify(line));
  }

  async call(on: unknown, call: string, args: unknown[] = [], within?: number): Promise<Line> {
    const id = ++this.#last;
    this.send({ id, on, call, args, ...(within === undefined ? {} : { in: within }) });
    return await this.find((line) => line.id === id);
  }

  /** A call whose result is an object: its handle. */
  async make(on: unknown, call: string, args: unknown[] = []): Promise<number> {
    const { result, error } = await this.call(on, call, args);
    if (!Array.isArray(result)) throw new Error(String(error));
    return result[1];
  }

  async find(fits: (line: Line) => boolean): Promise<Line> {
    for (;;) {
      const found = this.#heard.findIndex(fits);
      const [line] = found < 0 ? [] : this.#heard.splice(found, 1);
      if (line !== undefined) return line;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  #hear(line: Line): void {
    this.#heard.push(line);
    for (const wake of this.#waiting.splice(0)) wake();
  }
}

async function connect(name: string): Promise<{ java: Java; connection: number; session: number }> {
  const java = new Java();
  const factory = await java.make(0, 'connectionfactory(String)', [`vm://${name}`]);
  const connection = await java.make(factory, 'createConnection()');
  const session = await java.make(connection, 'createSession(boolean,int)', [false, 1]);
  await java.call(connection, 'start()');
  return { java, connection, session };
}

test('a release does not overtake the same object on its way to Java once more', (t) => {
  const handles = new Handles();
  const object = {};
  const handle = handles.send(object);
  t.is(handles.send(object), handle);
  handles.release(handle, 1);
  t.is(handles.get(handle), object);
  handles.release(handle, 1);
  t.throws(() => handles.get(handle), { message: `there is no object ${handle}` });
  t.not(handles.send(object), handle, 'a number is not used again');
});

test('values keep their Java types on the way there and back', async (t) => {
  const { java, connection, session } = await connect('bridge.values');
  const message = await java.make(session, 'createMapMessage()');
  const values: readonly unknown[] = [
    true,
    7,
    ['byte', -128],
    ['short', 5],
    ['long', '-9223372036854775808'],
    ['float', '1.100000023841858'],
    ['double', '-0'],
    ['double', 'NaN'],
    ['double', '5'],
    ['char', 'x'],
    ['bytes', 'AAH/'],
    'text \ud800',
    null,
  ];
  for (const [i, value] of values.entries()) {
    await java.call(message, 'setObject(String,Object)', [`v${i}`, value]);
    t.deepEqual((await java.call(message, 'getObject(String)', [`v${i}`])).result, value);
  }
  await java.call(message, 'setLongProperty(String,long)', ['n', ['long', '9007199254740993']]);
  const { result } = await java.call(message, 'getLongProperty(String)', ['n']);
  t.deepEqual(result, ['long', '9007199254740993']);
  await java.call(connection, 'close()');
});

test('an exception crosses with the name of its class, one of JavaScript with its stack', async (t) => {
  const { java, connection, session } = await connect('bridge.errors');
  const refused = await java.call(session, 'createConsumer(Destination)', [null]);
  t.is(refused.error?.[0], 'InvalidDestinationException');
  t.is(refused.error?.[3], null);
  const missing = await java.call(session, 'noSuchMethod(int)', [1]);
  t.is(missing.error?.[0], 'TypeError');
  t.regex(String(missing.error?.[3]), /noSuchMethod\(int\)/);
  await java.call(connection, 'close()');
});

test('a serialised object says for which classes it can be asked', async (t) => {
  const { java, connection, session } = await connect('bridge.objects');
  const object = ['java', 'AAAA', ['java.util.Date', 'java.io.Serializable']];
  const message = await java.make(session, 'createObjectMessage(Serializable)', [object]);
  t.deepEqual((await java.call(message, 'getObject()')).result, ['java', 'AAAA']);
  const ask = (name: string): Promise<Line> =>
    java.call(message, 'isBodyAssignableTo(Class)', [['class', name]]);
  t.true((await ask('java.util.Date')).result);
  t.true((await ask('java.lang.Object')).result);
  t.false((await ask('java.util.Map')).result);
  await java.call(connection, 'close()');
});

test('a receive that waits holds up no other call', async (t) => {
  const { java, connection, session } = await connect('bridge.receive');
  const queue = await java.make(session, 'createQueue(String)', ['q']);
  const consumer = await java.make(session, 'createConsumer(Destination)', [['ref', queue]]);
  const received = java.call(consumer, 'receive(long)', [['long', '0']]);
  const { result: mode } = await java.call(session, 'getAcknowledgeMode()');
  t.is(mode, 1);
  await java.call(connection, 'close()');
  t.is((await received).result, null);
});

test('[JMS 6.1.8] a call from inside of Java’s listener is known to be one', async (t) => {
  const { java, connection, session } = await connect('bridge.listener');
  const queue = await java.make(session, 'createQueue(String)', ['q']);
  const consumer = await java.make(session, 'createConsumer(Destination)', [['ref', queue]]);
  const producer = await java.make(session, 'createProducer(Destination)', [['ref', queue]]);
  await java.call(consumer, 'setMessageListener(MessageListener)', [['fn', 5, session]]);
  t.deepEqual((await java.call(consumer, 'getMessageListener()')).result, ['fn', 5]);
  const message = await java.make(session, 'createTextMessage(String)', ['hear']);
  await java.call(producer, 'send(Message)', [['ref', message]]);
  const callback = await java.find((line) => line.do !== undefined);
  t.like(callback, { fn: 5, method: 'onMessage' });
  const inside = await java.call(connection, 'close()', [], callback.do);
  t.is(inside.error?.[0], 'IllegalStateException');
  java.send({ done: callback.do });
  t.is((await java.call(connection, 'close()')).error, undefined);
});
