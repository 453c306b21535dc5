// Selectors for Artemis over STOMP. It does not translate the names of JMS headers there:
// `JMSPriority = 4` would select nothing, without a word.

import * as Own from './own-header.ts';

const NAMES: Readonly<Record<string, string>> = {
  JMSMessageID: Own.MESSAGE_ID,
  JMSPriority: 'AMQPriority',
  JMSTimestamp: 'AMQTimestamp',
  JMSDeliveryMode: 'AMQDurable',
  JMSExpiration: 'AMQExpiration',
  JMSXGroupID: '_AMQ_GROUP_ID',
};
const MODES: Readonly<Record<string, string>> = {
  "'PERSISTENT'": "'DURABLE'",
  "'NON_PERSISTENT'": "'NON_DURABLE'",
};

/** A string, whose quotes are doubled inside; or a word. */
const TOKEN = /'(?:[^']|'')*'|[\p{L}_$][\p{L}\p{N}_$]*/gu;

/**
 * @param connectionId - nothing that this connection sent is to come
 */
export function artemisSelector(selector: string, connectionId: string | undefined): string {
  const mode = /\bJMSDeliveryMode\b/.test(selector);
  let hyphens = '';
  const said = selector.replace(TOKEN, (token) => {
    if (token.startsWith("'")) return mode ? (MODES[token] ?? token) : token;
    // Our header of it has a hyphen in its name.
    if (token === 'JMSMessageID') hyphens = 'hyphenated_props:';
    return Object.hasOwn(NAMES, token) ? (NAMES[token] ?? token) : token;
  });
  const foreign =
    connectionId === undefined
      ? said
      : `(${said}) AND (__AMQ_CID IS NULL OR __AMQ_CID NOT IN ('${connectionId}'))`;
  return `convert_string_expressions:${hyphens}${foreign}`;
}
