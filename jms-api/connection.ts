// ConnectionFactory, Connection and what belongs to them. [JMS 6.1]

import type { Capability, CapabilityStatus } from './capability.ts';
import type { Destination, Topic } from './destination.ts';
import type { Enumeration } from './enumeration.ts';
import type { AcknowledgeMode, Session } from './session.ts';
import type { JMSContext } from './simplified.ts';

/** Makes connections. [JMS 6.1.1] */
export interface ConnectionFactory {
  /**
   * Connects, as this user if one is given. The connection is stopped: no message is delivered
   * before its `start()`.
   *
   * @throws {JMSSecurityException} if user name or password are refused
   */
  createConnection(userName?: string, password?: string): Promise<Connection>;
  /**
   * Connects, and makes a context: a connection and a session in one. It throws the runtime
   * exceptions, as the simplified API does everywhere. [JMS 6.3]
   *
   * @param sessionMode - default AUTO_ACKNOWLEDGE
   * @throws {JMSSecurityRuntimeException} if user name or password are refused
   */
  createContext(sessionMode?: AcknowledgeMode): Promise<JMSContext>;
  createContext(
    userName: string,
    password: string,
    sessionMode?: AcknowledgeMode,
  ): Promise<JMSContext>;
}

/** Hears of problems that no call could report. [JMS 6.1.7] */
export interface ExceptionListener {
  onException(exception: Error): void | Promise<void>;
}

/** An {@link ExceptionListener}, or just its function. */
export type ExceptionListenerLike = ExceptionListener | ExceptionListener['onException'];

/** Tells what the connection is a connection to. [JMS 6.1.6] */
export interface ConnectionMetaData {
  getJMSVersion(): string;
  getJMSMajorVersion(): number;
  getJMSMinorVersion(): number;
  getJMSProviderName(): string;
  getProviderVersion(): string;
  getProviderMajorVersion(): number;
  getProviderMinorVersion(): number;
  /** Returns the names of the JMSX properties that are supported. [JMS 3.5.9] */
  getJMSXPropertyNames(): Enumeration<string>;
  /** Tells what the adapter and its broker can do, and why not the rest. Not in JMS. */
  getCapabilities(): ReadonlyMap<Capability, CapabilityStatus>;
}

/**
 * A connection to the broker. It is made stopped; it holds the process alive until `close()`.
 * [JMS 6.1] Methods that say `Promise<never>` are facilities of application servers, and not supported.
 */
export interface Connection extends AsyncDisposable {
  /**
   * Makes a session: `(false, mode)` as in JMS 1.1, `(mode)`, or `()` for AUTO_ACKNOWLEDGE.
   */
  createSession(transacted: boolean, acknowledgeMode: AcknowledgeMode): Promise<Session>;
  createSession(sessionMode?: AcknowledgeMode): Promise<Session>;
  /** Returns the client id, or null. */
  getClientID(): string | null;
  /**
   * Claims a client id, before anything else is done with the connection. [JMS 6.1.2]
   *
   * @throws {InvalidClientIDException} if it is empty, or in use by another connection
   * @throws {IllegalStateException} if it comes too late, or there is one already
   */
  setClientID(clientID: string): Promise<void>;
  getMetaData(): ConnectionMetaData;
  getExceptionListener(): ExceptionListener | null;
  setExceptionListener(listener: ExceptionListenerLike | null): void;
  /** Starts, or restarts, the delivery of messages. [JMS 6.1.5] */
  start(): Promise<void>;
  /**
   * Stops the delivery of messages; waits for running listeners. [JMS 6.1.5]
   *
   * @throws {IllegalStateException} if called from a listener of this connection
   */
  stop(): Promise<void>;
  /**
   * Ends the connection: waits for running listeners, lets pending receives return null, gives
   * back what is not acknowledged. Closing twice does nothing. [JMS 6.1.8]
   *
   * @throws {IllegalStateException} if called from a listener of this connection
   */
  close(): Promise<void>;
  /**
   * Tells when the way to the broker is cut and being made anew, and when it is there again. Not in
   * JMS; only providers that reconnect say so.
   */
  on(event: 'interrupted' | 'resumed', listener: (error?: Error) => void): this;
  /** Stops telling. */
  off(event: 'interrupted' | 'resumed', listener: (error?: Error) => void): this;
  createConnectionConsumer(destination: Destination, ...rest: unknown[]): Promise<never>;
  createSharedConnectionConsumer(topic: Topic, ...rest: unknown[]): Promise<never>;
  createDurableConnectionConsumer(topic: Topic, ...rest: unknown[]): Promise<never>;
  createSharedDurableConnectionConsumer(topic: Topic, ...rest: unknown[]): Promise<never>;
}
