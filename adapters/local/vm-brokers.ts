// The brokers of this process by their names in `vm://NAME`. One is made by the first connection
// that asks for it, and lives until `stopBroker` or the end of the process, not with its last
// connection. A server offers its own under a name, so that programs in its process meet its
// network clients.
//
//     absent ── connect ──► (opening) ──► there ── stopBroker, or a failed disk ──► (closing) ──► absent
//
// Invariant: a name is in at most one of the two maps; while it changes, whoever asks for it waits.

import { Broker, nodeHost } from '#broker';
import { JMSException } from '#jms-api';

/** A broker that keeps its data. */
export interface KeptBroker {
  readonly broker: Broker;
  /** Writes down what is left, and lets the directory go. */
  close(): Promise<void>;
}

/**
 * Opens a broker over a directory. The adapter knows neither files nor locks: who composes the
 * package hands this in.
 *
 * @param fresh - forget what an earlier life left in it
 * @throws {Error} if it cannot be used; the message says why
 */
export type BrokerKeeper = (directory: string, fresh: boolean) => Promise<KeptBroker>;

/** Where a broker shall keep its data. */
export interface Keeping {
  readonly directory: string;
  /** The user said which directory. */
  readonly said: boolean;
  readonly open: () => Promise<KeptBroker>;
}

/** A broker with a name, and those to tell when it stops. */
export interface VmBroker {
  readonly broker: Broker;
  /** Each is called once, when the broker stops. */
  readonly onStop: Set<(error: Error) => void>;
  /** Where it keeps its data; undefined: in memory, or where whoever offered it said. */
  readonly directory: string | undefined;
  /** Of one that keeps its data. */
  readonly close: (() => Promise<void>) | undefined;
}

const brokers: Map<string, VmBroker> = new Map();
/** Names whose broker is being opened or closed; none of the promises rejects. */
const changes: Map<string, Promise<void>> = new Map();

/**
 * Finds the broker of that name, or makes it.
 *
 * @param keeping - where it shall keep its data; undefined: in memory, or as it is
 * @throws {JMSException} if its data cannot be kept there
 */
export async function vmBroker(name: string, keeping: Keeping | undefined): Promise<VmBroker> {
  // In this function, for two who wait must not both find nothing.
  for (let busy = changes.get(name); busy; busy = changes.get(name)) await busy;
  const found = brokers.get(name);
  if (found !== undefined) {
    if (keeping !== undefined) checkKept(name, found, keeping);
    return found;
  }
  if (keeping === undefined) return register(name, new Broker(nodeHost()));
  const opening = open(name, keeping);
  change(name, opening);
  return await opening;
}

/** Tells whether `vm://NAME` means a broker already. */
export async function brokerComes(name: string): Promise<boolean> {
  for (let busy = changes.get(name); busy; busy = changes.get(name)) await busy;
  return brokers.has(name);
}

/** Tells whether `vm://NAME` means a broker now. */
export function brokerExists(name: string): boolean {
  return brokers.has(name) || changes.has(name);
}

/**
 * Lets `vm://NAME` mean this broker.
 *
 * @returns takes the name back, if it still means this broker; connections by that name fail
 * @throws {Error} if there is a broker of that name already
 */
export function offerBroker(name: string, broker: Broker): () => void {
  if (brokerExists(name)) throw new Error(`there is a broker vm://${name} in this process already`);
  const entry = register(name, broker);
  return () => {
    if (brokers.get(name) === entry) void stopBroker(name);
  };
}

/**
 * Forgets the broker of that name; its connections fail at once. One in memory is gone with what it
 * held; one that keeps its data has written it down, and let the directory go, when the promise
 * resolves. One that was offered lives on with whoever offered it. Resolves to false if there is none
 * of that name.
 */
export async function stopBroker(name: string): Promise<boolean> {
  // No await that is not needed: of a broker in memory the name is free when the call returns.
  for (let busy = changes.get(name); busy; busy = changes.get(name)) await busy;
  const found = brokers.get(name);
  if (found === undefined) return false;
  await end(name, found, new Error(`the broker vm://${name} was stopped`));
  return true;
}

async function open(name: string, { directory, open }: Keeping): Promise<VmBroker> {
  let kept: KeptBroker;
  try {
    kept = await open();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const text = `vm://${name} cannot keep its data: ${why}`;
    throw new JMSException(text, null, { cause });
  }
  const entry = register(name, kept.broker, directory, () => kept.close());
  kept.broker.onFailed = (error) => {
    if (brokers.get(name) !== entry) return;
    const text = `the broker vm://${name} failed, what was confirmed is safe: ${error.message}`;
    void end(name, entry, new Error(text, { cause: error }));
  };
  return entry;
}

async function end(name: string, entry: VmBroker, error: Error): Promise<void> {
  brokers.delete(name);
  for (const tell of [...entry.onStop]) tell(error);
  if (entry.close === undefined) return;
  const closing = entry.close();
  change(name, closing);
  await closing;
}

function change(name: string, work: Promise<unknown>): void {
  const over = (): void => void changes.delete(name);
  changes.set(name, work.then(over, over));
}

function checkKept(name: string, { broker, directory }: VmBroker, keeping: Keeping): void {
  // What a broker with a journal finds at its start, and one in memory does not.
  if (broker.recovered === undefined) {
    throw new JMSException(
      `vm://${name} is in memory already, by a connection without broker.persistent=true: ` +
        `stopBroker('${name}') first, or choose another name`,
    );
  }
  if (!keeping.said || directory === undefined || directory === keeping.directory) return;
  throw new JMSException(
    `vm://${name} keeps its data in ${directory} already, and not in ${keeping.directory}`,
  );
}

function register(
  name: string,
  broker: Broker,
  directory?: string,
  close?: () => Promise<void>,
): VmBroker {
  const entry: VmBroker = { broker, onStop: new Set(), directory, close };
  brokers.set(name, entry);
  return entry;
}
