import test from 'ava';
import { parseFailoverUrl } from './failover-url.ts';
import { BackOff, Servers } from './servers.ts';

const three = 'failover:(x://a,x://b,x://c)';

function next(servers: Servers, count = servers.count): string {
  return Array.from({ length: count }, () => servers.next().slice('x://'.length)).join('');
}

test('brokers are tried in turn; the one that was lost comes last', (t) => {
  const servers = new Servers(parseFailoverUrl(three));
  t.is(next(servers), 'abc');
  t.is(next(servers, 2), 'ab', 'b is reached');
  t.is(next(servers), 'cab');
});

test('what a broker offers replaces the others, is added, or ignored; the broker itself stays', (t) => {
  const after = (action: string, offered: string[]) => {
    const servers = new Servers(
      parseFailoverUrl(`${three}?failover.amqpOpenServerListAction=${action}`),
    );
    servers.next();
    servers.offered(offered);
    return next(servers);
  };
  t.is(after('REPLACE', ['x://d', 'x://a']), 'da');
  t.is(after('REPLACE', []), 'bca');
  t.is(after('ADD', ['x://d', 'x://b']), 'bcda');
  t.is(after('IGNORE', ['x://d']), 'bca');
});

test('when nobody of those who were offered lets us in, those of the program are tried again', (t) => {
  const servers = new Servers(parseFailoverUrl(three));
  servers.next();
  servers.offered(['x://d']);
  t.is(next(servers), 'da');
  servers.widen();
  t.is(next(servers), 'dabc');
  servers.widen();
  t.is(next(servers), 'dabc');
});

test('what a broker offers gets the nested options', (t) => {
  const servers = new Servers(parseFailoverUrl('failover:(x://a)?failover.nested.y=1'));
  t.is(servers.next(), 'x://a?y=1');
  servers.offered(['x://b']);
  t.deepEqual([servers.next(), servers.next()], ['x://b?y=1', 'x://a?y=1']);
});

test('a random order has them all', (t) => {
  const url = parseFailoverUrl(`${three}?failover.randomize=true`);
  t.is(next(new Servers(url, () => 0)), 'bca');
  t.is(next(new Servers(url, () => 0.999)), 'abc');
});

test('pauses grow up to their bound', (t) => {
  const pauses = (options: string) => {
    const backOff = new BackOff(parseFailoverUrl(`${three}?${options}`));
    return Array.from({ length: 5 }, () => backOff.next());
  };
  t.deepEqual(pauses('failover.maxReconnectDelay=50'), [0, 10, 20, 40, 50]);
  t.deepEqual(pauses('failover.useReconnectBackOff=false'), [0, 10, 10, 10, 10]);
  const slow = 'failover.initialReconnectDelay=7&failover.reconnectBackOffMultiplier=3';
  t.deepEqual(pauses(slow), [7, 10, 30, 90, 270]);
  const long = new BackOff(parseFailoverUrl(three));
  for (let n = 0; n < 5000; n++) t.true(long.next() <= 30_000);
});
