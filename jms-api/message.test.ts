import test from 'ava';
import fc from 'fast-check';
import { JMSByte, JMSCharacter, JMSDouble, JMSFloat, JMSShort } from './boxed.ts';
import { BytesMessage, JmsBytesMessage } from './bytes-message.ts';
import { JmsQueue, namedQueue, Queue, Topic } from './destination.ts';
import * as errors from './errors.ts';
import { ownMessage } from './foreign-message.ts';
import { JmsMessage } from './jms-message.ts';
import { JmsMapMessage, MapMessage } from './map-message.ts';
import { Message } from './message.ts';
import { JmsObjectMessage, ObjectMessage } from './object-message.ts';
import { receivedMessage } from './received-message.ts';
import { JmsStreamMessage, StreamMessage } from './stream-message.ts';
import { JmsTextMessage, TextMessage } from './text-message.ts';

const nobody = { acknowledge: () => Promise.resolve() };

/** The message as its receiver sees it. */
function received<T extends JmsMessage>(message: T, attempt = 1): T {
  return receivedMessage(message.data(), attempt, new JmsQueue('queue', 'q'), nobody) as T;
}

test('[JMS 3.11] each kind of message is an instance of its own kind and of Message', (t) => {
  const kinds = [TextMessage, BytesMessage, MapMessage, StreamMessage, ObjectMessage];
  const messages = [
    new JmsTextMessage(),
    new JmsBytesMessage(),
    new JmsMapMessage(),
    new JmsStreamMessage(),
    new JmsObjectMessage(),
    new JmsMessage(),
  ];
  for (const [row, message] of messages.entries()) {
    t.true(message instanceof Message);
    for (const [column, kind] of kinds.entries()) {
      t.is(message instanceof kind, row === column, `${row} ${column}`);
      t.is(received(message) instanceof kind, row === column);
    }
  }
});

test('[JMS 3.5.1] property names are identifiers and no reserved words', (t) => {
  const message = new JmsMessage();
  for (const name of ['a', '_b', '$c', 'größe', 'JMSXGroupID', 'nullable', 'x1', 'true']) {
    t.notThrows(() => message.setIntProperty(name, 1), name);
  }
  const wrong = ['', '1x', 'a-b', 'a.b', 'a b', 'NULL', 'TRUE', 'ESCAPE', null as never];
  for (const name of wrong) {
    t.throws(() => message.setIntProperty(name, 1), {
      instanceOf: errors.IllegalArgumentException,
    });
  }
});

test('[JMS 3.5.5] objects are typed by their value or their box', (t) => {
  const message = new JmsMessage();
  const types: readonly (readonly [unknown, string, unknown])[] = [
    [true, 'boolean', true],
    [1, 'int', 1],
    [2 ** 40, 'long', 2n ** 40n],
    [1.5, 'double', 1.5],
    [-0, 'double', -0],
    [1e300, 'double', 1e300],
    [7n, 'long', 7n],
    ['s', 'string', 's'],
    [new JMSByte(1), 'byte', 1],
    [new JMSShort(1), 'short', 1],
    [new JMSFloat(0.1), 'float', Math.fround(0.1)],
    [new JMSDouble(3), 'double', 3],
    [null, 'null', null],
  ];
  for (const [value, type, read] of types) {
    message.setObjectProperty('p', value);
    t.is(message.getPropertyType('p'), type as never);
    t.is(message.getObjectProperty('p'), read as never);
  }
  for (const value of [{}, [], new Uint8Array(1), new JMSCharacter('c'), () => 1, Symbol('s')]) {
    t.throws(() => message.setObjectProperty('p', value), {
      instanceOf: errors.MessageFormatException,
    });
  }
  t.is(message.getObjectProperty('absent'), null);
});

test('setters refuse what does not fit the Java type', (t) => {
  const message = new JmsMessage();
  const refused: readonly (() => void)[] = [
    () => message.setByteProperty('p', 128),
    () => message.setShortProperty('p', -32769),
    () => message.setIntProperty('p', 1.5),
    () => message.setIntProperty('p', 2 ** 31),
    () => message.setLongProperty('p', 2n ** 63n),
    () => message.setLongProperty('p', 2 ** 53),
    () => message.setBooleanProperty('p', 1 as never),
    () => message.setStringProperty('p', 1 as never),
    () => message.setDoubleProperty('p', '1' as never),
  ];
  for (const set of refused) t.throws(set, { instanceOf: errors.IllegalArgumentException });
  t.false(message.propertyExists('p'));
});

