// The brokers of this process by their names in `vm://NAME`. One is made by the first connection
// that asks for it, and lives until `stopBroker` or the end of the process, not with its last
// connection. A server offers its own under a name, so that programs in its process meet its
// network clients.

import { Broker, nodeHost } from '#broker';

/** A broker with a name, and those to tell when it stops. */
export interface VmBroker {
  readonly broker: Broker;
  /** Each is called once, when the broker stops. */
  readonly onStop: Set<(error: Error) => void>;
}

const brokers: Map<string, VmBroker> = new Map();

/** Finds the broker of that name, or makes it. */
export function vmBroker(name: string): VmBroker {
  const found = brokers.get(name);
  if (found !== undefined) return found;
  return register(name, new Broker(nodeHost()));
}

/** Tells whether `vm://NAME` means a broker already. */
export function brokerExists(name: string): boolean {
  return brokers.has(name);
}

/**
 * Lets `vm://NAME` mean this broker.
 *
 * @returns takes the name back, if it still means this broker; connections by that name fail
 * @throws {Error} if there is a broker of that name already
 */
export function offerBroker(name: string, broker: Broker): () => void {
  if (brokers.has(name)) throw new Error(`there is a broker vm://${name} in this process already`);
  const entry = register(name, broker);
  return () => {
    if (brokers.get(name) === entry) stopBroker(name);
  };
}

/**
 * Forgets the broker of that name and what it holds; its connections fail. One that was offered
 * lives on with whoever offered it. Returns false if there is none of that name.
 */
export function stopBroker(name: string): boolean {
  const found = brokers.get(name);
  if (found === undefined) return false;
  brokers.delete(name);
  const error = new Error(`the broker vm://${name} was stopped`);
  for (const tell of [...found.onStop]) tell(error);
  return true;
}

function register(name: string, broker: Broker): VmBroker {
  const entry: VmBroker = { broker, onStop: new Set() };
  brokers.set(name, entry);
  return entry;
}
