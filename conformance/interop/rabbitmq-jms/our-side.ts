/**
 * The JMS API of this package over adapters/amqp091 as a {@link Side}: a connection for each way of
 * writing, `amqp091.messageFormat`.
 */

import {
  type AcknowledgeMode,
  type Connection,
  DeliveryMode,
  JmsConnectionFactory,
  type Message,
  type MessageConsumer,
  type Queue,
  Session,
  type Topic,
} from 'angelia';
import { destinationOf, read, write } from '../drivers/jms-messages.ts';
import {
  type AnswersAt,
  type Came,
  type Ids,
  type Place,
  RECEIVE_MS_MAX,
  type Side,
  type Spec,
  type Style,
} from './side.ts';

interface Subscription {
  readonly session: Session;
  readonly consumer: MessageConsumer;
}

export class OurSide implements Side {
  readonly #connections: Readonly<Record<Style, Connection>>;
  readonly #subscriptions: Map<string, Subscription> = new Map();

  private constructor(connections: Readonly<Record<Style, Connection>>) {
    this.#connections = connections;
  }

  /** @param url - with options in it */
  static async open(url: string): Promise<OurSide> {
    const connect = async (format: string): Promise<Connection> => {
      const factory = new JmsConnectionFactory(`${url}&amqp091.messageFormat=${format}`);
      const connection = await factory.createConnection();
      await connection.start();
      return connection;
    };
    return new OurSide({ amqp: await connect('plain'), jms: await connect('rabbitmq-jms') });
  }

  async send(to: Place, specs: readonly Spec[]): Promise<readonly Ids[]> {
    const session = await this.#session(to.style);
    const sent: Ids[] = [];
    for (const spec of specs) {
      sent.push(await publish(session, destinationOf(session, to), messageOf(session, spec), spec));
    }
    await session.close();
    return sent;
  }

  /** Sends a message as it came. */
  async forward(name: string, to: Place): Promise<void> {
    const session = await this.#session(to.style);
    const message = await this.#subscription(name).consumer.receive(RECEIVE_MS_MAX);
    const producer = await session.createProducer(destinationOf(session, to));
    if (message !== null) await producer.send(message);
    await session.close();
  }

  async subscribe(name: string, from: Place, acknowledge: 'auto' | 'client'): Promise<void> {
    const { AUTO_ACKNOWLEDGE, CLIENT_ACKNOWLEDGE } = Session;
    const mode = acknowledge === 'auto' ? AUTO_ACKNOWLEDGE : CLIENT_ACKNOWLEDGE;
    const session = await this.#session(from.style, mode);
    const consumer = await session.createConsumer(destinationOf(session, from));
    this.#subscriptions.set(name, { session, consumer });
  }

  async receive(name: string, count: number): Promise<readonly Came[]> {
    const { consumer } = this.#subscription(name);
    const came: Came[] = [];
    while (came.length < count) {
      const message = await consumer.receive(RECEIVE_MS_MAX);
      if (message === null) break;
      came.push(cameAs(message));
    }
    return came;
  }

  async recover(name: string): Promise<void> {
    await this.#subscription(name).session.recover();
  }

  async unsubscribe(name: string): Promise<void> {
    await this.#subscription(name).session.close();
    this.#subscriptions.delete(name);
  }

  async request(to: Place, spec: Spec, at: AnswersAt): Promise<Came | undefined> {
    const session = await this.#session(to.style);
    const topic = at === 'topic';
    const answers = await (topic ? session.createTemporaryTopic() : session.createTemporaryQueue());
    const consumer = await session.createConsumer(answers);
    const question = messageOf(session, spec);
    question.setJMSReplyTo(answers);
    await publish(session, destinationOf(session, to), question, spec);
    const answer = await consumer.receive(RECEIVE_MS_MAX);
    const came = answer === null ? undefined : cameAs(answer);
    await session.close();
    return came;
  }

  async serve(from: Place, spec: Spec): Promise<Came | undefined> {
    const session = await this.#session(from.style);
    const consumer = await session.createConsumer(destinationOf(session, from));
    const question = await consumer.receive(RECEIVE_MS_MAX);
    const came = question === null ? undefined : cameAs(question);
    const back = question?.getJMSReplyTo() ?? null;
    if (question !== null && back !== null) {
      const answer = messageOf(session, spec);
      answer.setJMSCorrelationID(question.getJMSMessageID());
      await publish(session, back as Queue | Topic, answer, spec);
    }
    await session.close();
    return came;
  }

  async close(): Promise<void> {
    for (const connection of Object.values(this.#connections)) await connection.close();
  }

  #session(style: Style, mode: AcknowledgeMode = Session.AUTO_ACKNOWLEDGE): Promise<Session> {
    return this.#connections[style].createSession(false, mode);
  }

  #subscription(name: string): Subscription {
    const found = this.#subscriptions.get(name);
    if (found === undefined) throw new Error(`no subscription ${name}`);
    return found;
  }
}

function messageOf(session: Session, spec: Spec): Message {
  if ('none' in spec.body) return session.createMessage();
  if ('noText' in spec.body) return session.createTextMessage();
  if ('list' in spec.body) throw new Error('only Java has lists of Java');
  return write(session, { ...spec, body: spec.body });
}

async function publish(
  session: Session,
  to: Queue | Topic,
  message: Message,
  { persistent = false, priority = 4, timeToLiveMs = 0 }: Spec,
): Promise<Ids> {
  const producer = await session.createProducer(to);
  const mode = persistent ? DeliveryMode.PERSISTENT : DeliveryMode.NON_PERSISTENT;
  await producer.send(message, mode, priority, timeToLiveMs);
  await producer.close();
  return idsOf(message);
}

function idsOf(message: Message): Ids {
  return {
    messageId: message.getJMSMessageID(),
    timestamp: message.getJMSTimestamp(),
    expiration: message.getJMSExpiration(),
  };
}

function cameAs(message: Message): Came {
  const deliveryCount = message.getIntProperty('JMSXDeliveryCount');
  return { ...read(message), ...idsOf(message), deliveryCount };
}