test('[JMS 3.5.3] a received message is read-only until cleared, each half by itself', (t) => {
  const sent = new JmsTextMessage();
  sent.setText('body');
  sent.setIntProperty('p', 1);
  const message = received(sent);
  t.throws(() => message.setIntProperty('q', 1), {
    instanceOf: errors.MessageNotWriteableException,
  });
  t.throws(() => message.setText('x'), { instanceOf: errors.MessageNotWriteableException });
  message.clearProperties();
  message.setIntProperty('q', 2);
  t.deepEqual([...message.getPropertyNames()], ['q']);
  t.throws(() => message.setText('x'), { instanceOf: errors.MessageNotWriteableException });
  message.clearBody();
  t.is(message.getText(), null);
  message.setText('x');
  t.is(message.getIntProperty('q'), 2);
  t.is(sent.getText(), 'body');
  t.is(sent.getIntProperty('p'), 1);
});

test('[JMS 3.5.6] [JMS 3.5.9] property names: no headers, and JMSXDeliveryCount of a received one', (t) => {
  const sent = new JmsMessage();
  sent.setJMSType('t');
  sent.setIntProperty('p', 1);
  t.deepEqual([...sent.getPropertyNames()], ['p']);
  const message = received(sent, 3);
  const names = message.getPropertyNames();
  const list: string[] = [];
  while (names.hasMoreElements()) list.push(names.nextElement());
  t.deepEqual(list, ['p', 'JMSXDeliveryCount']);
  t.is(message.getIntProperty('JMSXDeliveryCount'), 3);
  t.is(message.getStringProperty('JMSXDeliveryCount'), '3');
  t.true(message.propertyExists('JMSXDeliveryCount'));
  t.true(message.getJMSRedelivered());
  t.false(received(sent, 1).getJMSRedelivered());
  t.false(message.data().properties.has('JMSXDeliveryCount'));
});

test('[JMS 3.4.5] the correlation id as text and as bytes', (t) => {
  const message = new JmsMessage();
  t.is(message.getJMSCorrelationID(), null);
  t.is(message.getJMSCorrelationIDAsBytes(), null);
  message.setJMSCorrelationIDAsBytes(Uint8Array.of(1, 0xff));
  t.deepEqual(received(message).getJMSCorrelationIDAsBytes(), Uint8Array.of(1, 0xff));
  t.is(message.getJMSCorrelationID(), 'ID:AMQP_BINARY:01FF');
  message.setJMSCorrelationID('é');
  t.deepEqual(message.getJMSCorrelationIDAsBytes(), Uint8Array.of(0xc3, 0xa9));
});

test('[JMS 3.12] getBody and isBodyAssignableTo of each kind', (t) => {
  const text = new JmsTextMessage();
  t.is(text.getBody(Map), null);
  t.true(text.isBodyAssignableTo(Map));
  text.setText('x');
  t.is(text.getBody(String), 'x');
  t.is(text.getBody(Object), 'x');
  t.throws(() => text.getBody(Map), { instanceOf: errors.MessageFormatException });
  const map = new JmsMapMessage();
  map.setInt('a', 1);
  t.deepEqual(map.getBody(Map), new Map([['a', 1]]));
  t.false(map.isBodyAssignableTo(String));
  const bytes = new JmsBytesMessage();
  bytes.writeByte(1);
  t.deepEqual(bytes.getBody(Uint8Array), Uint8Array.of(1));
  t.false(bytes.isBodyAssignableTo(Map));
  const stream = new JmsStreamMessage();
  t.false(stream.isBodyAssignableTo(Object));
  t.throws(() => stream.getBody(Object), { instanceOf: errors.MessageFormatException });
  const object = new JmsObjectMessage();
  object.setObject({ a: [1] });
  t.deepEqual(object.getBody(Object), { a: [1] });
  t.true(object.isBodyAssignableTo(Object));
  t.false(object.isBodyAssignableTo(Map));
  t.is(new JmsMessage().getBody(String), null);
});

