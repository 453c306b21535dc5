/** What is told at many doors: what came, what was expected, and the cure, as key words. */

import type { Told, WrongDoor } from './knock.ts';

/** A way in: its scheme, that over TLS, and what it speaks. */
export interface Way {
  readonly scheme: 'amqp' | 'stomp' | 'amqp091';
  readonly secure: string;
  readonly protocol: RegExp;
}

/** All of them. */
export const WAYS: readonly Way[] = [
  { scheme: 'amqp', secure: 'amqps', protocol: /AMQP 1\.0/ },
  { scheme: 'stomp', secure: 'stomps', protocol: /STOMP/ },
  { scheme: 'amqp091', secure: 'amqps091', protocol: /0-9-1/ },
];

/** Somebody who speaks something else; `cure` names where to go. */
export function speaks(what: RegExp, cure: RegExp): Told {
  return { by: 'JMSException', words: [what, cure] };
}

/** Who says nothing, at the port of somebody else. */
export const SILENT_MS = 700;

/** Nothing came. */
export function silent({ protocol }: Way): Told {
  return { by: 'JMSException', words: [/no answer.*within/, protocol, /jms\.connectTimeout/] };
}

/** A port that is not there. */
export function refused({ scheme, protocol }: Way): Told {
  const cure = new RegExp(`standby.*failover:\\(${scheme}://`);
  return { by: 'JMSException', words: [/nobody listens.*ECONNREFUSED/, protocol, cure] };
}

/** TLS was expected, and not spoken. */
export function wantsTls({ secure }: Way): Told {
  return { by: 'JMSException', words: [/expects TLS/, new RegExp(`${secure}://`)] };
}

/** TLS was spoken, and not expected. */
export function noTls({ scheme }: Way): Told {
  return { by: 'JMSException', words: [/does not speak TLS/, new RegExp(`${scheme}://`)] };
}

/** A user or a password that is wrong. */
export const WRONG_PASSWORD: Told = {
  by: 'JMSSecurityException',
  words: [/refuses/, /jms\.username.*jms\.password/],
};

/** A destination that is not there, and is not made. */
export function missing(name: string): Told {
  return {
    by: 'InvalidDestinationException',
    words: [new RegExp(name.replaceAll('.', '\\.')), /create it/],
  };
}

/** Something that one may not do. */
export function forbidden(what: RegExp): Told {
  return { by: 'JMSSecurityException', words: [what, /permission/, /jms\.username/] };
}

/** One case for each way in. */
export function each(make: (way: Way) => WrongDoor): readonly WrongDoor[] {
  return WAYS.map(make);
}

/** One for each that is not RabbitMQ's alone. */
export function both(make: (way: Way) => WrongDoor): readonly WrongDoor[] {
  return WAYS.filter(({ scheme }) => scheme !== 'amqp091').map(make);
}
