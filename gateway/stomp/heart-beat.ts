// Signs of life in both directions. [STOMP 1.2 Heart-beating]
//
//     client   heart-beat:cx,cy     I send at least every cx ms, I want something every cy ms
//     server   heart-beat:sx,sy     sx is what the client wants, sy what it can
//
// Silence is counted in whole beats at wake-ups, not measured: when our own process stood still,
// sockets are read before the next wake-up, and nobody is blamed for our pause.

import type { Wire } from '../engine.ts';
import { gatewayLimits } from '../limits.ts';
import { malformed } from './errors.ts';
import { type StompLimits, stompLimits } from './limits.ts';

/** Ms between signs of life; 0: none. */
export interface Beats {
  /** What we send. */
  readonly sendMs: number;
  /** What we expect. */
  readonly expectMs: number;
}

/** Answers a client's `heart-beat` header: as it wishes, within bounds. */
export function agreeOnBeats(header: string | undefined, limits: StompLimits = stompLimits): Beats {
  const match = /^\s*(\d{1,15})\s*,\s*(\d{1,15})\s*$/.exec(header ?? '0,0');
  if (match === null) throw malformed(`expected heart-beat as 'ms,ms', got '${header}'`);
  const bound = (ms: number) =>
    ms === 0 ? 0 : Math.min(Math.max(ms, limits.heartBeatMsMin), limits.heartBeatMsMax);
  return { expectMs: bound(Number(match[1])), sendMs: bound(Number(match[2])) };
}

const BEAT: Buffer = Buffer.from('\n');
/** We send a little more often than we said: the network takes its time. */
const EAGERNESS = 0.75;

export class HeartBeat {
  readonly #wire: Wire;
  readonly #beats: Beats;
  #sendAtMs: number;
  #expectAtMs: number;
  #heard = true;
  #missed = 0;

  constructor(wire: Wire, beats: Beats) {
    this.#wire = wire;
    this.#beats = beats;
    const nowMs = wire.nowMs();
    const { sendMs, expectMs } = beats;
    this.#sendAtMs = sendMs === 0 ? Number.POSITIVE_INFINITY : nowMs + sendMs * EAGERNESS;
    this.#expectAtMs = expectMs === 0 ? Number.POSITIVE_INFINITY : nowMs + expectMs;
    this.#sleep();
  }

  /** Something came. */
  heard(): void {
    this.#heard = true;
  }

  /**
   * Sends and checks what is due; false if the peer is silent for too long.
   *
   * @param held - the peer is not read, for its destination is full
   */
  tick(nowMs: number, held: boolean): boolean {
    const { sendMs, expectMs } = this.#beats;
    if (nowMs >= this.#sendAtMs) {
      this.#sendAtMs = nowMs + sendMs * EAGERNESS;
      this.#wire.output.write(BEAT);
    }
    if (nowMs >= this.#expectAtMs) {
      this.#expectAtMs = nowMs + expectMs;
      this.#missed = this.#heard || held || this.#deaf() ? 0 : this.#missed + 1;
      this.#heard = false;
    }
    this.#sleep();
    return this.#missed <= stompLimits.beatsMissedMax;
  }

  #sleep(): void {
    const wakeAtMs = Math.min(this.#sendAtMs, this.#expectAtMs);
    if (wakeAtMs < Number.POSITIVE_INFINITY) this.#wire.wakeAt(wakeAtMs);
  }

  /** The socket is not read while the peer does not listen: then silence is our own doing. */
  #deaf(): boolean {
    return this.#wire.output.pendingBytes > gatewayLimits.outputBytesMax;
  }
}
