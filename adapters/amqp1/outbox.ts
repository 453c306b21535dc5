// The sends of a session on their way: those that wait for credit, and those that the peer has not
// answered. rhea's own part of this is not used: it holds up all links of a session for one without
// credit, has room for 2,048 deliveries, and knows no transactions. [AMQP 2.5.6, 2.6.7, 2.6.12]
//
// Invariant: to one destination they go out in the order in which they came, whichever producer of
// the session sent them. [JMS 6.2.9]

import type { DestinationData } from '#jms-api';
import { ACCEPTED, answerOf } from './delivery-state.ts';
import type { Frames } from './frames.ts';
import type { Frame, Session } from './rhea.ts';
import type { SenderLink } from './sender-link.ts';

/** How many sends that cannot go are looked past, to find some of other producers. */
const LOOK_PAST_MAX = 1000;
/** What a peer takes that does not say. */
const FRAME_BYTES_MAX = 1_048_576;

interface Send {
  readonly link: SenderLink;
  /** Undefined: nothing else goes there. */
  readonly destination: DestinationData | undefined;
  payload: Buffer | undefined;
  readonly number: number;
  /** It is part of the session's transaction, if there is one. */
  readonly inTransaction: boolean;
  /** How much of the payload is sent. */
  at: number;
}

export class Outbox {
  readonly #session: Session;
  readonly #frames: Frames;
  /** The state of sends: the transaction that they are in. */
  state: Buffer | undefined;
  /** Something was sent in the transaction that is under way. */
  transacted = false;
  #waiting: Send[] = [];
  /** Where the first that waits is; those before it are gone. */
  #head = 0;
  /** Sent and not answered, by delivery id from `#base` on; undefined: answered. */
  #sent: (Send | undefined)[] = [];
  #base = 0;
  /** Of those, so many at the front are answered. */
  #done = 0;
  #idleWaiters: (() => void)[] = [];

  constructor(session: Session, frames: Frames) {
    this.#session = session;
    this.#frames = frames;
    session.outgoing.on_disposition = (fields) => this.#answered(fields);
  }

  add(
    link: SenderLink,
    destination: DestinationData | undefined,
    payload: Buffer,
    number: number,
    inTransaction = true,
  ): void {
    link.pending++;
    this.#waiting.push({ link, destination, payload, number, inTransaction, at: 0 });
    this.#session.connection._register();
  }

  /** Forgets the sends of a link that is gone, and returns their numbers. */
  drop(link: SenderLink): number[] {
    const dropped: number[] = [];
    const kept: Send[] = [];
    for (let at = this.#head; at < this.#waiting.length; at++) {
      const send = this.#waiting[at] as Send;
      if (send.link === link) dropped.push(send.number);
      else kept.push(send);
    }
    this.#waiting = kept;
    this.#head = 0;
    for (const [at, send] of this.#sent.entries()) {
      if (send === undefined || send.link !== link) continue;
      dropped.push(send.number);
      this.#sent[at] = undefined;
    }
    link.pending = 0;
    this.#told();
    return dropped;
  }

  /** Refuses what waits and was not begun. */
  refuseWaiting(description: string): void {
    const waiting = this.#waiting.slice(this.#head);
    this.#waiting = waiting.filter(({ at }) => at > 0);
    this.#head = 0;
    const error = { condition: 'amqp:transaction:rollback', description };
    for (const { link, number, at } of waiting) {
      if (at > 0) continue;
      link.pending--;
      link.answered(number, { kind: 'rejected', error });
    }
    this.#told();
  }

