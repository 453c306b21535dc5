// Selectors for the topics of Artemis. It translates the names of JMS headers for consumers of queues,
// and not for subscriptions: there `JMSPriority = 4` would select nothing, without a word.

const NAMES: Readonly<Record<string, string>> = {
  JMSMessageID: 'AMQUserID',
  JMSPriority: 'AMQPriority',
  JMSTimestamp: 'AMQTimestamp',
  JMSDeliveryMode: 'AMQDurable',
  JMSExpiration: 'AMQExpiration',
};
const MODES: Readonly<Record<string, string>> = {
  "'PERSISTENT'": "'DURABLE'",
  "'NON_PERSISTENT'": "'NON_DURABLE'",
};

/** A string, whose quotes are doubled inside; or a word. */
const TOKEN = /'(?:[^']|'')*'|[\p{L}_$][\p{L}\p{N}_$]*/gu;

export function artemisSelector(selector: string): string {
  const mode = /\bJMSDeliveryMode\b/.test(selector);
  return selector.replace(TOKEN, (token) => {
    if (token.startsWith("'")) return mode ? (MODES[token] ?? token) : token;
    return Object.hasOwn(NAMES, token) ? (NAMES[token] ?? token) : token;
  });
}
