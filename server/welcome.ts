// What a person sees when the server is ready: where to connect, and three lines to try.

import type { Urls } from './tokens.ts';
import { version } from './version.ts';

const TITLES: readonly (readonly [keyof Urls, string])[] = [
  ['amqp', 'AMQP 1.0'],
  ['amqps', 'AMQP 1.0'],
  ['stomp', 'STOMP'],
  ['stomps', 'STOMP'],
  ['ws', 'WebSocket'],
  ['wss', 'WebSocket'],
  ['multi', 'any'],
  ['http', 'HTTP'],
  ['https', 'HTTP'],
];

/** Returns the text, with a line for each open door. */
export function welcome(urls: Readonly<Urls>, storage: string): string {
  const open = TITLES.filter(([name]) => urls[name] !== undefined);
  const doors = open.map(([name, title], at) => {
    const said = open[at - 1]?.[1] === title ? '' : title;
    return `  ${said.padEnd(10)}${urls[name]}`;
  });
  const lines = [`Angelia ${version}: ${storage}.`, ...doors, ...tryThis(urls)];
  return `\n${lines.join('\n')}\n\n`;
}

function tryThis({ stomp, http }: Readonly<Urls>): string[] {
  if (stomp === undefined || http === undefined) return [];
  const door = stomp.replace('stomp://', 'telnet://');
  const connect = 'CONNECT\\naccept-version:1.2\\nhost:angelia\\n\\n\\0';
  const send = 'SEND\\ndestination:/queue/hello\\n\\nHello\\0';
  const subscribe = 'SUBSCRIBE\\nid:1\\ndestination:/queue/hello\\n\\n\\0';
  return [
    '',
    'Try this in another terminal: send a message, see it wait, receive it.',
    `  printf '${connect}${send}' | curl -sm 1 ${door}`,
    `  curl ${http}/api/v1/queues/hello`,
    `  printf '${connect}${subscribe}' | curl -sm 1 ${door}`,
  ];
}
