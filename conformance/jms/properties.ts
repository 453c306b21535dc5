// Properties: names, types, conversions through the broker, read-only rules. [JMS 3.5]

import assert from 'node:assert/strict';
import {
  IllegalArgumentException,
  JMSByte,
  JMSDouble,
  JMSFloat,
  JMSShort,
  type Message,
  MessageFormatException,
  MessageNotWriteableException,
  NumberFormatException,
} from 'angelia/jms';
import { type Case, rule } from './case.ts';
import { type Fixture, next, refuses } from './fixture.ts';

/** Sends a message with properties, and returns it as it arrives. */
async function through(f: Fixture, dress: (message: Message) => void): Promise<Message> {
  const { session, producer, consumer } = await f.line();
  const message = session.createMessage();
  dress(message);
  await producer.send(message);
  return await next(consumer);
}

/** Each type with its extremes: setter, getter, values. */
const TYPES: readonly (readonly [string, readonly unknown[]])[] = [
  ['Boolean', [true, false]],
  ['Byte', [-128, 0, 127]],
  ['Short', [-32768, 0, 32767]],
  ['Int', [-(2 ** 31), 0, 2 ** 31 - 1]],
  ['Long', [-(2n ** 63n), 0n, 2n ** 63n - 1n]],
  ['Float', [-0.5, 0, Math.fround(3.4e38), Number.POSITIVE_INFINITY, Number.NaN]],
  ['Double', [-0.1, 0, Number.MAX_VALUE, Number.MIN_VALUE, Number.NEGATIVE_INFINITY, Number.NaN]],
  ['String', ['', 'plain', 'ünï ✓ 🂡', 'line\nend\0zero', 'x'.repeat(5000)]],
];

type Methods = Record<string, (...parts: unknown[]) => unknown>;

const typed: readonly Case[] = TYPES.map(([type, values]) =>
  rule('3.5.2', `a property of type ${type} arrives with its type and value`, async (f) => {
    const { session, producer, consumer } = await f.line();
    for (const value of values) {
      const message = session.createMessage();
      (message as unknown as Methods)[`set${type}Property`]?.('p', value);
      await producer.send(message);
      const received = await next(consumer);
      const methods = received as unknown as Methods;
      assert.ok(Object.is(methods[`get${type}Property`]?.('p'), value), String(value));
      assert.equal(received.getPropertyType('p'), type.toLowerCase());
      assert.ok(Object.is(received.getObjectProperty('p'), value));
    }
  }),
);

const RESERVED = 'NULL TRUE FALSE NOT AND OR BETWEEN LIKE IN IS ESCAPE'.split(' ');

