// Plays a stream of bytes to a STOMP engine and looks whether all is as it must be, whatever was in
// it: nothing is thrown, what is answered are whole frames, what was accepted has a meaning, and
// nothing is left of the connection when it is gone.

import { Broker, ManualHost } from '#broker';
import { type Engine, Output, Users, type Wire } from '#gateway';
import { stompEngine } from '#gateway/stomp';
import { Dice } from './dice.ts';

const OUTPUT_BYTES_MAX = 4 * 1024 * 1024;
const COMMANDS: ReadonlySet<string> = new Set(['CONNECTED', 'MESSAGE', 'RECEIPT', 'ERROR']);

/** A wire made of memory. */
class Memory implements Wire {
  readonly peer = 'fuzz';
  readonly output: Output;
  readonly heard: Buffer[] = [];
  readonly #host: ManualHost;
  engine: Engine | undefined;
  ended = false;
  bytes = 0;

  constructor(broker: Broker, host: ManualHost) {
    this.#host = host;
    this.output = new Output(broker.turn, this);
  }

  nowMs(): number {
    return this.#host.transportTimeMs();
  }

  wakeAt(): void {}

  pause(): void {}

  resume(): void {
    this.#host.afterPoll(() => {
      if (!this.ended) this.engine?.absorb(Buffer.alloc(0));
    });
  }

  end(): void {
    this.output.flush();
    this.ended = true;
  }

  log(): void {}

  write(slabs: readonly Buffer[]): boolean {
    for (const slab of slabs) {
      this.bytes += slab.length;
      if (this.bytes <= OUTPUT_BYTES_MAX) this.heard.push(Buffer.from(slab));
    }
    if (!this.ended) this.engine?.writable();
    return true;
  }

  waitingBytes(): number {
    return 0;
  }
}

/** @throws {Error} with what is wrong */
export function playStomp(stream: Buffer, seed: number): void {
  const dice = new Dice(seed);
  const host = new ManualHost();
  const broker = new Broker(host, {
    limits: { storedBytesMax: 1024 * 1024 },
    // Some streams meet a queue that is soon full.
    ...(dice.roll(4) === 0 && { settings: { '*': { messagesMax: 2, whenFull: 'block' } } }),
  });
  const wire = new Memory(broker, host);
  const engine = stompEngine(broker, new Users(), { version: '1', ...compat(dice) })(wire);
  wire.engine = engine;
  for (let at = 0; at < stream.length && !wire.ended; ) {
    const end = dice.roll(3) === 0 ? at + 1 + dice.roll(64) : stream.length;
    const chunk = Buffer.from(stream.subarray(at, end));
    broker.turn.absorbing(true);
    engine.absorb(chunk);
    broker.turn.absorbing(false);
    host.settle();
    // The socket uses its buffer again.
    chunk.fill(0xee);
    at = end;
  }
  host.advance(20);
  checkOutput(Buffer.concat(wire.heard), wire.bytes);
  checkMessages(broker);
  engine.closed();
  host.settle();
  checkGone(broker);
}

function compat(dice: Dice): { compat?: 'classic' } {
  return dice.roll(2) === 0 ? {} : { compat: 'classic' };
}

function checkOutput(heard: Buffer, bytes: number): void {
  if (bytes > OUTPUT_BYTES_MAX) throw new Error(`${bytes} bytes were answered`);
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

function checkMessages(broker: Broker): void {
  for (const { shared } of broker.queues()) {
    shared?.eachWaiting((message) => {
      message.view();
      return true;
    });
  }
}

function checkGone(broker: Broker): void {
  if ([...broker.connections()].length > 0) throw new Error('a connection is left');
  for (const destination of [...broker.queues(), ...broker.topics()]) {
    const { name, consumers, inFlight } = destination.statistics();
    if (consumers > 0 || inFlight > 0) {
      throw new Error(`${name} has ${consumers} consumers and ${inFlight} messages out`);
    }
  }
}
