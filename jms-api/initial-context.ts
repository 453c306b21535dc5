// A small InitialContext, as JNDI has one: connection factories, queues and topics by names that
// stand in a properties file. Keys are those of Apache Qpid JMS; Artemis' spelling and the dynamic
// names of ActiveMQ are known as well. What it does not know it does not guess.
//
//     connectionfactory.shop = amqp://localhost:5672?jms.clientID=${SHOP_ID:-till-1}
//     queue.orders           = shop.orders
//     topic.prices           = shop.prices
//
//     lookup('shop')   lookup('orders')   lookup('dynamicQueues/anything')

import { namedQueue, namedTopic, type Queue, type Topic } from './destination.ts';
import { IllegalArgumentException, JMSException } from './errors.ts';
import { nearest } from './nearest.ts';

/** Thrown by `lookup` for a name that is not bound. */
export class NamingException extends JMSException {}

/** What properties may be given as: the text of a file, or an object. */
export type PropertiesLike = string | Readonly<Record<string, string>>;

const KINDS = ['connectionfactory', 'queue', 'topic'] as const;
type Kind = (typeof KINDS)[number];

/** Makes the factory for a URL. */
export type FactoryMaker<F> = (url: string) => F;

/** Looks up connection factories and destinations by name. Not in JMS itself. */
export class InitialContext<F> {
  readonly #bound: Map<string, { readonly kind: Kind; readonly value: string }> = new Map();
  readonly #make: FactoryMaker<F>;
  readonly #made: Map<string, F | Queue | Topic> = new Map();

  /**
   * @param properties - the text of a `jndi.properties` file, or its entries
   * @param make - makes a connection factory for a URL
   * @param variables - what `${NAME}` means in values, `${NAME:-default}` if it is not there
   * @throws {IllegalArgumentException} for a variable without a value, and a text that is no file of
   * properties
   */
  constructor(
    properties: PropertiesLike,
    make: FactoryMaker<F>,
    variables: Readonly<Record<string, string | undefined>> = process.env,
  ) {
    this.#make = make;
    const entries = typeof properties === 'string' ? parseProperties(properties) : properties;
    for (const [key, value] of Object.entries(entries)) {
      const at = key.indexOf('.');
      const kind = KINDS.find((known) => known === key.slice(0, at).toLowerCase());
      if (kind === undefined || at < 0) continue;
      const name = key.slice(at + 1);
      this.#bound.set(name, { kind, value: expand(value.trim(), variables) });
    }
  }

  /**
   * Finds what a name is bound to; `dynamicQueues/NAME` and `dynamicTopics/NAME` always are.
   *
   * @throws {NamingException} if it is not bound; the message names what is near
   */
  lookup(name: string): F | Queue | Topic {
    const made = this.#made.get(name);
    if (made !== undefined) return made;
    const result = this.#find(name);
    this.#made.set(name, result);
    return result;
  }

  /** Looks up a connection factory; `ConnectionFactory` unless another name is said. */
  lookupConnectionFactory(name = 'ConnectionFactory'): F {
    this.#expect(name, 'connectionfactory');
    return this.lookup(name) as F;
  }

  /** Looks up a queue. */
  lookupQueue(name: string): Queue {
    this.#expect(name, 'queue');
    return this.lookup(name) as Queue;
  }

  /** Looks up a topic. */
  lookupTopic(name: string): Topic {
    this.#expect(name, 'topic');
    return this.lookup(name) as Topic;
  }

  /** The names that are bound. */
  names(): string[] {
    return [...this.#bound.keys()];
  }

  #find(name: string): F | Queue | Topic {
    if (name.startsWith('dynamicQueues/')) return namedQueue(name.slice('dynamicQueues/'.length));
    if (name.startsWith('dynamicTopics/')) return namedTopic(name.slice('dynamicTopics/'.length));
    const bound = this.#bound.get(name);
    if (bound === undefined) throw this.#missing(name);
    switch (bound.kind) {
      case 'connectionfactory':
        return this.#make(bound.value);
      case 'queue':
        return namedQueue(bound.value);
      case 'topic':
        return namedTopic(bound.value);
    }
  }

  #expect(name: string, kind: Kind): void {
    const dynamic = name.startsWith('dynamicQueues/')
      ? 'queue'
      : name.startsWith('dynamicTopics/')
        ? 'topic'
        : undefined;
    const found = dynamic ?? this.#bound.get(name)?.kind;
    if (found === undefined) throw this.#missing(name);
    if (found === kind) return;
    throw new NamingException(`'${name}' is bound as a ${found}, not as a ${kind}`);
  }

  #missing(name: string): NamingException {
    const near = nearest(name, this.names());
    const hint =
      near === undefined
        ? `there is ${this.names().join(', ') || 'nothing'}`
        : `did you mean '${near}'?`;
    return new NamingException(`'${name}' is not bound; ${hint}`);
  }
}

/** Puts values in place of `${NAME}` and `${NAME:-default}`. */
function expand(text: string, variables: Readonly<Record<string, string | undefined>>): string {
  return text.replaceAll(/\$\{([^}:]+)(?::-([^}]*))?\}/g, (whole, name: string, otherwise) => {
    const value = variables[name] ?? (otherwise as string | undefined);
    if (value !== undefined) return value;
    throw new IllegalArgumentException(
      `${whole} has no value, and no default: \${${name}:-default}`,
    );
  });
}

/** Reads a file of properties as Java does: `=`, `:` or blanks between, `\` goes on, `#` and `!`. */
function parseProperties(text: string): Record<string, string> {
  const entries: Record<string, string> = {};
  const lines = text
    .replaceAll(/(?<!\\)((?:\\\\)*)\\(?:\r\n|\n|\r)[ \t\f]*/g, '$1')
    .split(/\r\n|\n|\r/);
  for (const line of lines) {
    const trimmed = line.trimStart();
    if (trimmed === '' || trimmed.startsWith('#') || trimmed.startsWith('!')) continue;
    const match = /^((?:[^\\=: \t\f]|\\.)+)[ \t\f]*[=:]?[ \t\f]*(.*)$/.exec(trimmed);
    if (match === null) {
      throw new IllegalArgumentException(`'${line}' is no line of a properties file`);
    }
    entries[unescaped(match[1] ?? '')] = unescaped(match[2] ?? '');
  }
  return entries;
}

const ESCAPES: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f' };

function unescaped(text: string): string {
  return text.replaceAll(/\\(?:u([0-9a-fA-F]{4})|(.))/g, (_, unit?: string, letter?: string) =>
    unit === undefined
      ? (ESCAPES[letter ?? ''] ?? letter ?? '')
      : String.fromCharCode(Number.parseInt(unit, 16)),
  );
}
