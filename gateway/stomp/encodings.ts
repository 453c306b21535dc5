// A message of another protocol is encoded once for all subscribers of a topic. What was encoded is
// kept for the rest of the hand-out and no longer: a backlog must not weigh double.

import type { Message, Turn } from '#broker';
import { stompLimits } from './limits.ts';
import { stompFormat } from './message.ts';

export class Encodings {
  readonly #turn: Turn;
  readonly #bytes: Map<Message, Buffer> = new Map();
  #held = 0;

  constructor(turn: Turn) {
    this.#turn = turn;
  }

  /** The message as STOMP clients are told of it. */
  of(message: Message): Buffer {
    const known = this.#bytes.get(message);
    if (known !== undefined) return known;
    const bytes = message.as(stompFormat);
    if (this.#held === 0) this.#turn.afterDispatch(() => this.#forget());
    this.#held += bytes.length;
    // Beyond the bound the rest of the hand-out does without.
    if (this.#held <= stompLimits.encodingsBytesMax) this.#bytes.set(message, bytes);
    return bytes;
  }

  #forget(): void {
    this.#bytes.clear();
    this.#held = 0;
  }
}
