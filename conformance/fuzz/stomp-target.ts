// STOMP as it is played: the engine in either dialect, a neighbour that sends to a queue and receives
// from it, and what an answer has to look like.

import { Users } from '#gateway';
import { stompEngine } from '#gateway/stomp';
import type { MemoryWire } from './memory-wire.ts';
import type { Neighbour, Protocol } from './playground.ts';

const COMMANDS: ReadonlySet<string> = new Set(['CONNECTED', 'MESSAGE', 'RECEIPT', 'ERROR']);
const QUEUE = '/queue/of-the-neighbour';

export const stompProtocol: Protocol = {
  name: 'stomp',
  factory: (broker, dice) => {
    const compat = dice.roll(2) === 0 ? {} : ({ compat: 'classic' } as const);
    return stompEngine(broker, new Users(), { version: '1', ...compat });
  },
  enter: (wire) => new StompNeighbour(wire),
  checkAnswer,
};

class StompNeighbour implements Neighbour {
  readonly #wire: MemoryWire;

  constructor(wire: MemoryWire) {
    this.#wire = wire;
    wire.say(Buffer.from('CONNECT\naccept-version:1.2\nhost:x\n\n\0'));
    wire.say(Buffer.from(`SUBSCRIBE\nid:1\ndestination:${QUEUE}\n\n\0`));
    if (!wire.hear().toString().startsWith('CONNECTED')) throw new Error('it could not enter');
  }

  beat(): void {
    this.#wire.say(Buffer.from('\n'));
  }

  exchange(text: string): void {
    this.#wire.say(Buffer.from(`SEND\ndestination:${QUEUE}\nreceipt:${text}\n\n${text}\0`));
    const heard = this.#wire.hear().toString();
    if (!heard.includes(`\n\n${text}\0`) || !heard.includes(`receipt-id:${text}\n`)) {
      throw new Error(`the neighbour got ${JSON.stringify(heard)}`);
    }
  }
}

function checkAnswer(heard: Buffer): void {
  for (let at = 0; at < heard.length; ) {
    if (heard[at] === 10) {
      at++;
      continue;
    }
    const headEnd = heard.indexOf('\n\n', at);
    if (headEnd < 0) throw new Error('a frame has no end of its headers');
    const [command = '', ...lines] = heard.toString('utf8', at, headEnd).split('\n');
    if (!COMMANDS.has(command)) throw new Error(`a frame begins with ${JSON.stringify(command)}`);
    const length = lines.find((line) => line.startsWith('content-length:'))?.slice(15);
    const end = length === undefined ? heard.indexOf(0, headEnd) : headEnd + 2 + Number(length);
    if (lines.some((line) => !line.includes(':')))
      throw new Error(`a header has no colon: ${lines}`);
    if (heard[end] !== 0) throw new Error(`a ${command} does not end with NUL`);
    at = end + 1;
  }
}
