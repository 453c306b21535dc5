// The five kinds of body, and what makes them arrive as they left. [JMS 3.9-3.12]

import assert from 'node:assert/strict';
import {
  BytesMessage,
  JMSByte,
  JMSCharacter,
  JMSFloat,
  JMSShort,
  MapMessage,
  type Message,
  MessageEOFException,
  MessageFormatException,
  MessageNotReadableException,
  MessageNotWriteableException,
  NullPointerException,
  ObjectMessage,
  type Session,
  StreamMessage,
  TextMessage,
} from 'angelia/jms';
import { type Case, rule } from './case.ts';
import { type Fixture, next, refuses } from './fixture.ts';

/** Sends a message, and returns it as it arrives. */
async function through<M extends Message>(f: Fixture, make: (session: Session) => M): Promise<M> {
  const { session, producer, consumer } = await f.line();
  await producer.send(make(session));
  return (await next(consumer)) as M;
}

const HALF = '\ud800 alone';
const texts: readonly Case[] = [
  ...['', 'plain', 'ünï ✓ 🂡 \0 \r\n', HALF, 'x'.repeat(100_000), null].map((text) =>
    rule(
      '3.11',
      `a TextMessage arrives: ${nameOf(text)}`,
      async (f) => {
        const received = await through(f, (session) => session.createTextMessage(text));
        assert.ok(received instanceof TextMessage);
        assert.equal(received.getText(), text);
        assert.equal(received.text, text);
      },
      ...(text === HALF ? (['unpaired-surrogates'] as const) : []),
    ),
  ),
  rule('3.11', 'setText says the text, and null takes it back', async (f) => {
    const message = (await f.session()).createTextMessage();
    assert.equal(message.getText(), null);
    message.setText('x');
    assert.equal(message.getText(), 'x');
    message.setText(null);
    assert.equal(message.getText(), null);
  }),
];

const plain: readonly Case[] = [
  rule('3.11', 'a Message without a body arrives as one', async (f) => {
    const received = await through(f, (session) => session.createMessage());
    const kinds = [TextMessage, BytesMessage, MapMessage, StreamMessage, ObjectMessage];
    for (const kind of kinds) assert.ok(!(received instanceof kind));
    assert.equal(received.getBody(String), null);
    assert.equal(received.isBodyAssignableTo(Map), true);
  }),
];

