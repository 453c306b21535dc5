// Headers of our own: what JMS has and STOMP has no word for. Whoever does not know them still reads the
// message; our gateway reads them, so that receivers of other protocols see what was sent.

/**
 * What the body is, for some brokers tell text from bytes by the length alone: `none`, `null` (a
 * TextMessage without text), `text`, `bytes`, `map`, `stream`, `object`.
 */
export const BODY = 'angelia-body';
/** The JMSMessageID of the sender; brokers give one of their own. */
export const MESSAGE_ID = 'angelia-message-id';
/** A correlation id of bytes, base64. */
export const CORRELATION_BYTES = 'angelia-correlation-bytes';
/** JSON: by the name of a property, its type, if it is no string. */
export const TYPES = 'angelia-types';
/** JSON: properties that cannot be headers, as pairs of type and text. */
export const PROPERTIES = 'angelia-properties';
/** The media type of the bytes of an ObjectMessage. */
export const OBJECT_TYPE = 'angelia-object-type';

/** When it was sent, for a broker that says when it came: epoch ms. */
export const TIMESTAMP = 'angelia-timestamp';

/** When it may be delivered: epoch ms. */
export const DELIVERY_TIME = 'angelia-delivery-time';

/** To RabbitMQ, the application id of a message: by it noLocal knows who sent it, by 0-9-1, too. */
export const SENDER = 'app-id';

/** Headers that mean something in STOMP or to a broker: a property of such a name goes elsewhere. */
export const RESERVED: ReadonlySet<string> = new Set([
  ...['destination', 'receipt', 'transaction', 'persistent', 'priority', 'expires', 'timestamp'],
  ...['expiration', 'type', 'transformation', 'subscription', 'ack', 'redelivered', 'browser'],
  ...['selector', 'id', 'session', 'version', 'server', 'host', 'login', 'passcode', 'requeue'],
  ...['message', 'durable', 'exclusive', 'shared', 'brokerInTime', 'brokerOutTime'],
  ...['AMQ_SCHEDULED_DELAY', 'AMQ_SCHEDULED_PERIOD', 'AMQ_SCHEDULED_REPEAT'],
  ...['AMQ_SCHEDULED_CRON', 'AMQ_SCHEDULED_TIME', '_AMQ_DUPL_ID', 'scheduledJobId'],
  ...['JMSXUserID', 'JMSXDeliveryCount', 'JMSXGroupFirstForConsumer', '__proto__'],
]);
