// What a `vm://` URL may say, and what is said to the rest.

import test from 'ava';
import { IllegalArgumentException, UnsupportedOperationException } from '#jms-api';
import { parseVmUrl } from './vm-url.ts';

const plain = {
  name: 'orders',
  create: true,
  persistent: false,
  dataDirectory: undefined,
  fresh: false,
};

test('a name and options, in Classic’s words', (t) => {
  t.deepEqual(parseVmUrl('vm://orders'), plain);
  t.deepEqual(parseVmUrl('vm:orders?create=false'), { ...plain, create: false });
  const kept = 'broker.persistent=true&broker.dataDirectory=%2Fvar%2Fa%26b';
  t.deepEqual(parseVmUrl(`vm://orders/?${kept}&broker.deleteAllMessagesOnStartup=true`), {
    ...plain,
    persistent: true,
    dataDirectory: '/var/a&b',
    fresh: true,
  });
  // What such URLs have in the examples of others, and what holds here anyway.
  const usual = 'marshal=false&broker.persistent=false&broker.useJmx=false';
  t.deepEqual(parseVmUrl(`vm://orders?${usual}&broker.schedulerSupport=true`), plain);
});

test('what is refused says what there is instead', (t) => {
  const refused = (url: string, message: RegExp) =>
    t.throws(() => parseVmUrl(url), { instanceOf: IllegalArgumentException, message }, url);
  refused('vm://', /expected vm:\/\/NAME/);
  refused('vm://a/b', /expected vm:\/\/NAME/);
  refused('vm://a?broker.persistant=true', /did you mean broker\.persistent\?/);
  refused('vm://a?zzzzzzzzzzzzzz=1', /there are create, broker\.persistent/);
  refused('vm://a?broker.persistent=yes', /true or false, not 'yes'/);
  refused('vm://a?create', /true or false, not ''/);
  refused('vm://a?broker.dataDirectory=/tmp', /add broker\.persistent=true/);
  refused('vm://a?broker.persistent=true&broker.dataDirectory=', /names no directory/);
  refused('vm://a?broker.persistent=true&broker.dataDirectory=%', /percent-encoded/);
  for (const name of ['..', '.', 'a%2Fb', 'journal', 'a\\b', 'a:b', 'a.', 'x'.repeat(101)]) {
    refused(`vm://${name}?broker.persistent=true`, /its directory has that name/);
  }
  const unsupported = (url: string, message: RegExp) =>
    t.throws(() => parseVmUrl(url), { instanceOf: UnsupportedOperationException, message }, url);
  unsupported('vm://a?broker.useJmx=true', /not supported \(false is\): there is no JMX/);
  unsupported('vm://a?waitForStart=1000', /start the broker before/);
});
