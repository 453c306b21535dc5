// What a server is made of, on one screen. Factories run when something is first asked for, and all
// of them before the first socket opens; after that nobody asks a container for anything.

import type { RequestListener } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { Container, type ContainerInstance } from 'typedi';
import { nativeFormat } from '#adapters/local';
import {
  Broker,
  type BrokerOptions,
  FileJournal,
  type Host,
  type Log,
  nodeHost,
  VirtualClock,
} from '#broker';
import {
  type Acceptor,
  type EngineFactory,
  Listener,
  MultiProtocol,
  speaking,
  TlsDoor,
  TlsEndpoint,
  type TlsMaterial,
  Users,
  WebSockets,
} from '#gateway';
import { amqp1Engine, amqp1Format } from '#gateway/amqp1';
import { escapedStompFormat, stompEngine, stompFormat } from '#gateway/stomp';
import { httpApp, type ServerState } from './http/app.ts';
import type { Config, PortKey } from './options.ts';
import { journalOptions } from './storage.ts';
import { BROKER, DOOR, type DoorName, HOST, HTTP, JOURNAL, TLS, USERS } from './tokens.ts';
import { version } from './version.ts';

/** Describes the server `id` to a container of its own. Forget it with {@link decompose}. */
export function compose(
  id: string,
  config: Config,
  log: Log,
  state: ServerState,
  tls?: TlsMaterial,
): ContainerInstance {
  const c = Container.of(id);
  const host = () => (config.virtualClock ? new VirtualClock(nodeHost(log)) : nodeHost(log));
  c.set({ id: HOST, factory: host });
  c.set({ id: USERS, factory: () => usersOf(config, c.get(HOST)) });
  if (tls !== undefined) c.set({ id: TLS, factory: () => new TlsEndpoint(tls) });
  if (!config.memory) {
    c.set({
      id: JOURNAL,
      factory: () => new FileJournal(c.get(HOST), journalOptions(config, log)),
    });
  }
  const journal = () => (config.memory ? {} : { journal: c.get(JOURNAL) });
  const broker = () => new Broker(c.get(HOST), { ...brokerOptions(config), ...journal() });
  c.set({ id: BROKER, factory: broker });
  const door = (name: DoorName, option: PortKey, speaks: () => EngineFactory | Acceptor) => {
    const port = config[option];
    if (port < 0) return;
    const listener = () => new Listener(c.get(BROKER), name, speaks());
    c.set({
      id: DOOR,
      multiple: true,
      factory: () => ({ name, option, port, listener: listener() }),
    });
  };
  const { compat, wsOrigin } = config;
  const us = { product: 'angelia', version, compat };
  // One of each for all doors: what is detached at one may be resumed at another.
  const amqp = once(() => amqp1Engine(c.get(BROKER), c.get(USERS), us));
  const stomp = once(() => stompEngine(c.get(BROKER), c.get(USERS), us));
  const web = (http?: RequestListener) =>
    new WebSockets({ amqp: amqp(), stomp: stomp(), origins: wsOrigin, http });
  const rest = () => getRequestListener(c.get(HTTP).fetch);
  const secure = (inside: Acceptor, plain?: Acceptor) =>
    new TlsDoor({ tls: c.get(TLS), inside, plain });
  const either = (speaks: Acceptor) =>
    tls === undefined ? speaks : secure(speaks, config.tlsOnly ? undefined : speaks);
  const any = () => new MultiProtocol({ amqp: amqp(), stomp: stomp(), http: web(rest()) });
  door('amqp', 'amqpPort', amqp);
  door('amqps', 'amqpsPort', () => secure(speaking(amqp())));
  door('stomp', 'stompPort', stomp);
  door('stomps', 'stompsPort', () => secure(speaking(stomp())));
  door('ws', 'wsPort', () => either(web()));
  door('multi', 'multiPort', () => either(any()));
  c.set({ id: HTTP, factory: () => httpApp(c.get(BROKER), c.get(USERS), state, config.host) });
  return c;
}

function usersOf(config: Config, host: Host): Users {
  return new Users(config.user, {
    anonymous: config.anonymous || undefined,
    certificates: config.tlsClientAuth === 'require',
    nameOfSubject: config.tlsUser,
    host,
  });
}

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

function brokerOptions(config: Config): BrokerOptions {
  const { autoCreate, settings, virtualTopics: topic, virtualTopicConsumers: consumer } = config;
  const formats = [nativeFormat, amqp1Format, stompFormat, escapedStompFormat];
  return { autoCreate, settings, virtualTopics: { topic, consumer }, formats };
}

/** Forgets the container of a server that is closed: typedi keeps each until it is told. */
export function decompose(id: string): void {
  Container.reset(id);
}
