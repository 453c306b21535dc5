import test from 'ava';
import { formatPeerResults, type PeerRun, parsePeerResults, withRun } from './peer-results.ts';

test('what was found with other brokers survives its file; a new run replaces the old', (t) => {
  const run = (date: string, reason: string): PeerRun => ({
    suite: 'amqp1-x',
    title: 'amqp1: X 1.0',
    date,
    verdicts: new Map([
      ['[JMS 1] a', { mark: '✓' }],
      ['[JMS 2] b', { mark: '–', reason }],
    ]),
  });
  const other = { ...run('2026-01-01', 'no'), suite: 'amqp1-y', verdicts: new Map() };
  const runs = withRun([run('2026-01-01', 'old'), other], run('2026-02-02', 'new'));
  t.deepEqual(parsePeerResults(formatPeerResults(runs)), [run('2026-02-02', 'new'), other]);
  t.is(withRun([], other).length, 1);
});