const byteses: readonly Case[] = [
  rule('3.11', 'a BytesMessage arrives with all primitive values', async (f) => {
    const m = await through(f, (session) => {
      const message = session.createBytesMessage();
      message.writeBoolean(true);
      message.writeByte(-1);
      message.writeShort(-2);
      message.writeChar('é');
      message.writeInt(-3);
      message.writeLong(-(2n ** 63n));
      message.writeFloat(0.5);
      message.writeDouble(Math.PI);
      message.writeUTF('ünï\0🂡');
      message.writeBytes(Uint8Array.of(1, 2, 3));
      message.writeBytes(Uint8Array.of(1, 2, 3), 1, 1);
      message.writeByte(-1);
      message.writeShort(-2);
      return message;
    });
    assert.ok(m instanceof BytesMessage);
    assert.equal(m.readBoolean(), true);
    assert.equal(m.readByte(), -1);
    assert.equal(m.readShort(), -2);
    assert.equal(m.readChar(), 'é');
    assert.equal(m.readInt(), -3);
    assert.equal(m.readLong(), -(2n ** 63n));
    assert.equal(m.readFloat(), 0.5);
    assert.equal(m.readDouble(), Math.PI);
    assert.equal(m.readUTF(), 'ünï\0🂡');
    const bytes = new Uint8Array(4);
    assert.equal(m.readBytes(bytes), 4);
    assert.deepEqual([...bytes], [1, 2, 3, 2]);
    assert.equal(m.readUnsignedByte(), 255);
    assert.equal(m.readUnsignedShort(), 65534);
    assert.equal(m.readBytes(bytes), -1);
  }),
  rule('3.11', 'a BytesMessage of 100 kB and one of none arrive', async (f) => {
    for (const length of [0, 100_000]) {
      const bytes = Uint8Array.from({ length }, (_, n) => n % 256);
      const received = await through(f, (session) => {
        const message = session.createBytesMessage();
        message.writeBytes(bytes);
        return message;
      });
      assert.ok(received instanceof BytesMessage);
      assert.equal(received.getBodyLength(), length);
      assert.deepEqual(received.getBody(Uint8Array) ?? new Uint8Array(), bytes);
    }
  }),
  rule('3.11', 'readBytes with a length reads no more than that', async (f) => {
    const m = (await f.session()).createBytesMessage();
    m.writeBytes(Uint8Array.of(1, 2, 3, 4, 5));
    m.reset();
    const part = new Uint8Array(5);
    assert.equal(m.readBytes(part, 2), 2);
    assert.deepEqual([...part], [1, 2, 0, 0, 0]);
    assert.equal(m.readBytes(part), 3);
    assert.equal(m.readBytes(part), -1);
  }),
  rule('3.11.2', 'a BytesMessage is write-only until reset', async (f) => {
    const message = (await f.session()).createBytesMessage();
    message.writeInt(1);
    await refuses(MessageNotReadableException, () => message.readInt());
    await refuses(MessageNotReadableException, () => message.getBodyLength());
    message.reset();
    assert.equal(message.readInt(), 1);
    await refuses(MessageNotWriteableException, () => message.writeInt(2));
  }),
  rule('3.11.2', 'reading over the end of a BytesMessage is a MessageEOFException', async (f) => {
    const message = (await f.session()).createBytesMessage();
    message.writeByte(1);
    message.reset();
    await refuses(MessageEOFException, () => message.readInt());
    assert.equal(message.readByte(), 1, 'the failed read took nothing');
    await refuses(MessageEOFException, () => message.readByte());
  }),
  rule('3.12', 'writeObject takes boxed values; null is a NullPointerException', async (f) => {
    const message = (await f.session()).createBytesMessage();
    for (const value of [true, 1, 2n, 'x', new JMSShort(3), new JMSFloat(4), Uint8Array.of(5)]) {
      message.writeObject(value);
    }
    await refuses(NullPointerException, () => message.writeObject(null));
    await refuses(MessageFormatException, () => message.writeObject({}));
    message.reset();
    assert.equal(message.getBodyLength(), 1 + 4 + 8 + 3 + 2 + 4 + 1);
  }),
];

const maps: readonly Case[] = [
  rule('3.11', 'a MapMessage arrives with all types of values', async (f) => {
    const m = await through(f, (session) => {
      const message = session.createMapMessage();
      message.setBoolean('boolean', true);
      message.setByte('byte', 1);
      message.setShort('short', 2);
      message.setChar('char', 'c');
      message.setInt('int', 3);
      message.setLong('long', 4n);
      message.setFloat('float', 0.5);
      message.setDouble('double', 0.25);
      message.setString('string', 's');
      message.setBytes('bytes', Uint8Array.of(5, 6, 7));
      message.setBytes('part', Uint8Array.of(5, 6, 7), 1, 1);
      message.setObject('object', new JMSByte(8));
      message.setString('null', null);
      return message;
    });
    assert.ok(m instanceof MapMessage);
    assert.equal(m.getBoolean('boolean'), true);
    assert.equal(m.getByte('byte'), 1);
    assert.equal(m.getShort('short'), 2);
    assert.equal(m.getChar('char'), 'c');
    assert.equal(m.getInt('int'), 3);
    assert.equal(m.getLong('long'), 4n);
    assert.equal(m.getFloat('float'), 0.5);
    assert.equal(m.getDouble('double'), 0.25);
    assert.equal(m.getString('string'), 's');
    assert.deepEqual(m.getBytes('bytes'), Uint8Array.of(5, 6, 7));
    assert.deepEqual(m.getBytes('part'), Uint8Array.of(6));
    assert.equal(m.getObject('object'), 8);
    assert.equal(m.itemExists('null'), true);
    assert.equal(m.itemExists('none'), false);
    assert.equal(m.getObject('null'), null);
    assert.equal([...m.getMapNames()].length, 13);
  }),
  rule('3.11.3', 'map values convert as Table 3-7 says, after the broker, too', async (f) => {
    const m = await through(f, (session) => {
      const message = session.createMapMessage();
      message.setByte('byte', 7);
      message.setChar('char', 'c');
      message.setString('text', '7');
      return message;
    });
    assert.equal(m.getLong('byte'), 7n);
    assert.equal(m.getString('char'), 'c');
    assert.equal(m.getInt('text'), 7);
    await refuses(MessageFormatException, () => m.getBoolean('byte'));
    await refuses(MessageFormatException, () => m.getInt('char'));
    await refuses(NullPointerException, () => m.getChar('none'));
  }),
  rule(
    '3.11',
    'the names of a MapMessage are not those of properties: any text will do',
    async (f) => {
      const m = await through(f, (session) => {
        const message = session.createMapMessage();
        message.setInt('a b-c.d', 1);
        message.setInt('größe ✓', 2);
        return message;
      });
      assert.equal(m.getInt('a b-c.d'), 1);
      assert.equal(m.getInt('größe ✓'), 2);
    },
  ),
  rule('3.11', 'an empty MapMessage arrives as one', async (f) => {
    const received = await through(f, (session) => session.createMapMessage());
    assert.ok(received instanceof MapMessage);
    assert.deepEqual([...received.getMapNames()], []);
  }),
];

