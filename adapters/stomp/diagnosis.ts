// Why a connect failed, in one sentence with the cure: what a port of STOMP is taken for that is none.

import { foreignerOf, type Sayings } from '../first-bytes.ts';
import type { Expected } from '../socket-trouble.ts';
import { STOMP_SCHEMES } from './stomp-url.ts';

/** What this adapter expects behind a port. */
export const EXPECTED: Expected = {
  schemes: STOMP_SCHEMES,
  protocol: 'STOMP',
  needs:
    '(61613; Artemis needs an acceptor with protocols=STOMP, RabbitMQ its plugin rabbitmq_stomp)',
};

const SAYINGS: Sayings = {
  'AMQP 1.0': 'speaks AMQP 1.0 and not STOMP: use amqp://, or its STOMP port (61613)',
  'AMQP 0-9-1':
    'speaks AMQP 0-9-1 and not STOMP: use amqp091://, or its STOMP port (61613), which of RabbitMQ ' +
    'has to be enabled (rabbitmq-plugins enable rabbitmq_stomp)',
  'AMQP 0-10': 'speaks AMQP 0-10 and not STOMP: use a port of the broker that speaks STOMP',
  OpenWire:
    'speaks OpenWire and not STOMP: use the port of the stomp connector of ActiveMQ Classic, by ' +
    'default 61613 (it may have to be enabled in activemq.xml)',
  'a TLS alert':
    'expects TLS, it answered with a TLS alert: use stomps://, by default on port 61612',
  HTTP: 'speaks HTTP: that is its console or its management, use its STOMP port (61613)',
  SSH: 'speaks SSH: that is not a broker; use its STOMP port (61613)',
  STOMP: "use the broker's STOMP port (61613)",
};

/**
 * Tells by its first bytes whom we have met; undefined: STOMP, or too few to say.
 *
 * @param bytes - what came, from the first byte on
 */
export function foreigner(bytes: Buffer): string | undefined {
  return foreignerOf(bytes, 'STOMP', SAYINGS);
}
