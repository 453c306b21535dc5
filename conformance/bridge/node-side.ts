/**
 * The Node process that the Java side starts: `node node-side.js PORT`, with a word of recognition
 * as the first line of standard input. Connects to Java, says the word, and answers lines until the
 * socket or standard input ends; so it ends with the Java process, however that does.
 */

import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { Bridge } from './bridge.ts';

const socket = connect(Number(process.argv[2]), '127.0.0.1');
socket.setNoDelay(true);
socket.setEncoding('utf8');
const end = (): never => process.exit(0);
socket.on('close', end);
socket.on('error', end);

createInterface({ input: process.stdin })
  .on('line', (word) => socket.write(`${word}\n`))
  .on('close', end);

const bridge = new Bridge((line) => socket.write(`${JSON.stringify(line)}\n`));
let rest = '';
socket.on('data', (chunk: string) => {
  const lines = (rest + chunk).split('\n');
  rest = lines.pop() ?? '';
  // What one chunk of calls asked for is answered by one write.
  socket.cork();
  for (const line of lines) bridge.take(line);
  socket.uncork();
});
