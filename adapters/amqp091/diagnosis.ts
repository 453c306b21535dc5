// Why a connect failed, in one sentence with the cure: what a port of AMQP 0-9-1 is taken for that is none.
// amqplib keeps what came to itself, so the first bytes are those of a second look.

import { foreignerOf, type Sayings } from '../first-bytes.ts';
import type { Expected } from '../socket-trouble.ts';
import { AMQP091_SCHEMES } from './amqp091-url.ts';

/** What this adapter expects behind a port. */
export const EXPECTED: Expected = {
  schemes: AMQP091_SCHEMES,
  protocol: 'AMQP 0-9-1',
  needs: '(5672 of a RabbitMQ)',
};

const SAYINGS: Sayings = {
  'AMQP 1.0': 'speaks AMQP 1.0 and not 0-9-1: use amqp://, or the port of a RabbitMQ',
  'AMQP 0-10': 'speaks AMQP 0-10 and not 0-9-1: use the port of a RabbitMQ',
  OpenWire:
    'speaks OpenWire and not AMQP 0-9-1, so it is an ActiveMQ: use amqp:// with its AMQP port (5672)',
  'a TLS alert':
    'expects TLS, it answered with a TLS alert: use amqps091://, by default on port 5671',
  HTTP: 'speaks HTTP: that is a management page, use the AMQP port (5672)',
  STOMP: 'speaks STOMP and not AMQP 0-9-1: use stomp://, or the AMQP port (5672)',
  SSH: 'speaks SSH: that is not a broker; use the AMQP port (5672)',
  'AMQP 0-9-1': 'use the AMQP port (5672) of a RabbitMQ',
};

/**
 * Tells by its first bytes whom we have met; undefined: AMQP 0-9-1, or too few to say.
 *
 * @param bytes - what came, from the first byte on
 */
export function foreigner(bytes: Buffer): string | undefined {
  return foreignerOf(bytes, 'AMQP 0-9-1', SAYINGS);
}
