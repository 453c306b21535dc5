// Writes docs/connection-options.md from the tables by which URLs are read. A test compares the page
// with what this would write; `npm run docs` brings it up to date.

import { fileURLToPath } from 'node:url';
import { amqpOptions } from '#adapters/amqp1';
import { amqp091Options } from '#adapters/amqp091';
import { failoverOptions } from '#adapters/failover';
import { vmOptions } from '#adapters/local';
import { stompOptions } from '#adapters/stomp';
import { jmsOptions, type OptionTable } from '#jms-api';

const HEAD = `# Options of connection URLs

<!-- Generated from the tables that read them by npm run docs -->

    vm://orders?broker.persistent=true&jms.clientID=billing&jms.prefetchPolicy.all=100

Names are those of Apache Qpid JMS. The spellings of others are taken as well, with a warning that names the right one,
once in a process. What is in no table is refused, with the name that is nearest. Values are percent-encoded, as in any URL.
`;

interface Section {
  readonly title: string;
  readonly about: string;
  readonly table: OptionTable<never>;
}

const SECTIONS: readonly Section[] = [
  {
    title: 'The JMS API: jms.*',
    about: 'For every URL.',
    table: jmsOptions as OptionTable<never>,
  },
  {
    title: 'A broker in this process: vm://NAME',
    about:
      'The names are those of ActiveMQ Classic. They say how the broker is made, by the first connection to it.',
    table: vmOptions as OptionTable<never>,
  },
  {
    title: 'Brokers that speak AMQP 1.0: amqp://HOST:PORT, amqps://HOST:PORT',
    about: 'By default port 5672, with TLS 5671. Who we are is `jms.username` and `jms.password`.',
    table: amqpOptions as OptionTable<never>,
  },
  {
    title: 'RabbitMQ by AMQP 0-9-1: amqp091://HOST:PORT/VHOST, amqps091://HOST:PORT/VHOST',
    about:
      'By default port 5672, with TLS 5671, and the virtual host `/`; a `/` within its name is `%2F`. Who we are is ' +
      '`jms.username` and `jms.password`, by default `guest`. A queue that is there is used as it is.',
    table: amqp091Options as OptionTable<never>,
  },
  {
    title: 'Brokers that speak STOMP: stomp://HOST:PORT, stomps://HOST:PORT',
    about:
      'By default port 61613, with TLS 61612. Who we are is `jms.username` and `jms.password`. A virtual host of ' +
      'RabbitMQ is the path, by default `/`; a `/` within its name is `%2F`.',
    table: stompOptions as OptionTable<never>,
  },
  {
    title: 'From broker to broker: failover:(URL,URL)',
    about:
      'Options of one broker stand in its own URL, those of all behind `failover.nested.`: ' +
      '`failover.nested.amqp.idleTimeout=5000`; `jms.*` after the parentheses.',
    table: failoverOptions as OptionTable<never>,
  },
];

/** Returns the whole page. */
export function optionsPage(): string {
  return HEAD + SECTIONS.map(section).join('');
}

function section({ title, about, table }: Section): string {
  const { prefix, options, fixed, aliases } = table;
  let text = `\n## ${title}\n\n${about}\n\n| Option | Meaning | Default |\n|---|---|---|\n`;
  for (const { name, meaning, otherwise } of options) {
    const value = otherwise === '' ? '–' : `\`${otherwise}\``;
    text += `| \`${prefix}${name}\` | ${meaning} | ${value} |\n`;
  }
  const others = Object.entries(aliases);
  if (others.length > 0) {
    text += '\n| Also understood | as |\n|---|---|\n';
    for (const [name, ours] of others) text += `| \`${prefix}${name}\` | \`${prefix}${ours}\` |\n`;
  }
  text += '\n| Refused, but for | because |\n|---|---|\n';
  for (const { name, holds, reason } of fixed) {
    const values = holds.length === 0 ? 'any value' : holds.map((one) => `\`=${one}\``).join(', ');
    text += `| \`${prefix}${name}\`: ${values.replace('any value', 'nothing')} | ${reason} |\n`;
  }
  return text;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(optionsPage());
