// A session of AMQP for each of JMS. What is settled and sent is written when rhea processes the
// connection: settlements before everything else, so that a detach finds them said.

import type {
  ConfirmSink,
  ConnectionEvents,
  ConsumerRequest,
  DeliverySink,
  DestinationData,
  ProviderConsumer,
  ProviderProducer,
  ProviderSession,
} from '#jms-api';
import { AmqpConsumer } from './amqp-consumer.ts';
import { AmqpProducer } from './amqp-producer.ts';
import { exceptionOf } from './errors.ts';
import { type Frame, type Receiver, type Session, type Typed, types } from './rhea.ts';
import { SendQueue } from './send-queue.ts';
import { Settlements } from './settlements.ts';
import { sourceOf, targetOf } from './terminus.ts';

const FLOW = 0x13;
/** Any format but 0 is handed on as bytes. */
const AS_BYTES = 1;

let links = 0;

export class AmqpSession implements ProviderSession {
  readonly #rhea: Session;
  readonly #events: ConnectionEvents;
  readonly #settlements: Settlements;
  readonly #queue: SendQueue;
  readonly #consumers: Set<AmqpConsumer> = new Set();
  #closing = false;

  /** @param lost - the peer ended the session */
  constructor(rhea: Session, events: ConnectionEvents, lost: (error: Error) => void) {
    this.#rhea = rhea;
    this.#events = events;
    this.#settlements = new Settlements(rhea);
    this.#queue = new SendQueue(rhea);
    this.#takeBytes();
    this.#takeTurns();
    rhea.on('session_error', () => {});
    rhea.on('session_close', () => {
      if (!this.#closing) lost(exceptionOf(rhea.error, 'the broker ended the session'));
    });
  }

  async begin(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#rhea.once('session_open', () => resolve());
      this.#rhea.open();
    });
  }

  async openProducer(
    destination: DestinationData | undefined,
    sink: ConfirmSink,
  ): Promise<ProviderProducer> {
    const sender = this.#rhea.open_sender({
      name: `angelia:sender:${++links}:${destination?.name ?? ''}`,
      target: targetOf(destination),
      source: {},
      snd_settle_mode: 0,
      rcv_settle_mode: 0,
      treat_modified_as_released: false,
    });
    const producer = new AmqpProducer(sender, this.#queue, sink);
    await producer.attach();
    return producer;
  }

  async openConsumer(
    destination: DestinationData,
    sink: DeliverySink,
    request: ConsumerRequest,
  ): Promise<ProviderConsumer> {
    const receiver = this.#rhea.open_receiver({
      name: `angelia:receiver:${++links}:${destination.name}`,
      source: sourceOf(destination, request),
      target: {},
      snd_settle_mode: request.browse === true ? 1 : 0,
      rcv_settle_mode: 0,
      credit_window: 0,
      autoaccept: false,
    });
    const consumer = new AmqpConsumer(receiver, this.#settlements, sink, this.#events, false);
    await consumer.attach();
    this.#consumers.add(consumer);
    receiver.once('receiver_close', () => this.#consumers.delete(consumer));
    return consumer;
  }

  /** The peer reads frames in order: an answer on any link says that it has read the settlements. */
  async synchronise(): Promise<void> {
    this.#settlements.write();
    const [consumer] = this.#consumers;
    await consumer?.echo((receiver) => this.#rhea.output(this.#askFor(receiver)));
  }

  async close(): Promise<void> {
    this.#closing = true;
    await new Promise<void>((resolve) => {
      this.#rhea.once('session_close', () => resolve());
      this.#rhea.close();
    });
  }

  /** A flow that says what the last one said, and asks for an answer. [AMQP 2.7.4] */
  #askFor(receiver: Receiver): Typed {
    const { incoming, outgoing } = this.#rhea;
    incoming.max_transfer_id = incoming.next_transfer_id + incoming.window;
    const fields = [
      incoming.next_transfer_id,
      incoming.window,
      outgoing.next_transfer_id,
      outgoing.window,
      receiver.local.handle,
      receiver.delivery_count,
      receiver.credit,
    ].map((number) => types.wrap_uint(number >>> 0));
    const list = types.List32([...fields, types.Null(), types.False(), types.True()]);
    return types.described_nc(types.wrap_ulong(FLOW), list);
  }

  #takeBytes(): void {
    const { incoming, connection } = this.#rhea;
    const taken = incoming.on_transfer;
    incoming.on_transfer = (frame: Frame, receiver: Receiver) => {
      frame.performative.message_format = AS_BYTES;
      taken.call(incoming, frame, receiver);
      // Its place in rhea's ring is freed, and the window opened again, by the next turn.
      connection._register();
    };
  }

  #takeTurns(): void {
    const rhea = this.#rhea;
    const turn = rhea._process;
    rhea._process = () => {
      this.#settlements.write();
      do {
        turn.call(rhea);
      } while (this.#queue.pump());
    };
  }
}
