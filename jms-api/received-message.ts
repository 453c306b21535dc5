// The message object for data that came over the seam: the class that its body asks for. [JMS 3.11]

import { JmsBytesMessage } from './bytes-message.ts';
import { type Acknowledger, JmsMessage } from './jms-message.ts';
import { JmsMapMessage } from './map-message.ts';
import type { BodyData, DestinationData, MessageData } from './message-data.ts';
import { JmsObjectMessage } from './object-message.ts';
import { JmsStreamMessage } from './stream-message.ts';
import { JmsTextMessage } from './text-message.ts';

/** Makes a received, read-only message. @param fallback - where its consumer listens */
export function receivedMessage(
  data: MessageData,
  attempt: number,
  fallback: DestinationData,
  acknowledger: Acknowledger,
): JmsMessage {
  const message = messageFor(data.body);
  message.adopt(data, attempt, fallback, acknowledger);
  return message;
}

function messageFor(body: BodyData): JmsMessage {
  switch (body.kind) {
    case 'text':
      return new JmsTextMessage(body);
    case 'bytes':
      return new JmsBytesMessage(body.bytes);
    case 'map':
      return new JmsMapMessage(body.entries);
    case 'stream':
      return new JmsStreamMessage(body.items);
    case 'object':
      return new JmsObjectMessage(body);
    case 'none':
      return new JmsMessage();
  }
}
