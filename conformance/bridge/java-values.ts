/**
 * What stands in this process for things that only Java has: its listeners, its serialised objects,
 * its classes. A serialised object names all its types, so `getBody` can be asked for any of them.
 */

import type { BodyClass, Message } from '#jms-api';

/** A serialised object of Java: base64, and the names of its class and all that this extends. */
export interface JavaSerialized {
  readonly java: string;
  readonly types: readonly string[];
}

/** An object of Java that is no value of JMS. */
export class JavaOpaque {
  readonly className: string;
  constructor(className: string) {
    this.className = className;
  }
}

/** A listener of any kind; calls go to Java, and their promises resolve when it has returned. */
export class JavaListener {
  readonly id: number;
  /** Calls of one lane are made one after the other. */
  readonly lane: number;
  readonly #call: (listener: JavaListener, method: string, args: unknown[]) => Promise<void>;

  constructor(
    id: number,
    lane: number,
    call: (listener: JavaListener, method: string, args: unknown[]) => Promise<void>,
  ) {
    this.id = id;
    this.lane = lane;
    this.#call = call;
  }

  onMessage(message: Message): Promise<void> {
    return this.#call(this, 'onMessage', [message]);
  }
  onCompletion(message: Message): Promise<void> {
    return this.#call(this, 'onCompletion', [message]);
  }
  onException(...args: unknown[]): Promise<void> {
    return this.#call(this, 'onException', args);
  }
}

/** Tells a serialised object of Java from other JSON. */
export function isJavaSerialized(value: unknown): value is JavaSerialized {
  return (
    typeof value === 'object' && value !== null && typeof Reflect.get(value, 'java') === 'string'
  );
}

const STRING_TYPES = ['java.io.Serializable', 'java.lang.Comparable', 'java.lang.CharSequence'];

/** The class of this API for one of Java's. */
export function classOf(name: string): BodyClass {
  switch (name) {
    case 'java.lang.String':
      return String;
    case 'java.util.Map':
      return Map;
    case '[B':
      return Uint8Array;
    case 'java.lang.Object':
      return Object;
    default:
      return classNamed(name);
  }
}

function classNamed(className: string): BodyClass {
  class OfJava {
    readonly className: string = className;
    static [Symbol.hasInstance](value: unknown): boolean {
      if (isJavaSerialized(value)) return value.types.includes(className);
      return value instanceof String && STRING_TYPES.includes(className);
    }
  }
  Object.defineProperty(OfJava, 'name', { value: className });
  return OfJava;
}
