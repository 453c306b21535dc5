/**
 * Answers the lines of the Java side: calls methods of the API's objects, sends back what they
 * return or throw, and calls Java's listeners. Knows JMS only as far as values cross the line; no
 * object is treated after its class. A call that waits holds up no other.
 *
 *     Java ─ {id, on, call, args, in?} ─►  ◄─ {id, result | error} ─ Node
 *     Node ─ {do, fn, method, args, lane?} ─►  ◄─ {done, error?} ─ Java
 *     Java ─ {release, count} ─►           Node ─ {drop} ─►
 */

import { AsyncLocalStorage } from 'node:async_hooks';
import { InitialContext, JmsConnectionFactory, type ValueType } from 'angelia';

import { parseSignature, readArgument, type Wire } from './arguments.ts';
import { Handles } from './handles.ts';
import { JavaListener } from './java-values.ts';
import { writeBytes, writeData, writeError, writeResult, writeTyped } from './results.ts';

/** A line from Java, of any kind. */
interface Line {
  readonly id?: number;
  readonly on: number;
  readonly call: string;
  readonly args: readonly Wire[];
  /** The callback that this call is made from. */
  readonly in?: number;
  readonly done?: number;
  readonly error?: string;
  readonly release?: number;
  readonly count: number;
}

type Snapshot = ReturnType<typeof AsyncLocalStorage.snapshot>;

/** A call of Java's listener that has not returned. */
interface Callback {
  /** Runs a function as if it were called by whom called the listener. */
  readonly inside: Snapshot;
  resolve(): void;
  reject(error: Error): void;
}

type Method = (...args: unknown[]) => unknown;
/** The ways to ask a message for the type of what it holds. */
type TypeQuery = 'getPropertyType' | 'getItemType' | 'nextItemType';

/** One factory is of all three kinds, in Java as here. */
const FACTORY_KINDS = 'ConnectionFactory QueueConnectionFactory TopicConnectionFactory';

export class Bridge {
  readonly #send: (line: object) => void;
  readonly #handles = new Handles();
  readonly #callbacks = new Map<number, Callback>();
  readonly #dropped: FinalizationRegistry<number>;
  #lastCallback = 0;

  /** @param send - sends a line to Java */
  constructor(send: (line: object) => void) {
    this.#send = send;
    this.#dropped = new FinalizationRegistry((id) => send({ drop: id }));
  }

  /** Takes a line from Java. */
  take(text: string): void {
    const line = JSON.parse(text) as Line;
    if (line.release !== undefined) {
      this.#handles.release(line.release, line.count);
      return;
    }
    if (line.done !== undefined) {
      this.#returned(line.done, line.error);
      return;
    }
    const inside = line.in === undefined ? undefined : this.#callbacks.get(line.in)?.inside;
    if (inside === undefined) this.#answer(line);
    else inside(() => this.#answer(line));
  }

  #answer(line: Line): void {
    const { id } = line;
    const failed = (error: unknown): void => this.#send({ id, error: writeError(error) });
    try {
      const result = this.#call(line);
      if (result instanceof Promise) {
        result.then((value) => this.#send({ id, result: value })).catch(failed);
      } else {
        this.#send({ id, result });
      }
    } catch (error) {
      failed(error);
    }
  }

  /** Calls the method; the result is in the wire's form, or a promise of it. */
  #call({ on, call, args }: Line): Wire | Promise<Wire> {
    const { name, types } = parseSignature(call);
    const given = args.map((wire, i) =>
      readArgument(wire, types[i] ?? '', name, this.#handles, (id, lane) =>
        this.#listener(id, lane),
      ),
    );
    if (on === 0) return this.#make(name, String(given[0]));
    const target = this.#handles.get(on);
    const method: unknown = Reflect.get(target, name);
    if (typeof method !== 'function') throw new TypeError(`${nameOf(target)} has no ${call}`);
    const type = name === 'readObject' ? typeBy(target, 'nextItemType') : undefined;
    const result = (method as Method).apply(target, given);
    const write = (value: unknown): Wire => this.#write(target, name, given, type, value);
    if (typeof result === 'object' && result !== null && 'then' in result) {
      return Promise.resolve(result).then(write);
    }
    return write(result);
  }

  #write(
    target: object,
    name: string,
    given: unknown[],
    type: ValueType | null | undefined,
    value: unknown,
  ): Wire {
    switch (name) {
      case 'readObject':
        return writeTyped(value, type);
      case 'readBytes': {
        const count = Number(value);
        const read = (given[0] as Uint8Array).subarray(0, Math.max(0, count));
        return ['read', count, writeBytes(read)];
      }
      case 'getObjectProperty':
        return writeTyped(value, typeBy(target, 'getPropertyType', given[0]));
      case 'getObject':
        if (given.length === 0) return writeData(value, () => undefined);
        return writeTyped(value, typeBy(target, 'getItemType', given[0]));
      case 'getBody':
      case 'receiveBody':
      case 'receiveBodyNoWait':
        return writeData(value, (entry) => typeBy(target, 'getItemType', entry));
      default:
        return writeResult(value, this.#handles);
    }
  }

  /** Makes what a naming service holds: `queue`, `orders`. */
  #make(kind: string, text: string): Wire {
    const naming = new InitialContext(
      { [`${kind}.it`]: text },
      (url) => new JmsConnectionFactory(url),
    );
    const made = naming.lookup('it');
    const wire = writeResult(made, this.#handles);
    if (made instanceof JmsConnectionFactory && Array.isArray(wire)) {
      return [...wire.slice(0, 2), FACTORY_KINDS];
    }
    return wire;
  }

  #listener(id: number, lane: number): JavaListener {
    const listener = new JavaListener(id, lane, (...call) => this.#callBack(...call));
    this.#dropped.register(listener, id);
    return listener;
  }

  #callBack(listener: JavaListener, method: string, args: unknown[]): Promise<void> {
    return new Promise((resolve, reject) => {
      const id = ++this.#lastCallback;
      this.#callbacks.set(id, { inside: AsyncLocalStorage.snapshot(), resolve, reject });
      this.#send({
        do: id,
        fn: listener.id,
        method,
        args: args.map((one) => writeResult(one, this.#handles)),
        ...(method === 'onMessage' ? {} : { lane: listener.lane }),
      });
    });
  }

  #returned(id: number, error: string | undefined): void {
    const callback = this.#callbacks.get(id);
    this.#callbacks.delete(id);
    if (error === undefined) callback?.resolve();
    else callback?.reject(new Error(`Java's listener threw ${error}`));
  }
}

function typeBy(
  target: object,
  query: TypeQuery,
  ...args: unknown[]
): ValueType | null | undefined {
  const ask: unknown = Reflect.get(target, query);
  if (typeof ask !== 'function') return undefined;
  return (ask as (...args: unknown[]) => ValueType | null).apply(target, args);
}

function nameOf(target: object): string {
  return target.constructor.name;
}