test('[JMS 3.11] BytesMessage: every type comes back, big end first', (t) => {
  const message = new JmsBytesMessage();
  message.writeBoolean(true);
  message.writeByte(-1);
  message.writeShort(-2);
  message.writeChar('€');
  message.writeInt(-3);
  message.writeLong(-(2n ** 63n));
  message.writeFloat(0.5);
  message.writeDouble(Math.PI);
  message.writeUTF('a\0é€😀');
  message.writeBytes(Uint8Array.of(9, 8, 7), 1, 2);
  t.throws(() => message.readByte(), { instanceOf: errors.MessageNotReadableException });
  t.throws(() => message.getBodyLength(), { instanceOf: errors.MessageNotReadableException });
  const copy = received(message);
  t.is(copy.getBodyLength(), 1 + 1 + 2 + 2 + 4 + 8 + 4 + 8 + (2 + 1 + 2 + 2 + 3 + 6) + 2);
  t.true(copy.readBoolean());
  t.is(copy.readUnsignedByte(), 255);
  t.is(copy.readUnsignedShort(), 65534);
  t.is(copy.readChar(), '€');
  t.is(copy.readInt(), -3);
  t.is(copy.readLong(), -(2n ** 63n));
  t.is(copy.readFloat(), 0.5);
  t.is(copy.readDouble(), Math.PI);
  t.is(copy.readUTF(), 'a\0é€😀');
  const rest = new Uint8Array(5);
  t.is(copy.readBytes(rest), 2);
  t.deepEqual([...rest], [8, 7, 0, 0, 0]);
  t.is(copy.readBytes(rest), -1);
  t.throws(() => copy.writeByte(1), { instanceOf: errors.MessageNotWriteableException });
});

test('[JMS 3.11.3] BytesMessage: a failed read leaves the position', (t) => {
  const message = new JmsBytesMessage();
  message.writeShort(5);
  message.writeByte(1);
  message.reset();
  t.throws(() => message.readInt(), { instanceOf: errors.MessageEOFException });
  t.throws(() => message.readUTF(), { instanceOf: errors.MessageEOFException });
  t.is(message.readShort(), 5);
  t.throws(() => message.readBytes(new Uint8Array(1), 2), {
    instanceOf: errors.IllegalArgumentException,
  });
  t.is(message.readByte(), 1);
  const malformed = new JmsBytesMessage();
  malformed.writeBytes(Uint8Array.of(0, 1, 0xff));
  malformed.reset();
  t.throws(() => malformed.readUTF(), { instanceOf: errors.MessageFormatException });
  t.is(malformed.readShort(), 1);
});

test('[JMS 3.12] BytesMessage.writeObject writes by type; null is a NullPointerException', (t) => {
  const message = new JmsBytesMessage();
  const values = [true, new JMSByte(1), new JMSShort(2), new JMSCharacter('c'), 3, 4n, 's'];
  for (const value of values) message.writeObject(value);
  message.writeObject(new JMSFloat(1));
  message.writeObject(1.5);
  message.writeObject(Uint8Array.of(1));
  message.reset();
  t.is(message.getBodyLength(), 1 + 1 + 2 + 2 + 4 + 8 + 3 + 4 + 8 + 1);
  message.clearBody();
  t.throws(() => message.writeObject(null), { instanceOf: errors.NullPointerException });
  t.throws(() => message.writeObject({}), { instanceOf: errors.MessageFormatException });
});

test('[JMS 3.12] what is set is copied, and what is got is a copy', (t) => {
  const bytes = Uint8Array.of(1, 2);
  const map = new JmsMapMessage();
  map.setBytes('b', bytes);
  const stream = new JmsStreamMessage();
  stream.writeBytes(bytes);
  bytes[0] = 9;
  const got = map.getBytes('b');
  t.deepEqual(got, Uint8Array.of(1, 2));
  got?.fill(0);
  t.deepEqual(map.getObject('b'), Uint8Array.of(1, 2));
  stream.reset();
  t.deepEqual(stream.readObject(), Uint8Array.of(1, 2));
});

