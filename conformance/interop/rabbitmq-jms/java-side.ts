/** RabbitMQ's own JMS client as a {@link Side}: tells `RabbitJms.java` what to do. */

import { join } from 'node:path';
import { PROJECT_ROOT } from '../clients.ts';
import { Driver } from '../driver.ts';
import { type Installed, install, java } from '../install.ts';
import {
  type AnswersAt,
  type Came,
  type Ids,
  type Place,
  RECEIVE_MS_MAX,
  type Side,
  type Spec,
} from './side.ts';

const SOURCES = join(PROJECT_ROOT, 'conformance', 'interop');
const HERE = join(SOURCES, 'rabbitmq-jms');

/** Brings the client and the program around it. */
export function installClient(): Promise<Installed> {
  return install(
    join(PROJECT_ROOT, '.cache', 'interop', 'rabbitmq-jms'),
    java({
      pom: join(HERE, 'rabbitmq-jms.xml'),
      sources: [join(HERE, 'RabbitJms.java'), join(SOURCES, 'drivers', 'JmsMessages.java')],
    }),
  );
}

export class JavaSide implements Side {
  readonly version: string;
  readonly #driver: Driver;

  private constructor(driver: Driver, version: string) {
    this.#driver = driver;
    this.version = version;
  }

  /**
   * @param url - with a user and a password
   * @param keepsText - it marks what is text at an `amqp` destination, instead of the JMSType
   */
  static async open(classPath: string, url: string, keepsText: boolean): Promise<JavaSide> {
    const args = ['-Xmx512m', '-XX:TieredStopAtLevel=1', '-cp', classPath, 'RabbitJms'];
    const { driver, hello } = await Driver.start({ command: 'java', args });
    await driver.tell({ op: 'connect', ...{ url, keepsText } });
    return new JavaSide(driver, hello.version);
  }

  async send(destination: Place, messages: readonly Spec[]): Promise<readonly Ids[]> {
    return this.#tell('send', { destination, messages });
  }

  async subscribe(
    subscription: string,
    destination: Place,
    acknowledge: 'auto' | 'client',
  ): Promise<void> {
    await this.#tell('subscribe', { subscription, destination, acknowledge });
  }

  receive(subscription: string, count: number): Promise<readonly Came[]> {
    return this.#tell('receive', { subscription, count, timeoutMs: RECEIVE_MS_MAX });
  }

  async recover(subscription: string): Promise<void> {
    await this.#tell('recover', { subscription });
  }

  async unsubscribe(subscription: string): Promise<void> {
    await this.#tell('unsubscribe', { subscription });
  }

  async request(destination: Place, message: Spec, answers: AnswersAt): Promise<Came | undefined> {
    const words = { destination, message, answers, timeoutMs: RECEIVE_MS_MAX };
    return (await this.#tell('request', words))[0];
  }

  async serve(destination: Place, answer: Spec): Promise<Came | undefined> {
    return (await this.#tell('serve', { destination, answer, timeoutMs: RECEIVE_MS_MAX }))[0];
  }

  async close(): Promise<void> {
    await this.#driver.stop();
  }

  async #tell(op: string, words: object): Promise<readonly Came[]> {
    const answer = await this.#driver.tell({ op, ...words });
    return answer.ok ? ((answer.messages ?? []) as unknown as readonly Came[]) : [];
  }
}
