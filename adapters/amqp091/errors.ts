// What RabbitMQ says when it closes a channel, as exceptions of JMS. [AMQP 0-9-1 constants] [JMS 10.3]

import {
  InvalidDestinationException,
  JMSException,
  JMSSecurityException,
  ResourceAllocationException,
} from '#jms-api';

import { FORBIDDEN_CURE } from '../cures.ts';

type Made = new (reason: string, errorCode: string | null, options?: ErrorOptions) => Error;

const BY_CODE: Readonly<Record<number, Made>> = {
  311: ResourceAllocationException,
  403: JMSSecurityException,
  404: InvalidDestinationException,
  // Exclusive to another connection.
  405: InvalidDestinationException,
  506: ResourceAllocationException,
};

/** The reply code of an error of amqplib. */
export function codeOf(error: unknown): number | undefined {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === 'number' ? code : undefined;
}

/**
 * The exception for an error of amqplib.
 *
 * @param what - what was tried, such as `consuming queue orders`
 */
export function exceptionOf(error: unknown, what: string): Error {
  if (error instanceof JMSException) return error;
  const code = codeOf(error);
  const whole = error instanceof Error ? error.message : String(error);
  const said = /with message "(.*)"$/s.exec(whole)?.[1] ?? whole;
  // A queue whose node is down is not found either; it comes back.
  const down = code === 404 && !/\bno (queue|exchange)\b/.test(said);
  const made = (code === undefined || down ? undefined : BY_CODE[code]) ?? JMSException;
  const words =
    made === JMSSecurityException ? `${what}: ${said}; ${FORBIDDEN_CURE}` : `${what}: ${said}`;
  return new made(words, code === undefined ? null : String(code), { cause: error });
}
