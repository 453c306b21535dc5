import { spawn } from 'node:child_process';
import { once } from 'node:events';
import test from 'ava';
import { freePorts, listening } from './ports.ts';
import { cpuOfTree, memoryOfTree, signalAll, treeOf } from './process-tree.ts';

const onLinux = process.platform === 'linux' ? test : test.skip;

onLinux('a tree is a process and what it started, until all are killed', async (t) => {
  const child = spawn('sh', ['-c', 'sleep 1000 & echo up; wait'], { detached: true });
  const root = child.pid ?? 0;
  await once(child.stdout, 'data');
  const tree = treeOf(root);
  t.is(tree.length, 2);
  t.is(tree[0], root);
  t.true((memoryOfTree(root) ?? 0) > 0);
  t.true((cpuOfTree(root) ?? -1) >= 0);
  signalAll(tree, 'SIGKILL');
  await once(child, 'exit');
  t.deepEqual(treeOf(root), []);
  t.is(cpuOfTree(root), undefined);
});

test('free ports are all different, and nobody listens there', async (t) => {
  const ports = Object.values(await freePorts(['a', 'b', 'c']));
  t.is(new Set(ports).size, 3);
  const given = AbortSignal.abort(new Error('enough'));
  await t.throwsAsync(listening(ports, given), { message: 'enough' });
});