const streams: readonly Case[] = [
  rule('3.11', 'a StreamMessage arrives with all types of items, in order', async (f) => {
    const m = await through(f, (session) => {
      const message = session.createStreamMessage();
      message.writeBoolean(true);
      message.writeByte(1);
      message.writeShort(2);
      message.writeChar('c');
      message.writeInt(3);
      message.writeLong(4n);
      message.writeFloat(0.5);
      message.writeDouble(0.25);
      message.writeString('s');
      message.writeBytes(Uint8Array.of(5, 6));
      message.writeBytes(Uint8Array.of(5, 6, 7), 1, 1);
      message.writeObject(new JMSCharacter('o'));
      message.writeString(null);
      return message;
    });
    assert.ok(m instanceof StreamMessage);
    assert.equal(m.readBoolean(), true);
    assert.equal(m.readByte(), 1);
    assert.equal(m.readShort(), 2);
    assert.equal(m.readChar(), 'c');
    assert.equal(m.readInt(), 3);
    assert.equal(m.readLong(), 4n);
    assert.equal(m.readFloat(), 0.5);
    assert.equal(m.readDouble(), 0.25);
    assert.equal(m.readString(), 's');
    const bytes = new Uint8Array(4);
    assert.equal(m.readBytes(bytes), 2);
    assert.equal(m.readBytes(bytes), 1);
    assert.equal(m.readObject(), 'o');
    assert.equal(m.readObject(), null);
    await refuses(MessageEOFException, () => m.readObject());
  }),
  rule('3.11.3', 'a failed read of a StreamMessage leaves the item where it was', async (f) => {
    const m = await through(f, (session) => {
      const message = session.createStreamMessage();
      message.writeString('seven');
      return message;
    });
    await refuses(Error, () => m.readInt());
    await refuses(MessageFormatException, () => m.readBytes(new Uint8Array(1)));
    assert.equal(m.readString(), 'seven');
  }),
  rule('3.11.2', 'a StreamMessage is write-only until reset', async (f) => {
    const message = (await f.session()).createStreamMessage();
    message.writeInt(1);
    await refuses(MessageNotReadableException, () => message.readInt());
    message.reset();
    assert.equal(message.readInt(), 1);
    await refuses(MessageNotWriteableException, () => message.writeInt(2));
    message.reset();
    assert.equal(message.readInt(), 1);
  }),
  rule('3.11', 'bytes of a stream are read in parts, until -1', async (f) => {
    const m = await through(f, (session) => {
      const message = session.createStreamMessage();
      message.writeBytes(Uint8Array.of(1, 2, 3, 4));
      message.writeInt(5);
      return message;
    });
    const part = new Uint8Array(2);
    assert.equal(m.readBytes(part), 2);
    assert.equal(m.readBytes(part), 2);
    assert.equal(m.readBytes(part), -1);
    assert.equal(m.readInt(), 5);
  }),
];

