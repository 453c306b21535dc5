// The face of a message that selectors look at: the few headers they may name, and its properties.
// Anything with these fields will do: a `MessageView` as it is, or a gateway's lazy reader with
// getters, which then decodes no more than the selector asks for. [JMS 3.8.1.1]

import type { TypedValue } from '../view.ts';

/** A message as a selector sees it. An absent header and an absent property are NULL. */
export interface Selectable {
  /** JMSDeliveryMode, for selectors 'PERSISTENT' or 'NON_PERSISTENT'. [JMS 3.8.1.3] */
  readonly persistent: boolean;
  /** JMSPriority, 0…9. */
  readonly priority: number;
  /** JMSTimestamp: epoch ms. */
  readonly timestamp?: number | undefined;
  readonly messageId?: string | undefined;
  /** JMSCorrelationID; one in bytes is NULL here, as it has no text. */
  readonly correlationId?: string | Uint8Array | undefined;
  /** JMSType. */
  readonly type?: string | undefined;
  readonly properties: PropertyReader;
}

/** Looks a property up. The value that it gives is read at once and not kept. */
export interface PropertyReader {
  get(name: string): TypedValue | undefined;
}

/** Reads one operand of a selector out of a message; undefined: NULL. */
export type Reader = (message: Selectable) => TypedValue | undefined;

const PERSISTENT: TypedValue = { type: 'string', value: 'PERSISTENT' };
const NON_PERSISTENT: TypedValue = { type: 'string', value: 'NON_PERSISTENT' };
const PRIORITIES: readonly TypedValue[] = Array.from({ length: 10 }, (_, value) => {
  return { type: 'int', value };
});

/** Headers that are text, read without wrapping it. */
export function textHeader(
  name: string,
): ((message: Selectable) => string | undefined) | undefined {
  switch (name) {
    case 'JMSType':
      return (message) => message.type;
    case 'JMSMessageID':
      return (message) => message.messageId;
    case 'JMSCorrelationID':
      return ({ correlationId }) => (typeof correlationId === 'string' ? correlationId : undefined);
    default:
      return undefined;
  }
}

/** Makes the reader of a header or a property. */
export function readerOf(name: string): Reader {
  const header = textHeader(name);
  if (header !== undefined) {
    return (message) => {
      const value = header(message);
      return value === undefined ? undefined : { type: 'string', value };
    };
  }
  switch (name) {
    case 'JMSDeliveryMode':
      return (message) => (message.persistent ? PERSISTENT : NON_PERSISTENT);
    case 'JMSPriority':
      return ({ priority }) => PRIORITIES[priority] ?? { type: 'int', value: priority };
    case 'JMSTimestamp':
      return ({ timestamp }) => {
        if (timestamp === undefined || !Number.isInteger(timestamp)) return undefined;
        return { type: 'long', value: BigInt(timestamp) };
      };
    default:
      return (message) => {
        const value = message.properties.get(name);
        return value === undefined || value.type === 'null' ? undefined : value;
      };
  }
}