test('[JMS 3.11] StreamMessage: a field of bytes may be read in parts', (t) => {
  const message = new JmsStreamMessage();
  message.writeBytes(Uint8Array.of(1, 2, 3));
  message.writeBytes(Uint8Array.of(4, 5));
  message.writeBytes(new Uint8Array());
  message.writeBytes(null);
  message.writeString('end');
  message.reset();
  const two = new Uint8Array(2);
  t.is(message.readBytes(two), 2);
  t.throws(() => message.readString(), { instanceOf: errors.MessageFormatException });
  t.is(message.readBytes(two), 1, 'less than the array: the field is over');
  t.is(message.readBytes(two), 2);
  t.is(message.readBytes(two), -1, 'exactly the array: one more call says that it is over');
  t.is(message.readBytes(two), 0, 'an empty field');
  t.is(message.readBytes(two), -1, 'null');
  t.is(message.nextItemType(), 'string');
  t.is(message.readString(), 'end');
  t.throws(() => message.readString(), { instanceOf: errors.MessageEOFException });
});

test('[JMS 3.11] ObjectMessage: JSON; what is not is refused, its bytes beside', (t) => {
  const message = new JmsObjectMessage();
  const object = { a: 1 };
  message.setObject(object);
  object.a = 2;
  t.deepEqual(received(message).getObject(), { a: 1 });
  const cycle = {};
  Object.assign(cycle, { self: cycle });
  for (const value of [cycle, 1n, () => 1]) {
    t.throws(() => message.setObject(value), { instanceOf: errors.MessageFormatException });
  }
  const java = new JmsObjectMessage({
    kind: 'object',
    bytes: Uint8Array.of(0xac, 0xed),
    contentType: 'application/x-java-serialized-object',
  });
  const error = t.throws(() => java.getObject(), { instanceOf: errors.MessageFormatException });
  t.deepEqual(Reflect.get(error ?? {}, 'bytes'), Uint8Array.of(0xac, 0xed));
});

test('readUTF reads what writeUTF wrote, lone surrogates too', (t) => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 0xffff })), (units) => {
      const text = String.fromCharCode(...units);
      const message = new JmsBytesMessage();
      message.writeUTF(text);
      message.reset();
      t.is(message.readUTF(), text);
    }),
  );
  const message = new JmsBytesMessage();
  t.throws(() => message.writeUTF('x'.repeat(65536)), {
    instanceOf: errors.MessageFormatException,
  });
});

test('[JMS 3.12] messages of other providers are read by their methods', (t) => {
  // A message of ours behind a proxy is of no class of ours.
  const foreign = <T extends JmsMessage>(message: T): Message => {
    const methods: Record<string, unknown> = {};
    for (
      let level: object = message;
      level !== Object.prototype;
      level = Object.getPrototypeOf(level)
    ) {
      for (const name of Object.getOwnPropertyNames(level)) {
        const value = Reflect.get(message, name);
        if (typeof value === 'function' && name !== 'constructor') {
          methods[name] ??= value.bind(message);
        }
      }
    }
    return methods as unknown as Message;
  };
  const bytes = new JmsBytesMessage();
  bytes.writeInt(7);
  const map = new JmsMapMessage();
  map.setString('k', 'v');
  const stream = new JmsStreamMessage();
  stream.writeString('a');
  stream.writeBytes(Uint8Array.of(1));
  const text = new JmsTextMessage();
  text.setText('t');
  const object = new JmsObjectMessage();
  object.setObject([1]);
  for (const message of [text, bytes, map, stream, object, new JmsMessage()]) {
    message.setIntProperty('p', 1);
    message.setJMSType('type');
    message.setJMSReplyTo(namedQueue('answers'));
    const own = ownMessage(foreign(message));
    t.not(own as JmsMessage, message);
    t.deepEqual(own.data(), message.data());
  }
  t.is(ownMessage(text), text);
  for (const nothing of [null, undefined, {}, 'text']) {
    t.throws(() => ownMessage(nothing), { instanceOf: errors.MessageFormatException });
  }
});

test('[JMS 6.2.3] destinations: names, spelling, kinds', (t) => {
  const queue = namedQueue('queue://orders');
  t.is(queue.getQueueName(), 'orders');
  t.is(String(queue), 'queue://orders');
  t.true(queue instanceof Queue);
  t.false(queue instanceof Topic);
  for (const name of ['', null as never]) {
    t.throws(() => namedQueue(name), { instanceOf: errors.InvalidDestinationException });
  }
});
