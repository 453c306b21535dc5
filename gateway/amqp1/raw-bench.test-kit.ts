// A broker on a host that stands still, and raw peers that dial it: what every protocol test of this
// folder begins with.

import { Broker, type BrokerOptions, ManualHost } from '#broker';
import { type Subject, Users } from '../auth.ts';
import { amqp1Engine } from './index.ts';
import { begin, HEADER, open, RawPeer } from './raw-peer.test-kit.ts';

export interface RawBench {
  readonly host: ManualHost;
  readonly broker: Broker;
  /** A peer that has said nothing yet. */
  dial(name?: string, subject?: Subject): RawPeer;
  /** A peer with an open connection and a session on channel 0; nothing is left to hear. */
  enter(): RawPeer;
}

/**
 * @param who - the users, or what makes them on the bench's own host
 * @param options - or what makes them, likewise
 */
export function rawBench(
  who: Users | ((host: ManualHost) => Users) = new Users(),
  options: BrokerOptions | ((host: ManualHost) => BrokerOptions) = {},
): RawBench {
  const host = new ManualHost();
  const users = typeof who === 'function' ? who(host) : who;
  const broker = new Broker(host, typeof options === 'function' ? options(host) : options);
  const factory = amqp1Engine(broker, users, { product: 'angelia', version: '1.2.3' });
  const dial = (name?: string, subject?: Subject): RawPeer =>
    new RawPeer(host, broker, factory, name, subject);
  const enter = (): RawPeer => {
    const peer = dial().say(HEADER, open(), begin());
    peer.hear();
    return peer;
  };
  return { host, broker, dial, enter };
}