export const properties: readonly Case[] = [
  ...typed,
  rule('3.5.1', 'a property name is an identifier of selectors', async (f) => {
    const received = await through(f, (message) => {
      for (const name of ['a', '_b', '$c', 'd1', 'größe', 'JMSXGroupID', 'JMS_vendor_x']) {
        message.setStringProperty(name, name);
      }
    });
    assert.equal(received.getStringProperty('größe'), 'größe');
    assert.equal(received.getStringProperty('$c'), '$c');
  }),
  rule('3.5.1', 'a null or empty name is an IllegalArgumentException', async (f) => {
    const message = (await f.session()).createMessage();
    await refuses(IllegalArgumentException, () => message.setIntProperty('', 1));
    await refuses(IllegalArgumentException, () => message.setStringProperty(null as never, 'x'));
    await refuses(IllegalArgumentException, () => message.setObjectProperty('', 'x'));
  }),
  rule('3.5.1', 'names that no selector could say are refused', async (f) => {
    const message = (await f.session()).createMessage();
    for (const name of ['1a', 'a b', 'a-b', 'a.b', "a'", '(a)', 'a=b']) {
      await refuses(IllegalArgumentException, () => message.setBooleanProperty(name, true));
    }
  }),
  rule(
    '3.5.1',
    'reserved words of selectors, as the specification writes them, are no names',
    async (f) => {
      const message = (await f.session()).createMessage();
      for (const name of RESERVED) {
        await refuses(IllegalArgumentException, () => message.setLongProperty(name, 1));
      }
    },
  ),
  rule('3.5.2', 'names are case-sensitive', async (f) => {
    const received = await through(f, (message) => {
      message.setIntProperty('size', 1);
      message.setIntProperty('Size', 2);
    });
    assert.equal(received.getIntProperty('size'), 1);
    assert.equal(received.getIntProperty('Size'), 2);
  }),
  rule('3.5.3', 'a property that was set again has its last value and type', async (f) => {
    const received = await through(f, (message) => {
      message.setIntProperty('p', 1);
      message.setStringProperty('p', 'two');
    });
    assert.equal(received.getObjectProperty('p'), 'two');
    assert.equal(received.getPropertyType('p'), 'string');
  }),
  rule('3.5.4', 'a received property converts as Table 3-2 says', async (f) => {
    const received = await through(f, (message) => {
      message.setByteProperty('byte', 7);
      message.setStringProperty('text', '7');
      message.setFloatProperty('float', 0.5);
      message.setBooleanProperty('yes', true);
    });
    assert.equal(received.getLongProperty('byte'), 7n);
    assert.equal(received.getShortProperty('byte'), 7);
    assert.equal(received.getStringProperty('byte'), '7');
    assert.equal(received.getByteProperty('text'), 7);
    assert.equal(received.getDoubleProperty('float'), 0.5);
    assert.equal(received.getStringProperty('yes'), 'true');
  }),
  rule('3.5.4', 'what Table 3-2 does not mark is a MessageFormatException', async (f) => {
    const received = await through(f, (message) => {
      message.setIntProperty('int', 7);
      message.setBooleanProperty('yes', true);
      message.setDoubleProperty('double', 0.5);
    });
    await refuses(MessageFormatException, () => received.getBooleanProperty('int'));
    await refuses(MessageFormatException, () => received.getShortProperty('int'));
    await refuses(MessageFormatException, () => received.getIntProperty('yes'));
    await refuses(MessageFormatException, () => received.getFloatProperty('double'));
  }),
  rule('3.5.4', 'a text that is no number is a NumberFormatException', async (f) => {
    const received = await through(f, (message) => message.setStringProperty('p', 'seven'));
    await refuses(NumberFormatException, () => received.getIntProperty('p'));
    await refuses(NumberFormatException, () => received.getDoubleProperty('p'));
    assert.equal(received.getBooleanProperty('p'), false);
  }),
  rule('3.5.4', 'an absent property is null, false, or no number', async (f) => {
    const received = await through(f, () => {});
    assert.equal(received.getStringProperty('p'), null);
    assert.equal(received.getObjectProperty('p'), null);
    assert.equal(received.getBooleanProperty('p'), false);
    await refuses(NumberFormatException, () => received.getByteProperty('p'));
    await refuses(NumberFormatException, () => received.getShortProperty('p'));
    await refuses(NumberFormatException, () => received.getIntProperty('p'));
    await refuses(NumberFormatException, () => received.getLongProperty('p'));
    assert.equal(received.propertyExists('p'), false);
  }),
  rule('3.5.4', 'a null text is a property that exists', async (f) => {
    const received = await through(f, (message) => message.setStringProperty('p', null));
    assert.equal(received.propertyExists('p'), true);
    assert.equal(received.getStringProperty('p'), null);
  }),
  rule('3.5.5', 'setObjectProperty takes its type from the value or its box', async (f) => {
    const received = await through(f, (message) => {
      message.setObjectProperty('int', 1);
      message.setObjectProperty('long', 2n);
      message.setObjectProperty('large', 2 ** 40);
      message.setObjectProperty('double', 0.5);
      message.setObjectProperty('byte', new JMSByte(3));
      message.setObjectProperty('short', new JMSShort(4));
      message.setObjectProperty('float', new JMSFloat(0.25));
      message.setObjectProperty('whole', new JMSDouble(5));
      message.setObjectProperty('text', 't');
      message.setObjectProperty('boolean', true);
    });
    const types = ['int', 'long', 'large', 'double', 'byte', 'short', 'float', 'whole', 'text'];
    assert.deepEqual(
      types.map((name) => received.getPropertyType(name)),
      ['int', 'long', 'long', 'double', 'byte', 'short', 'float', 'double', 'string'],
    );
  }),
  rule('3.5.5', 'setObjectProperty refuses all other objects', async (f) => {
    const message = (await f.session()).createMessage();
    for (const wrong of [{}, [], new Date(), Uint8Array.of(1), Symbol('s'), () => {}]) {
      await refuses(MessageFormatException, () => message.setObjectProperty('p', wrong));
    }
  }),
  rule('3.5.6', 'getPropertyNames lists properties, not headers', async (f) => {
    const received = await through(f, (message) => {
      message.setIntProperty('a', 1);
      message.setIntProperty('b', 2);
      message.setJMSType('t');
    });
    const names = [...received.getPropertyNames()];
    assert.ok(names.includes('a') && names.includes('b') && names.includes('JMSXDeliveryCount'));
    assert.deepEqual(
      names.filter((name) => /^JMS[^X_]/.test(name)),
      [],
    );
  }),
  rule('3.5.7', 'received properties are read-only', async (f) => {
    const received = await through(f, (message) => message.setIntProperty('a', 1));
    for (const write of [
      () => received.setIntProperty('a', 2),
      () => received.setStringProperty('b', 'x'),
      () => received.setObjectProperty('b', 1),
      () => received.setBooleanProperty('b', true),
      () => received.setByteProperty('b', 1),
      () => received.setShortProperty('b', 1),
      () => received.setLongProperty('b', 1),
      () => received.setFloatProperty('b', 1),
      () => received.setDoubleProperty('b', 1),
    ]) {
      await refuses(MessageNotWriteableException, write, /clearProperties/);
    }
    assert.equal(received.getIntProperty('a'), 1);
  }),
  rule(
    '3.5.7',
    'clearProperties empties them and makes them writable; the body stays',
    async (f) => {
      const { session, producer, consumer } = await f.line();
      const message = session.createTextMessage('body');
      message.setIntProperty('a', 1);
      await producer.send(message);
      const received = await next(consumer);
      received.clearProperties();
      assert.deepEqual([...received.getPropertyNames()], []);
      received.setIntProperty('b', 2);
      assert.equal(received.getIntProperty('b'), 2);
      assert.equal(received.getBody(String), 'body');
    },
  ),
  rule('3.5.9', 'JMSXDeliveryCount is 1 at first, and 2 after a recover', async (f) => {
    const { session, consumer, send } = await f.line(2);
    await send('x');
    assert.equal((await next(consumer)).getIntProperty('JMSXDeliveryCount'), 1);
    await session.recover();
    const again = await next(consumer);
    assert.equal(again.getIntProperty('JMSXDeliveryCount'), 2);
    assert.equal(again.getJMSRedelivered(), true);
  }),
  rule(
    '3.5.9',
    'JMSXDeliveryCount goes on from session to session',
    async (f) => {
      const { session, consumer, send, destination } = await f.line(2);
      await send('x');
      await next(consumer);
      await session.close();
      const other = await f.session(2);
      const again = await next(await other.createConsumer(destination));
      assert.equal(again.getIntProperty('JMSXDeliveryCount'), 2);
    },
    'delivery-count',
  ),
  rule('3.5.9', 'JMSXGroupID and JMSXGroupSeq can be set and arrive', async (f) => {
    const received = await through(f, (message) => {
      message.setStringProperty('JMSXGroupID', 'g');
      message.setIntProperty('JMSXGroupSeq', 3);
    });
    assert.equal(received.getStringProperty('JMSXGroupID'), 'g');
    assert.equal(received.getIntProperty('JMSXGroupSeq'), 3);
  }),
  rule(
    '3.5.9',
    'all messages of a group go to one of two consumers',
    async (f) => {
      const { session, producer, consumer, destination } = await f.line();
      const other = await (await f.session()).createConsumer(destination);
      for (let n = 0; n < 6; n++) {
        const message = session.createTextMessage(`${n}`);
        message.setStringProperty('JMSXGroupID', 'together');
        await producer.send(message);
      }
      const counts = [0, 0];
      for (const [at, one] of [consumer, other].entries()) {
        while ((await one.receiveNoWait()) !== null) counts[at] = (counts[at] ?? 0) + 1;
      }
      assert.deepEqual(counts.sort(), [0, 6]);
    },
    'message-groups',
  ),
  rule('3.5.10', 'JMS_ names are the provider’s, and pass', async (f) => {
    const received = await through(f, (message) => message.setIntProperty('JMS_Angelia_x', 1));
    assert.equal(received.getIntProperty('JMS_Angelia_x'), 1);
  }),
  rule('API', 'properties is a map of all, typed by value', async (f) => {
    const received = await through(f, (message) => {
      message.setIntProperty('a', 1);
      message.setStringProperty('b', 'x');
    });
    assert.equal(received.properties.get('a'), 1);
    assert.equal(received.properties.get('b'), 'x');
  }),
  rule('3.5', 'a hundred properties arrive', async (f) => {
    const received = await through(f, (message) => {
      for (let n = 0; n < 100; n++) message.setStringProperty(`p${n}`, `v${n}`.repeat(10));
    });
    for (let n = 0; n < 100; n++) {
      assert.equal(received.getStringProperty(`p${n}`), `v${n}`.repeat(10));
    }
  }),
];
