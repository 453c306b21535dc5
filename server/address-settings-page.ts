// Writes docs/address-settings.md from the table of settings and the core's defaults. A test compares
// the page with what this would write; `npm run docs` brings it up to date.

import { fileURLToPath } from 'node:url';
import { defaultSettings } from '#broker';
import { addressSettings, settingNames } from './address-settings.ts';

const HEAD = `# Address settings

<!-- Generated from server/address-settings.ts by npm run docs -->

What is decided per address is set per pattern: \`*\` stands for one level of a name, \`>\` (or \`#\`) for
any number of levels, none included. The settings of all patterns that match a name are merged, the
special over the general over the defaults; each setting by itself. They are said in the file of
\`--config\`, or over HTTP while the server runs ([http.md](http.md)); either holds at once, also for
queues and topics that exist. What was set over HTTP is gone when the server stops.

`;

const TAIL = `
## In the file

\`\`\`yaml
settings:
  ">":
    maxDeliveries: 5
  orders.*:
    redeliveryDelayMs: 1000
    redeliveryMultiplier: 2
    deadLetterQueue: DLQ.orders
  prices.>:
    pendingMax: 10000
    slowConsumer: disconnect
\`\`\`

## While the server runs

\`\`\`sh
curl -X PUT localhost:8161/api/v1/settings/orders.%2A -d '{"maxDeliveries": 3}'
curl localhost:8161/api/v1/settings
curl localhost:8161/api/v1/settings?address=orders.eu
curl -X DELETE localhost:8161/api/v1/settings/orders.%2A
\`\`\`

\`PUT\` replaces all that the pattern said. With \`?address=\` the answer is what holds for one name.

## Virtual topics

A message to the topic \`VirtualTopic.orders\` also goes to each queue \`Consumer.NAME.VirtualTopic.orders\`:
one queue for each group of consumers, who compete within it. \`--virtual-topics\` and
\`--virtual-topic-consumers\` give the two first levels other names ([configuration.md](configuration.md)).
`;

/** Returns the whole page. */
export function addressSettingsPage(): string {
  const rows = settingNames.map((name) => {
    const { unit, range, sentence } = addressSettings[name];
    const initial = defaultSettings[name];
    const cells = [`\`${name}\``, `\`${initial}\``, unit, range, sentence];
    return `| ${cells.join(' | ')} |`;
  });
  const table = ['| Setting | Default | Unit | Values | What it is for |', '|---|---|---|---|---|'];
  return `${HEAD}${[...table, ...rows].join('\n')}\n${TAIL}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(addressSettingsPage());
