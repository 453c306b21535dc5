// What a broker says in ERROR frames, as exceptions of JMS. Our own says its error code; of the others
// there is only the text. [STOMP 1.2 ERROR] [JMS 10.3]

import {
  IllegalStateException,
  InvalidClientIDException,
  InvalidDestinationException,
  InvalidSelectorException,
  JMSException,
  JMSSecurityException,
  ResourceAllocationException,
  TransactionRolledBackException,
  UnsupportedOperationException,
} from '#jms-api';

import { FORBIDDEN_CURE, MISSING_CURE } from '../cures.ts';

type Made = new (reason: string, errorCode: string | null) => Error;

const BY_CODE: Readonly<Record<string, Made>> = {
  'address-invalid': InvalidDestinationException,
  'destination-missing': InvalidDestinationException,
  'subscription-missing': InvalidDestinationException,
  'selector-invalid': InvalidSelectorException,
  unauthorized: JMSSecurityException,
  'client-id-in-use': InvalidClientIDException,
  'client-id-missing': IllegalStateException,
  'limit-exceeded': ResourceAllocationException,
  'transaction-rolled-back': TransactionRolledBackException,
};

/** The first that fits what the text says. */
const BY_WORDS: readonly (readonly [RegExp, Made])[] = [
  [/InvalidClientID|client.{0,80}already connected|client.?id/i, InvalidClientIDException],
  [
    /access.?refused|bad.?cred|password|not authori[sz]ed|security|AMQ229031/i,
    JMSSecurityException,
  ],
  // The last is what Classic makes of a selector that it cannot read, of a topic.
  [/InvalidSelector|selector|filter|create TopicSubscription/i, InvalidSelectorException],
  [
    /No durable subscription|InvalidDestination|destination|not.?found|no such|no queue|^\S+ temp-\w+:/i,
    InvalidDestinationException,
  ],
];
/** Artemis names no reason for these two, and the first shows the whole message. */
const REASONLESS = /^(.*\bAMQ3390(?:11|16)\b.*?)( CoreMessage\[.*)?$/s;
const REASONLESS_CURE =
  'Artemis says no more to the client, and its log does; often it is a permission that this user has not';
/** Brokers in Java name their exception in the body, and then everybody who passed it on. */
const BY_NAME =
  /\b(InvalidClientID|InvalidSelector|InvalidDestination|JMSSecurity|Security)Exception/;

/**
 * The exception for an ERROR frame.
 *
 * @param more - the beginning of its body
 */
export function exceptionOf(code: string | undefined, text: string, more = ''): Error {
  if (code === 'unsupported') return new UnsupportedOperationException(text);
  const reasonless = REASONLESS.exec(text)?.[1];
  if (reasonless !== undefined) return new JMSException(`${reasonless}: ${REASONLESS_CURE}`);
  const made = (code === undefined ? madeOf(text, more) : BY_CODE[code]) ?? JMSException;
  return new made(cured(text, made), code ?? null);
}

/** Our own says the cure itself. */
function cured(text: string, made: Made): string {
  if (made === JMSSecurityException) return `${text}: ${FORBIDDEN_CURE}`;
  const missing = /AMQ339001|does not exist|NOT_FOUND|no queue/.test(text);
  return missing && made === InvalidDestinationException ? `${text}: ${MISSING_CURE}` : text;
}

function madeOf(text: string, more: string): Made | undefined {
  const said = BY_NAME.exec(more)?.[1] ?? text;
  return BY_WORDS.find(([words]) => words.test(said))?.[1];
}

/**
 * What an ERROR in place of CONNECTED means. Brokers without error codes say it in their words: RabbitMQ
 * `Bad CONNECT`, with the virtual host or the user behind it.
 *
 * @param error - of {@link exceptionOf}
 */
export function refusalOf(where: string, text: string, error: Error): Error {
  if (/virtual host/i.test(text)) {
    // It may be down for a while: no reason to give up for good.
    return new JMSException(
      `${where} refuses the virtual host (${text}): name another at the end of the URL, ` +
        'stomp://HOST:PORT/VHOST, or have it made, or access to it (rabbitmqctl add_vhost, ' +
        'set_permissions)',
    );
  }
  const refused = error instanceof JMSSecurityException;
  if (!refused && !/bad connect|login|authenticat/i.test(text)) return error;
  const code = error instanceof JMSException ? error.getErrorCode() : null;
  const words = `${where} refuses us (${text}): check jms.username and jms.password`;
  return new JMSSecurityException(words, code);
}
