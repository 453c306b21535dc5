// Requests that may cost their channel: RabbitMQ answers a refused one by closing the channel, and all
// that was under way on it. So they have a channel of their own, one after the other, and a new one
// when it is gone. [AMQP 0-9-1 channel.close]

import type { Channel, ChannelModel } from 'amqplib';
import { exceptionOf } from './errors.ts';

export class Errands {
  readonly #model: ChannelModel;
  #channel: Channel | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(model: ChannelModel) {
    this.#model = model;
  }

  /**
   * Runs one, when those before are done.
   *
   * @param what - such as `declaring queue orders`
   * @throws {JMSException} that fits what the broker says; its `errorCode` is the reply code
   */
  run<T>(what: string, errand: (channel: Channel) => Promise<T>): Promise<T> {
    const result = this.#last.then(() => this.#run(what, errand));
    this.#last = result.catch(() => undefined);
    return result;
  }

  async #run<T>(what: string, errand: (channel: Channel) => Promise<T>): Promise<T> {
    try {
      return await errand(this.#channel ?? (await this.#open()));
    } catch (error) {
      throw exceptionOf(error, what);
    }
  }

  async #open(): Promise<Channel> {
    const channel = await this.#model.createChannel();
    this.#channel = channel;
    const gone = (): void => {
      if (this.#channel === channel) this.#channel = undefined;
    };
    // Without a listener, an error of a channel ends the process. Who waits is told by the promise.
    channel.on('error', gone);
    channel.on('close', gone);
    return channel;
  }
}
