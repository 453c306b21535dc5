// Headers of messages: those of RabbitMQ's own JMS client, which we write and read like it, and those
// of our own for what JMS has and AMQP 0-9-1 has no word for. Whoever does not know them still reads
// the message.

/**
 * What kind of body it is, in the words of RabbitMQ's JMS client, which tells text from bytes by it, and
 * to which it is the JMSType, too. Where a body is no text, it is the JMSType of the application, if
 * there is one, and {@link BODY} says the kind. The JMSType is the property `type` of AMQP anyway.
 */
export const KIND = 'JMSType';
/** `PERSISTENT` or not: RabbitMQ's JMS client always says so, and we to it alone. */
export const FROM_JMS_CLIENT = 'JMSDeliveryMode';
/** A copy of the property `priority` of AMQP. */
export const PRIORITY = 'JMSPriority';
/** Epoch ms; the property `timestamp` of AMQP has seconds. */
export const TIMESTAMP = 'JMSTimestamp';
/** Epoch ms; the property `expiration` of AMQP is how long it lives. */
export const EXPIRATION = 'JMSExpiration';
/** Of messages without properties of AMQP for it. */
export const MESSAGE_ID = 'JMSMessageID';
export const CORRELATION_ID = 'JMSCorrelationID';

/** `null`: a TextMessage without text; or the kind of the body, if {@link KIND} does not say. */
export const BODY = 'angelia-body';
/** A correlation id of bytes. */
export const CORRELATION_BYTES = 'angelia-correlation-bytes';
/** The kind of the destination in `reply-to`, if it is no queue. */
export const REPLY_KIND = 'angelia-reply-kind';
/** What is too long for a property of AMQP, 255 bytes. */
export const LONG_TYPE = 'angelia-type';
export const LONG_REPLY_TO = 'angelia-reply-to';
/** JSON: by the name of a property, its type, if its value does not show it. */
export const TYPES = 'angelia-types';
/** JSON: properties that cannot be headers, as pairs of type and text. */
export const PROPERTIES = 'angelia-properties';
/** The media type of the bytes of an ObjectMessage. */
export const OBJECT_TYPE = 'angelia-object-type';
/** The number of a send, if it has no message id by which we know it when it is returned. */
export const SEND = 'angelia-send';

/**
 * Headers that mean something to RabbitMQ, to its JMS client or to us: a property of such a name goes
 * elsewhere. RabbitMQ sends copies to the queues that CC and BCC name.
 */
export const RESERVED: ReadonlySet<string> = new Set([
  ...['CC', 'BCC', '__proto__', FROM_JMS_CLIENT, PRIORITY, 'JMSRedelivered'],
  ...[KIND, TIMESTAMP, EXPIRATION, MESSAGE_ID, CORRELATION_ID, 'JMSDestination', 'JMSReplyTo'],
  ...['JMSXUserID', 'JMSXDeliveryCount'],
]);

/** The kinds of bodies in the words of {@link KIND}. */
export const KINDS = {
  none: 'Message',
  text: 'TextMessage',
  bytes: 'BytesMessage',
  map: 'MapMessage',
  stream: 'StreamMessage',
  object: 'ObjectMessage',
} as const;
