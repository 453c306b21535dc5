// What the container knows, by token. Only this folder sees a container; everybody else gets plain
// constructor arguments.

import type { Hono } from 'hono';
import { Token } from 'typedi';
import type { Broker, FileJournal, Host } from '#broker';
import type { Listener, TlsEndpoint, Users } from '#gateway';
import type { OptionKey } from './options.ts';

/** What a door is called in URLs, logs and metrics. */
export type DoorName = 'amqp' | 'amqps' | 'stomp' | 'stomps' | 'ws' | 'multi' | 'http';

/** Where each open door is; the ports of `ws` and `http` take TLS too, if there is a certificate. */
export type Urls = Partial<Record<DoorName | 'wss' | 'https', string>>;

/** A way in for one protocol of messages. */
export interface Door {
  readonly name: DoorName;
  /** The option that says its port. */
  readonly option: OptionKey;
  /** The port to ask for; 0: the system chooses. */
  readonly port: number;
  readonly listener: Listener;
}

export const HOST: Token<Host> = new Token<Host>('host');
export const USERS: Token<Users> = new Token<Users>('users');
/** Absent without a certificate. */
export const TLS: Token<TlsEndpoint> = new Token<TlsEndpoint>('tls');
/** Absent for a server in memory. */
export const JOURNAL: Token<FileJournal> = new Token<FileJournal>('journal');
export const BROKER: Token<Broker> = new Token<Broker>('broker');
/** One for each protocol that is on. */
export const DOOR: Token<Door> = new Token<Door>('door');
export const HTTP: Token<Hono> = new Token<Hono>('http');
