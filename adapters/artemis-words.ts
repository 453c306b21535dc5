// Selectors in the words of Artemis, where it does not translate the names of JMS headers by itself:
// there `JMSPriority = 4` would select nothing, without a word.

const NAMES: ReadonlyMap<string, string> = new Map([
  ['JMSPriority', 'AMQPriority'],
  ['JMSTimestamp', 'AMQTimestamp'],
  ['JMSDeliveryMode', 'AMQDurable'],
  ['JMSExpiration', 'AMQExpiration'],
]);
const MODES: ReadonlyMap<string, string> = new Map([
  ["'PERSISTENT'", "'DURABLE'"],
  ["'NON_PERSISTENT'", "'NON_DURABLE'"],
]);

/** A string, whose quotes are doubled inside; or a word. */
const TOKEN = /'(?:[^']|'')*'|[\p{L}_$][\p{L}\p{N}_$]*/gu;

/** @param others - names that are called otherwise by each protocol; undefined: not this one */
export function inArtemisWords(
  selector: string,
  others: (name: string) => string | undefined,
): string {
  const mode = /\bJMSDeliveryMode\b/.test(selector);
  return selector.replace(TOKEN, (token) => {
    if (token.startsWith("'")) return mode ? (MODES.get(token) ?? token) : token;
    return others(token) ?? NAMES.get(token) ?? token;
  });
}
