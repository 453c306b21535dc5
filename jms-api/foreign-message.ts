// Messages made by another provider: a JMS provider must be able to send them. They are read by
// their methods, into a message of ours. [JMS 3.12]

import { BytesMessage, JmsBytesMessage } from './bytes-message.ts';
import { MessageEOFException, MessageFormatException } from './errors.ts';
import { JmsMessage } from './jms-message.ts';
import { JmsMapMessage, MapMessage } from './map-message.ts';
import { Message } from './message.ts';
import { JmsObjectMessage, ObjectMessage } from './object-message.ts';
import { JmsStreamMessage, StreamMessage } from './stream-message.ts';
import { JmsTextMessage, TextMessage } from './text-message.ts';

/**
 * The message as one of ours: itself, or a copy.
 *
 * @throws {MessageFormatException} for null, and for what is no message
 */
export function ownMessage(message: unknown): JmsMessage {
  if (message instanceof JmsMessage) return message;
  if (!(message instanceof Message)) {
    throw new MessageFormatException(`expected a Message, got ${String(message)}`);
  }
  const copy = copyBody(message);
  for (const name of message.getPropertyNames()) {
    if (!name.startsWith('JMSXDelivery')) {
      copy.setObjectProperty(name, message.getObjectProperty(name));
    }
  }
  copy.setJMSCorrelationID(message.getJMSCorrelationID());
  copy.setJMSReplyTo(message.getJMSReplyTo());
  copy.setJMSType(message.getJMSType());
  return copy;
}

/** Shows the sender the headers that the send set. [JMS 3.4.11] */
export function copyHeaders(from: Message, to: Message): void {
  to.setJMSMessageID(from.getJMSMessageID());
  to.setJMSDestination(from.getJMSDestination());
  to.setJMSDeliveryMode(from.getJMSDeliveryMode());
  to.setJMSPriority(from.getJMSPriority());
  to.setJMSTimestamp(from.getJMSTimestamp());
  to.setJMSExpiration(from.getJMSExpiration());
  to.setJMSDeliveryTime(from.getJMSDeliveryTime());
}

function copyBody(message: Message): JmsMessage {
  if (message instanceof TextMessage) {
    const copy = new JmsTextMessage();
    copy.setText(message.getText());
    return copy;
  }
  if (message instanceof BytesMessage) return copyBytes(message);
  if (message instanceof MapMessage) {
    const copy = new JmsMapMessage();
    for (const name of message.getMapNames()) copy.setObject(name, message.getObject(name));
    return copy;
  }
  if (message instanceof StreamMessage) return copyStream(message);
  if (message instanceof ObjectMessage) {
    const copy = new JmsObjectMessage();
    copy.setObject(message.getObject());
    return copy;
  }
  return new JmsMessage();
}

function copyBytes(message: BytesMessage): JmsMessage {
  message.reset();
  const bytes = new Uint8Array(message.getBodyLength());
  message.readBytes(bytes);
  const copy = new JmsBytesMessage();
  copy.writeBytes(bytes);
  return copy;
}

function copyStream(message: StreamMessage): JmsMessage {
  message.reset();
  const copy = new JmsStreamMessage();
  for (;;) {
    try {
      copy.writeObject(message.readObject());
    } catch (error) {
      if (error instanceof MessageEOFException) return copy;
      throw error;
    }
  }
}
