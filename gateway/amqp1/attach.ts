// Decides on an attach: which destination it means, and which of its wishes this gateway cannot
// fulfil. A wish is granted, or the link is refused by the name of the wish; none is ignored.
// Pure functions of the peer's attach; the session carries the decision out. [AMQP 2.6.3, 3.5]

import { type Address, type Broker, isPattern, isTemporary, parseAddress } from '#broker';
import type { Outcome } from './delivery-state.ts';
import { type Condition, ProtocolError } from './errors.ts';
import { amqpLimits } from './limits.ts';
import type { Attach, Draft } from './performatives.ts';
import type { Source, Target } from './terminus.ts';
import type { Value } from './types.ts';

/** What we say of our outcomes: all that the specification has. [AMQP 3.4] */
const OUTCOMES: readonly string[] = [
  'amqp:accepted:list',
  'amqp:rejected:list',
  'amqp:released:list',
  'amqp:modified:list',
];

/** Kinds of destination that a capability names. */
const KIND_OF_CAPABILITY: ReadonlyMap<string, Address['kind']> = new Map([
  ['queue', 'queue'],
  ['topic', 'topic'],
  ['temporary-queue', 'temporary-queue'],
  ['temporary-topic', 'temporary-topic'],
]);

/** Filters that must not be ignored, by the code of their descriptor and by its symbol. */
const FILTERS: ReadonlyMap<number | string, string> = new Map<number | string, string>([
  [0x468c_0000_0004, 'selectors'],
  ['apache.org:selector-filter:string', 'selectors'],
  [0x468c_0000_0003, 'no-local filters'],
  ['apache.org:no-local-filter:list', 'no-local filters'],
]);

/** What a source was understood as. */
export interface ResolvedSource {
  readonly address: Address;
  readonly presettled: boolean;
  readonly defaultOutcome: Outcome | undefined;
  /** What we answer: the source as it is in effect. */
  readonly answer: Draft<Source>;
}

/** What a target was understood as; without an address each message names its destination. */
export interface ResolvedTarget {
  readonly address: Address | undefined;
  readonly answer: Draft<Target>;
}

/**
 * Checks what holds for every link.
 *
 * @throws {ProtocolError} scope link: the attach is refused
 */
export function checkAttach(attach: Attach): void {
  const { name } = attach;
  if (name.length > amqpLimits.linkNameLengthMax) {
    throw refusal(
      'amqp:invalid-field',
      `link name of ${name.length} characters exceeds ${amqpLimits.linkNameLengthMax}`,
    );
  }
  if (attach.sndSettleMode > 2 || attach.rcvSettleMode > 1) {
    throw refusal(
      'amqp:invalid-field',
      `settle modes ${attach.sndSettleMode} and ${attach.rcvSettleMode}, ` +
        'expected 0…2 and 0…1 [AMQP 2.8.2, 2.8.3]',
    );
  }
}

/**
 * Understands the source of a link on which the peer receives.
 *
 * @throws {ProtocolError} scope link: the attach is refused
 */
export function resolveSource(broker: Broker, attach: Attach): ResolvedSource {
  const { source } = attach;
  if (source === undefined) {
    // A receiver without a source asks for a subscription of this name, and there is none.
    throw refusal('amqp:not-found', `there is no subscription '${attach.name}'`);
  }
  if (source.dynamic) throw notImplemented('dynamic nodes');
  if (source.address === undefined) {
    throw refusal('amqp:invalid-field', 'the source has no address [AMQP 3.5.3]');
  }
  for (const value of source.filter.values()) {
    const name = filterName(value);
    if (name !== undefined) throw notImplemented(name);
  }
  for (const capability of source.capabilities) {
    if (capability === 'shared' || capability === 'global') {
      throw notImplemented('shared subscriptions');
    }
  }
  const address = resolveAddress(broker, source.address, source.capabilities);
  if (address.kind === 'topic' && (source.durable > 0 || source.expiryPolicy === 'never')) {
    throw notImplemented('durable subscriptions');
  }
  if (address.kind === 'queue' && source.distributionMode === 'copy') {
    throw notImplemented('queue browsers');
  }
  return {
    address,
    presettled: attach.sndSettleMode === 1,
    defaultOutcome: source.defaultOutcome,
    answer: {
      kind: 'source',
      address: source.address,
      expiryPolicy: source.expiryPolicy,
      timeout: source.timeout,
      capabilities: granted(source.capabilities),
      outcomes: OUTCOMES,
      ...(source.distributionMode && { distributionMode: source.distributionMode }),
      ...(source.defaultOutcome && { defaultOutcome: source.defaultOutcome }),
    },
  };
}

/**
 * Understands the target of a link on which the peer sends.
 *
 * @throws {ProtocolError} scope link: the attach is refused
 */
export function resolveTarget(broker: Broker, attach: Attach): ResolvedTarget {
  const { target } = attach;
  if (target === undefined) {
    throw refusal('amqp:invalid-field', 'the attach of a sender has no target [AMQP 2.7.3]');
  }
  if (target.kind === 'coordinator') throw notImplemented('transactions');
  if (target.dynamic) throw notImplemented('dynamic nodes');
  const anonymous = target.address === undefined;
  const address = anonymous
    ? undefined
    : resolveAddress(broker, target.address, target.capabilities);
  return {
    address,
    answer: {
      kind: 'target',
      expiryPolicy: target.expiryPolicy,
      timeout: target.timeout,
      capabilities: granted(target.capabilities),
      ...(target.address !== undefined && { address: target.address }),
    },
  };
}

/** The kind comes from a capability or a prefix; a bare name means what has it, or a queue. */
function resolveAddress(broker: Broker, text: string, capabilities: readonly string[]): Address {
  const prefixed = parseAddress(text);
  let kind: Address['kind'] | undefined;
  for (const capability of capabilities) kind ??= KIND_OF_CAPABILITY.get(capability);
  if (prefixed !== undefined && kind !== undefined && prefixed.kind !== kind) {
    throw refusal(
      'amqp:invalid-field',
      `address '${text}' says ${prefixed.kind}, its capability says ${kind}`,
    );
  }
  // Only topics have patterns, so that a pattern needs no capability to say what it is.
  if (kind === undefined && isPattern(text)) kind = 'topic';
  const address = prefixed ?? (kind === undefined ? broker.addressOf(text) : { kind, name: text });
  if (isTemporary(address)) {
    throw notImplemented('temporary destinations');
  }
  return address;
}

/** A capability that is not answered was not granted. */
function granted(capabilities: readonly string[]): readonly string[] {
  return capabilities.filter((capability) => KIND_OF_CAPABILITY.has(capability));
}

function filterName(value: Value): string | undefined {
  if (value.type !== 'described') return undefined;
  const { descriptor } = value;
  if (descriptor.type === 'symbol') return FILTERS.get(descriptor.value);
  return descriptor.type === 'ulong' ? FILTERS.get(Number(descriptor.value)) : undefined;
}

function refusal(condition: Condition, message: string): ProtocolError {
  return new ProtocolError('link', condition, message);
}

function notImplemented(what: string): ProtocolError {
  return refusal('amqp:not-implemented', `${what} are not supported by this broker`);
}
