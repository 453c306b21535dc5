// A message whose body is a text, or null. [JMS 3.11]

import { JmsMessage } from './jms-message.ts';
import { looksLike, type Message } from './message.ts';
import type { BodyData } from './message-data.ts';
import { stringValue } from './typed-value.ts';

/** A message whose body is a text. [JMS 3.11] */
export interface TextMessage extends Message {
  /** Sets the text; null: the message has no body. */
  setText(text: string | null): void;
  /** Returns the text, or null. */
  getText(): string | null;
  /** The text, for reading. */
  readonly text: string | null;
}

/** Makes `message instanceof TextMessage` work for messages of every provider. */
export const TextMessage: { [Symbol.hasInstance](value: unknown): value is TextMessage } = {
  [Symbol.hasInstance]: (value): value is TextMessage =>
    value instanceof JmsTextMessage || looksLike(value, 'getJMSMessageID', 'getText', 'setText'),
};

type TextBody = BodyData & { readonly kind: 'text' };

const NO_TEXT: TextBody = { kind: 'text', text: null };

/** @internal */
export class JmsTextMessage extends JmsMessage implements TextMessage {
  /** Kept as it came: a provider may decode `text` when it is first read. */
  #body: TextBody;

  constructor(body: TextBody = NO_TEXT) {
    super();
    this.#body = body;
  }

  setText(text: string | null): void {
    this.checkBodyWritable();
    stringValue(text);
    this.#body = { kind: 'text', text };
  }

  getText(): string | null {
    return this.#body.text;
  }

  get text(): string | null {
    return this.#body.text;
  }

  override clearBody(): void {
    super.clearBody();
    this.#body = NO_TEXT;
  }

  override bodyData(): BodyData {
    return this.#body;
  }

  override bodyObject(): string | null {
    return this.#body.text;
  }
}