const objects: readonly Case[] = [
  rule('3.11', 'an ObjectMessage arrives with a copy of the object', async (f) => {
    const object = { id: 7, tags: ['a', 'b'], nested: { deep: true }, nothing: null };
    const received = await through(f, (session) => session.createObjectMessage(object));
    assert.ok(received instanceof ObjectMessage);
    assert.deepEqual(received.getObject(), object);
  }),
  rule('3.11', 'the object is as it was when it was set', async (f) => {
    const received = await through(f, (session) => {
      const object = { count: 1 };
      const message = session.createObjectMessage();
      message.setObject(object);
      object.count = 2;
      return message;
    });
    assert.deepEqual(received.getObject(), { count: 1 });
  }),
  rule('3.11', 'an ObjectMessage without an object arrives as one', async (f) => {
    const received = await through(f, (session) => session.createObjectMessage());
    assert.ok(received instanceof ObjectMessage);
    assert.equal(received.getObject(), null);
  }),
  rule('3.11', 'an object that cannot be written is a MessageFormatException', async (f) => {
    const message = (await f.session()).createObjectMessage();
    const ring: Record<string, unknown> = {};
    ring['self'] = ring;
    await refuses(MessageFormatException, () => message.setObject(ring));
    await refuses(MessageFormatException, () => message.setObject(1n));
  }),
];

const rules: readonly Case[] = [
  rule('3.11.2', 'received bodies are read-only', async (f) => {
    const { session, producer, consumer } = await f.line();
    const writes: [Message, (message: never) => void][] = [
      [session.createTextMessage('x'), (m: TextMessage) => m.setText('y')],
      [session.createBytesMessage(), (m: BytesMessage) => m.writeByte(1)],
      [session.createMapMessage(), (m: MapMessage) => m.setInt('a', 1)],
      [session.createStreamMessage(), (m: StreamMessage) => m.writeInt(1)],
      [session.createObjectMessage({}), (m: ObjectMessage) => m.setObject({})],
    ];
    for (const [message, write] of writes) {
      await producer.send(message);
      const received = await next(consumer);
      await refuses(MessageNotWriteableException, () => write(received as never), /clearBody/);
    }
  }),
  rule(
    '3.11.1',
    'clearBody makes the body writable, and leaves properties and headers',
    async (f) => {
      const received = await through(f, (session) => {
        const message = session.createTextMessage('x');
        message.setIntProperty('p', 1);
        message.setJMSType('t');
        return message;
      });
      received.clearBody();
      assert.equal(received.getText(), null);
      received.setText('y');
      assert.equal(received.getText(), 'y');
      assert.equal(received.getIntProperty('p'), 1);
      assert.equal(received.getJMSType(), 't');
    },
  ),
  rule('3.11.1', 'clearBody of bytes and streams begins a new one to write', async (f) => {
    const session = await f.session();
    for (const message of [session.createBytesMessage(), session.createStreamMessage()]) {
      message.writeInt(1);
      message.reset();
      message.clearBody();
      message.writeInt(2);
      message.reset();
      assert.equal(message.readInt(), 2);
      await refuses(MessageEOFException, () => message.readInt());
    }
    const map = session.createMapMessage();
    map.setInt('a', 1);
    map.clearBody();
    assert.equal(map.itemExists('a'), false);
  }),
  rule('3.9', 'what the sender changes after send does not reach the receiver', async (f) => {
    const { session, producer, consumer } = await f.line();
    const message = session.createTextMessage('first');
    message.setIntProperty('n', 1);
    const sending = producer.send(message);
    message.setText('second');
    message.setIntProperty('n', 2);
    await sending;
    await producer.send(message);
    const first = await next(consumer);
    assert.equal(first.getBody(String), 'first');
    assert.equal(first.getIntProperty('n'), 1);
    const second = await next(consumer);
    assert.equal(second.getBody(String), 'second');
    assert.equal(second.getIntProperty('n'), 2);
  }),
  rule('3.10', 'what the receiver changed is redelivered in its original form', async (f) => {
    const { session, consumer, send } = await f.line(2);
    await send('original');
    const message = (await next(consumer)) as TextMessage;
    message.clearBody();
    message.setText('changed');
    message.clearProperties();
    message.setStringProperty('mine', 'x');
    await session.recover();
    const again = await next(consumer);
    assert.equal(again.getBody(String), 'original');
    assert.equal(again.propertyExists('mine'), false);
  }),
  rule('3.10', 'two subscribers of one topic do not see each other’s changes', async (f) => {
    const { session, consumer, send, destination } = await f.topicLine();
    const other = await session.createConsumer(destination);
    await send('x');
    const one = (await next(consumer)) as TextMessage;
    one.clearBody();
    one.setText('changed');
    assert.equal((await next(other)).getBody(String), 'x');
  }),
  rule('3.12', 'bytes are copied when they are set and when they are read', async (f) => {
    const bytes = Uint8Array.of(1, 2, 3);
    const map = (await f.session()).createMapMessage();
    map.setBytes('b', bytes);
    bytes[0] = 9;
    assert.deepEqual(map.getBytes('b'), Uint8Array.of(1, 2, 3));
    (map.getBytes('b') ?? bytes)[0] = 8;
    assert.deepEqual(map.getBytes('b'), Uint8Array.of(1, 2, 3));
  }),
  rule('3.12', 'a message of another provider can be sent', async (f) => {
    const { session, producer, consumer } = await f.line();
    const ours = session.createTextMessage('foreign');
    ours.setIntProperty('n', 7);
    ours.setJMSType('t');
    const foreign = foreignOf(ours);
    await producer.send(foreign);
    const received = await next(consumer);
    assert.equal(received.getBody(String), 'foreign');
    assert.equal(received.getIntProperty('n'), 7);
    assert.equal(received.getJMSType(), 't');
    assert.equal(foreign.getJMSMessageID(), received.getJMSMessageID());
  }),
];

