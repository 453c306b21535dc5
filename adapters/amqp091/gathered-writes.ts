// Writes of one turn as one system call. amqplib writes each message, and each acknowledgement, to the
// socket by itself, and Node hands each to the kernel at once, which takes longer than to encode it.
// Here the first write of a turn corks the socket, and a tick, when the turn is over, uncorks it.
//
// Invariant: no byte waits longer than its turn, and none changes its place.

import type { ChannelModel } from 'amqplib';

/** The socket, as far as it is looked at. */
interface Gathering {
  write(...given: unknown[]): boolean;
  cork(): void;
  uncork(): void;
}

/** Gathers what is written to the socket of a connection from now on. */
export function gatherWrites({ connection }: ChannelModel): void {
  const { stream } = connection as unknown as { stream?: Gathering };
  // A field of amqplib's own: without it all works as before, and costs more.
  if (stream === undefined) return;
  const write = stream.write.bind(stream);
  let corked = false;
  const uncork = (): void => {
    corked = false;
    stream.uncork();
  };
  stream.write = (...given) => {
    if (!corked) {
      corked = true;
      stream.cork();
      process.nextTick(uncork);
    }
    return write(...given);
  };
}
