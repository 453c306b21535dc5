// What RabbitMQ's own JMS client (com.rabbitmq.jms) writes to its queues and topics: a stream of Java
// objects with all of the message in it.
//
//     class of the message │ an id │ headers: count, (name, value)… │ properties: count, (name, value)… │ body
//
// To a destination that it calls `amqp` it writes text and bytes as they are, and no such stream. Facts
// of its version 3; the names are those of its default NamingStrategy.

/** By the kind of a body, the class of the message. */
export const CLASSES = {
  none: 'com.rabbitmq.jms.client.RMQNullMessage',
  text: 'com.rabbitmq.jms.client.message.RMQTextMessage',
  bytes: 'com.rabbitmq.jms.client.message.RMQBytesMessage',
  map: 'com.rabbitmq.jms.client.message.RMQMapMessage',
  stream: 'com.rabbitmq.jms.client.message.RMQStreamMessage',
  object: 'com.rabbitmq.jms.client.message.RMQObjectMessage',
} as const;

/** What the names of such classes begin with. */
export const CLASS_PREFIX = 'com.rabbitmq.jms.client.';

/** Headers of JMS in the stream. */
export const Field = {
  messageId: 'rmq.jms.message.id',
  timestamp: 'rmq.jms.message.timestamp',
  correlationId: 'rmq.jms.message.correlation.id',
  replyTo: 'rmq.jms.message.reply.to',
  destination: 'rmq.jms.message.destination',
  redelivered: 'rmq.jms.message.redelivered',
  type: 'rmq.jms.message.type',
  deliveryMode: 'rmq.jms.message.delivery.mode',
  expiration: 'rmq.jms.message.expiration',
  priority: 'rmq.jms.message.priority',
} as const;

/** What stands before a value and says its type; anything else is an object. */
export const Code = {
  nothing: -1,
  boolean: 1,
  byte: 2,
  short: 3,
  int: 4,
  long: 5,
  float: 6,
  double: 7,
  string: 8,
  char: 9,
  bytes: 10,
  object: 127,
} as const;

/** A destination: the class, and what tells its versions apart. */
export const DESTINATION_CLASS = 'com.rabbitmq.jms.admin.RMQDestination';
export const DESTINATION_VERSION = 596966152753718825n;

/** Where its queues are bound, and where it sends to them. */
export const QUEUE_EXCHANGE = 'jms.durable.queues';
/** Where its topics are. */
export const TOPIC_EXCHANGE = 'jms.durable.topic';
/** Where its temporary queues and topics are. */
export const TEMPORARY_QUEUE_EXCHANGE = 'jms.temp.queues';
export const TEMPORARY_TOPIC_EXCHANGE = 'jms.temp.topic';

/** What the names of its temporary destinations begin with, topics too. */
const TEMPORARY_PREFIX = 'jms-temp-queue-';

/** Tells whether a destination is a temporary one of that client. */
export function isItsTemporary(name: string): boolean {
  return name.startsWith(TEMPORARY_PREFIX);
}

/** What it says its content is, whatever that is. */
export const CONTENT_TYPE = 'application/octet-stream';

/** The media type of an object that Java serialised. */
export const JAVA_OBJECT = 'application/x-java-serialized-object';
