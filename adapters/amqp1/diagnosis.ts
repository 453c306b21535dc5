// Why a connect failed, in one sentence with the cure: what a port of AMQP 1.0 is taken for that is none.

import { foreignerOf, type Sayings } from '../first-bytes.ts';
import type { Expected } from '../socket-trouble.ts';
import { AMQP_SCHEMES } from './amqp-url.ts';

/** What this adapter expects behind a port. */
export const EXPECTED: Expected = {
  schemes: AMQP_SCHEMES,
  protocol: 'AMQP 1.0',
  needs:
    '(5672; Artemis needs an acceptor with protocols=AMQP, RabbitMQ before 4.0 its plugin ' +
    'rabbitmq_amqp1_0)',
};

const SAYINGS: Sayings = {
  'AMQP 0-9-1':
    'speaks AMQP 0-9-1 and not 1.0: use amqp091://, or enable its AMQP 1.0 (RabbitMQ before 4.0: ' +
    'rabbitmq-plugins enable rabbitmq_amqp1_0)',
  'AMQP 0-10': 'speaks AMQP 0-10 and not 1.0: use a port of the broker that speaks 1.0',
  OpenWire:
    'speaks OpenWire and not AMQP 1.0: use the port of the amqp connector of ActiveMQ Classic, by ' +
    'default 5672 (it may have to be enabled in activemq.xml)',
  'a TLS alert': 'expects TLS, it answered with a TLS alert: use amqps://, by default on port 5671',
  HTTP: 'speaks HTTP: that is its console or its management, use its AMQP port (5672)',
  STOMP: 'speaks STOMP and not AMQP 1.0: use stomp://, or its AMQP port (5672)',
  SSH: 'speaks SSH: that is not a broker; use its AMQP port (5672)',
  'AMQP 1.0': "use the broker's AMQP port (5672)",
};

/**
 * Tells by its first bytes whom we have met; undefined: AMQP 1.0, or too few to say.
 *
 * @param bytes - what came, from the first byte on
 */
export function foreigner(bytes: Buffer): string | undefined {
  return foreignerOf(bytes, 'AMQP 1.0', SAYINGS);
}
