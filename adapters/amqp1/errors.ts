// What AMQP peers say is wrong, as exceptions of JMS. [AMQP 2.8.15-2.8.18] [JMS 10.3]

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
import type { AmqpError } from './rhea.ts';

type Made = new (reason: string, errorCode: string | null) => Error;

const CLASSES: Readonly<Record<string, Made>> = {
  'amqp:not-found': InvalidDestinationException,
  'amqp:invalid-field': InvalidDestinationException,
  'amqp:resource-deleted': InvalidDestinationException,
  'amqp:resource-limit-exceeded': ResourceAllocationException,
  'amqp:resource-locked': IllegalStateException,
  'amqp:precondition-failed': IllegalStateException,
  'amqp:illegal-state': IllegalStateException,
  'amqp:transaction:rollback': TransactionRolledBackException,
  'amqp:transaction:timeout': TransactionRolledBackException,
  'amqp:transaction:unknown-id': TransactionRolledBackException,
};

/** How Artemis says of a message to an address that is not there why it is rejected. */
const NOT_THERE = /^AMQ1190(02|10)\b|address .*does not exist/;
/** RabbitMQ lets in whoever it knows, and then looks whether the virtual host is there for them. */
const NO_VIRTUAL_HOST = /^Access for user '.*' was refused: insufficient permissions/;
const VIRTUAL_HOST_CURE =
  'there may be no such virtual host: see amqp.vhost, of RabbitMQ amqp.vhost=vhost:NAME';

/**
 * The exception for what the peer said.
 *
 * @param otherwise - the words if it said none
 */
export function exceptionOf(error: AmqpError | undefined, otherwise: string): Error {
  const { condition, description } = error ?? {};
  const said = inShort(description ?? undefined);
  const text = said ?? (condition === undefined ? otherwise : `${otherwise}: ${condition}`);
  if (condition === 'amqp:not-implemented') return new UnsupportedOperationException(text);
  if (condition === 'amqp:invalid-field' && namesContainerId(error?.info)) {
    return new InvalidClientIDException(text, condition);
  }
  if (condition === 'amqp:invalid-field' && /selector|filter/i.test(text)) {
    return new InvalidSelectorException(text, condition);
  }
  const missing = condition === 'amqp:not-found' && /auto|does not exist|queue|address/i.test(text);
  if (missing || NOT_THERE.test(text)) {
    return new InvalidDestinationException(`${text}: ${MISSING_CURE}`, condition ?? null);
  }
  if (condition === 'amqp:unauthorized-access') {
    const cure = NO_VIRTUAL_HOST.test(text) ? VIRTUAL_HOST_CURE : FORBIDDEN_CURE;
    return new JMSSecurityException(`${text}: ${cure}`, condition);
  }
  // ActiveMQ Classic says no more than the name of a temporary destination that is gone.
  if (/^temp-(queue|topic):\/\/\S+$/.test(text)) {
    return new InvalidDestinationException(`${text} is gone`, condition ?? null);
  }
  const made = CLASSES[condition ?? ''] ?? JMSException;
  return new made(text, condition ?? null);
}

/** Qpid Broker-J shows a whole terminus, where the name is enough. */
function inShort(said: string | undefined): string | undefined {
  const name = /^Could not find destination for \w+ '\w+\{address=(.*?),durable=/s.exec(
    said ?? '',
  )?.[1];
  if (name === undefined) return said;
  const slash = name.includes('/') ? '; a name with a slash is an exchange and a key to it' : '';
  return (
    `its virtual host has no queue '${name}', nor one of its nodeAutoCreationPolicies for that ` +
    `name${slash}`
  );
}

/** The keys of others: Qpid JMS reads the first, Artemis writes the second. */
function namesContainerId(info: AmqpError['info']): boolean {
  const field = info?.['invalid-field'] ?? info?.['amqp:invalid-field'];
  return field === 'container-id';
}

/** A consumer with a selector was refused: some brokers name the field, and not which. */
export function aboutSelector(error: Error): Error {
  if (!(error instanceof InvalidDestinationException)) return error;
  if (error.getErrorCode() !== 'amqp:invalid-field') return error;
  const text = `the broker refuses the selector: ${error.message}`;
  return new InvalidSelectorException(text, error.getErrorCode(), { cause: error });
}

/** A link was refused: some brokers say that its destination is not there, and not which. */
export function aboutDestination(error: unknown, name: string): unknown {
  if (!(error instanceof InvalidDestinationException) || error.message.includes(name)) return error;
  const code = error.getErrorCode();
  return new InvalidDestinationException(`'${name}': ${error.message}`, code, { cause: error });
}

/** The open names a virtual host, by `amqp.vhost` or by the host of the URL. [AMQP 2.7.1] */
export function noVirtualHost(where: string, name: string): Error {
  return new JMSException(
    `${where} has no virtual host '${name}': say amqp.vhost, or ask its operator for the name`,
    'amqp:not-found',
  );
}

/** What a refusal to let us in means; undefined: it is of another kind. */
export function refusedIdentity(
  where: string,
  username: string | undefined,
  error: AmqpError | undefined,
): Error | undefined {
  const { condition = null, description } = error ?? {};
  const offered = /^No suitable mechanism; server supports (.*)$/s.exec(description ?? '')?.[1];
  if (offered !== undefined) {
    const cure =
      username === undefined && /PLAIN|SCRAM/.test(offered)
        ? 'say jms.username and jms.password'
        : 'see amqp.saslMechanisms, jms.username and transport.keyStoreLocation';
    return new JMSSecurityException(`${where} lets in by ${offered} only: ${cure}`, condition);
  }
  const broken = /^SASL mechanism challenge failed: Error: (.*)$/s.exec(description ?? '')?.[1];
  if (broken !== undefined) return new JMSSecurityException(`${where}: ${broken}`, condition);
  if (condition !== 'amqp:unauthorized-access' || NO_VIRTUAL_HOST.test(description ?? '')) {
    return undefined;
  }
  const who = username === undefined ? 'an anonymous client' : `user '${username}'`;
  return new JMSSecurityException(
    `${where} refuses the user name or password of ${who}: check jms.username and jms.password`,
    condition,
  );
}