/** The same message as an object that is no instance of ours. */
function foreignOf(message: TextMessage): TextMessage {
  const foreign: Record<string, unknown> = {};
  for (let at: object | null = message; at !== null; at = Object.getPrototypeOf(at)) {
    for (const name of Object.getOwnPropertyNames(at)) {
      const value = Object.getOwnPropertyDescriptor(at, name)?.value;
      if (typeof value === 'function') foreign[name] ??= value.bind(message);
    }
  }
  delete foreign['constructor'];
  return foreign as unknown as TextMessage;
}

const getBody: readonly Case[] = [
  rule('3.11', 'getBody returns each kind of body as its class', async (f) => {
    const { session, producer, consumer } = await f.line();
    const bytes = session.createBytesMessage();
    bytes.writeBytes(Uint8Array.of(1, 2));
    const map = session.createMapMessage();
    map.setInt('a', 1);
    for (const message of [session.createTextMessage('x'), bytes, map])
      await producer.send(message);
    await producer.send(session.createObjectMessage([1, 2]));
    assert.equal((await next(consumer)).getBody(String), 'x');
    assert.deepEqual((await next(consumer)).getBody(Uint8Array), Uint8Array.of(1, 2));
    assert.deepEqual((await next(consumer)).getBody(Map), new Map([['a', 1]]));
    assert.deepEqual((await next(consumer)).getBody(Object), [1, 2]);
  }),
  rule('3.11', 'getBody of another class is a MessageFormatException', async (f) => {
    const session = await f.session();
    const text = session.createTextMessage('x');
    assert.equal(text.isBodyAssignableTo(String), true);
    assert.equal(text.isBodyAssignableTo(Object), true);
    assert.equal(text.isBodyAssignableTo(Map), false);
    await refuses(MessageFormatException, () => text.getBody(Map));
    await refuses(MessageFormatException, () => text.getBody(Uint8Array));
  }),
  rule('3.11', 'a StreamMessage has no getBody', async (f) => {
    const message = (await f.session()).createStreamMessage();
    assert.equal(message.isBodyAssignableTo(Object), false);
    await refuses(MessageFormatException, () => message.getBody(Object));
  }),
];

function nameOf(text: string | null): string {
  if (text === null) return 'null';
  return text.length > 40 ? `${text.length} characters` : JSON.stringify(text);
}

export const bodies: readonly Case[] = [
  ...texts,
  ...plain,
  ...byteses,
  ...maps,
  ...streams,
  ...objects,
  ...rules,
  ...getBody,
];
