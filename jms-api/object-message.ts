// A message whose body is an object, as JSON. What another program serialised in another way (Java,
// say) cannot be read here: that is an exception, with the raw bytes beside it. [JMS 3.11]

import { JMSException, MessageFormatException } from './errors.ts';
import { JmsMessage } from './jms-message.ts';
import { type BodyClass, looksLike, type Message } from './message.ts';
import type { BodyData } from './message-data.ts';

/** A message whose body is an object. [JMS 3.11] */
export interface ObjectMessage extends Message {
  /**
   * Sets the object, as it is now: later changes to it do not reach the message.
   *
   * @throws {MessageFormatException} if JSON cannot hold it
   */
  setObject(object: unknown): void;
  /**
   * Returns a copy of the object, or null.
   *
   * @throws {MessageFormatException} if it is not JSON; its `bytes` are what came
   */
  getObject(): unknown;
}

/** Makes `message instanceof ObjectMessage` work for messages of every provider. */
export const ObjectMessage: { [Symbol.hasInstance](value: unknown): value is ObjectMessage } = {
  [Symbol.hasInstance]: (value): value is ObjectMessage =>
    value instanceof JmsObjectMessage ||
    (looksLike(value, 'getJMSMessageID', 'getObject', 'setObject') &&
      !looksLike(value, 'getMapNames')),
};

type ObjectBody = BodyData & { readonly kind: 'object' };

const JSON_TYPE = 'application/json';
const NO_OBJECT: ObjectBody = { kind: 'object', bytes: new Uint8Array(), contentType: JSON_TYPE };

/** @internal */
export class JmsObjectMessage extends JmsMessage implements ObjectMessage {
  #body: ObjectBody;

  constructor(body: ObjectBody = NO_OBJECT) {
    super();
    this.#body = body;
  }

  setObject(object: unknown): void {
    this.checkBodyWritable();
    if (object === null || object === undefined) {
      this.#body = NO_OBJECT;
      return;
    }
    const text = toJson(object);
    this.#body = { kind: 'object', bytes: new TextEncoder().encode(text), contentType: JSON_TYPE };
  }

  getObject(): unknown {
    const { bytes, contentType } = this.#body;
    if (bytes.length === 0) return null;
    try {
      if (contentType !== JSON_TYPE) throw new JMSException(`the content type is ${contentType}`);
      return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    } catch (cause) {
      const error = new MessageFormatException('the object is not JSON', null, { cause });
      throw Object.assign(error, { bytes: new Uint8Array(bytes) });
    }
  }

  override clearBody(): void {
    super.clearBody();
    this.#body = NO_OBJECT;
  }

  override bodyData(): BodyData {
    return this.#body;
  }

  override bodyObject(): unknown {
    return this.getObject();
  }

  override isBodyAssignableTo(type: BodyClass): boolean {
    const object = this.getObject();
    return object === null || Object(object) instanceof type;
  }
}

function toJson(object: unknown): string {
  try {
    const text = JSON.stringify(object);
    if (text !== undefined) return text;
  } catch (cause) {
    throw new MessageFormatException('JSON cannot hold the object', null, { cause });
  }
  throw new MessageFormatException(`JSON cannot hold a ${typeof object}`);
}