  /** Resolves when nothing waits: all is with the peer. */
  async idle(): Promise<void> {
    if (this.#head === this.#waiting.length) return;
    await new Promise<void>((resolve) => this.#idleWaiters.push(resolve));
  }

  /** Writes what can go. */
  pump(): void {
    if (this.#head === this.#waiting.length) return;
    const { connection } = this.#session;
    const frameBytesMax = Math.min(connection.max_frame_size ?? FRAME_BYTES_MAX, FRAME_BYTES_MAX);
    while (this.#head < this.#waiting.length) {
      const send = this.#waiting[this.#head] as Send;
      if (send.at === 0 && send.link.credit <= 0) {
        this.#pumpPast(frameBytesMax);
        break;
      }
      if (!this.#transfer(send, frameBytesMax)) break;
      this.#head++;
    }
    if (this.#head > LOOK_PAST_MAX || this.#head === this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#head);
      this.#head = 0;
    }
    this.#frames.flush();
    this.#told();
  }

  /** The first has no credit: looks for sends of others, past those that go to the same place. */
  #pumpPast(frameBytesMax: number): void {
    const blocked = new Set<string>();
    const kept: Send[] = [];
    let at = this.#head;
    for (; at < this.#waiting.length && kept.length < LOOK_PAST_MAX; at++) {
      const send = this.#waiting[at] as Send;
      const key = keyOf(send);
      if (send.link.credit > 0 && !blocked.has(key)) {
        if (this.#transfer(send, frameBytesMax)) continue;
        // The window is closed: what is begun goes on before all others.
        if (send.at > 0) kept.unshift(send);
        else kept.push(send);
        at++;
        break;
      }
      blocked.add(key);
      kept.push(send);
    }
    this.#waiting = [...kept, ...this.#waiting.slice(at)];
    this.#head = 0;
  }

  /** Writes a send, or as much of it as the peer's window takes; false: not all of it. */
  #transfer(send: Send, frameBytesMax: number): boolean {
    const { outgoing, local } = this.#session;
    const { link, payload } = send;
    if (payload === undefined) return true;
    if (windowOf(outgoing) <= 0) return false;
    const { sender, presettled } = link;
    if (sender === undefined) return false;
    if (send.at === 0 && link.bytesMax > 0 && payload.length > link.bytesMax) {
      this.#refuseLarge(send, payload.length);
      return true;
    }
    if (send.at === 0) {
      this.#sent.push(presettled ? undefined : send);
      sender.credit--;
      sender.delivery_count++;
    }
    const frame = {
      channel: local.channel,
      handle: sender.local.handle,
      delivery: this.#base + this.#sent.length - 1,
      settled: presettled,
      state: send.inTransaction ? this.state : undefined,
    };
    if (frame.state !== undefined) this.transacted = true;
    while (windowOf(outgoing) > 0) {
      outgoing.next_transfer_id++;
      send.at = this.#frames.transfer(frame, payload, send.at, frameBytesMax);
      if (send.at === payload.length) break;
    }
    if (send.at < payload.length) return false;
    send.payload = undefined;
    if (presettled) {
      link.pending--;
      this.#advance();
      link.answered(send.number, ACCEPTED);
    }
    return true;
  }

  /** Its link was not there when it was sent, so that nobody knew; some peers end the session for it. */
  #refuseLarge(send: Send, bytes: number): void {
    const { link, number } = send;
    send.payload = undefined;
    link.pending--;
    const description = `a message of ${bytes} bytes is too large for the broker, which takes ${link.bytesMax}`;
    const error = { condition: 'amqp:link:message-size-exceeded', description };
    link.answered(number, { kind: 'rejected', error });
  }

  /** A disposition of the peer's, of a range of our deliveries. */
  #answered({ first, last, state, settled }: Frame['performative']): void {
    const answer = answerOf(state);
    if (settled !== true && answer === undefined) return;
    const from = ((first ?? 0) - this.#base) >>> 0;
    const to = ((last ?? first ?? 0) - this.#base) >>> 0;
    for (let at = from; at <= to && at < this.#sent.length; at++) {
      const send = this.#sent[at];
      if (send === undefined) continue;
      this.#sent[at] = undefined;
      send.link.pending--;
      send.link.answered(send.number, answer ?? { kind: 'unknown' });
    }
    if (settled !== true) this.#settle(first ?? 0, last ?? first ?? 0);
    this.#advance();
  }

  /** The peer leaves it to us to settle. */
  #settle(first: number, last: number): void {
    this.#frames.disposition(this.#session.local.channel, false, first, last, NO_STATE);
    this.#frames.flush();
  }

  #advance(): void {
    let done = this.#done;
    while (done < this.#sent.length && this.#sent[done] === undefined) done++;
    this.#done = done;
    if (done === 0 || (done < this.#sent.length && done < LOOK_PAST_MAX)) return;
    this.#base += done;
    this.#sent = this.#sent.slice(done);
    this.#done = 0;
  }

  #told(): void {
    if (this.#idleWaiters.length === 0 || this.#head < this.#waiting.length) return;
    const waiters = this.#idleWaiters;
    this.#idleWaiters = [];
    for (const resolve of waiters) resolve();
  }
}

const NO_STATE: Buffer = Buffer.from([0x40]);

function keyOf({ destination }: Send): string {
  return destination === undefined ? '' : `${destination.kind} ${destination.name}`;
}

/** How many frames the peer takes. [AMQP 2.5.6] */
function windowOf({
  remote_window: window,
  next_transfer_id: next,
  remote_next_transfer_id: theirs,
}: Session['outgoing']): number {
  return (window ?? 0) - ((next - (theirs ?? 0)) >>> 0);
}
