// What makes messages: a session, and a context. [JMS 6.2.1]

import { JmsBytesMessage } from './bytes-message.ts';
import { JmsMessage } from './jms-message.ts';
import { JmsMapMessage } from './map-message.ts';
import { JmsObjectMessage } from './object-message.ts';
import { JmsStreamMessage } from './stream-message.ts';
import { JmsTextMessage } from './text-message.ts';

/** @internal */
export abstract class MessageMaker {
  /** @throws {IllegalStateException} if it is closed, or the exception that the heir has for that */
  abstract check(): void;

  createBytesMessage(): JmsBytesMessage {
    this.check();
    return new JmsBytesMessage();
  }
  createMapMessage(): JmsMapMessage {
    this.check();
    return new JmsMapMessage();
  }
  createMessage(): JmsMessage {
    this.check();
    return new JmsMessage();
  }
  createObjectMessage(object: unknown = null): JmsObjectMessage {
    this.check();
    const message = new JmsObjectMessage();
    message.setObject(object);
    return message;
  }
  createStreamMessage(): JmsStreamMessage {
    this.check();
    return new JmsStreamMessage();
  }
  createTextMessage(text: string | null = null): JmsTextMessage {
    this.check();
    const message = new JmsTextMessage();
    if (text !== null) message.setText(text);
    return message;
  }
}
