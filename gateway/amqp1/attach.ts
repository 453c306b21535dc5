// Decides on an attach: what its source or target means, and which of its wishes this gateway can
// fulfil. A wish is granted and echoed, or the link is refused by the name of the wish. Nothing is
// done here: `open-link.ts` carries the decision out. [AMQP 2.6.3, 3.5] [JMS mapping WD10]

import type { Address, Broker, ConsumerOptions, SubscriptionName } from '#broker';
import { isTopic } from '#broker';
import { COORDINATOR_CAPABILITIES } from './coordinator.ts';
import type { Outcome } from './delivery-state.ts';
import { type Condition, ProtocolError } from './errors.ts';
import { readFilters } from './filters.ts';
import { amqpLimits } from './limits.ts';
import { KIND_OF_CAPABILITY, kindOf, resolvePlace } from './link-address.ts';
import { MANAGEMENT } from './management.ts';
import type { Attach, Draft } from './performatives.ts';
import {
  type Coordinator,
  type LifetimePolicy,
  lifetimePolicyOf,
  lifetimePolicyValue,
  type Source,
  type Target,
} from './terminus.ts';
import type { Fields } from './types.ts';

/** What we say of our outcomes: all that the specification has. [AMQP 3.4] */
const OUTCOMES: readonly string[] = [
  'amqp:accepted:list',
  'amqp:rejected:list',
  'amqp:released:list',
  'amqp:modified:list',
];
const EXPIRY_POLICIES: readonly string[] = [
  'link-detach',
  'session-end',
  'connection-close',
  'never',
];
/** Capabilities by which JMS clients, and others that know them, say what they attach to. */
const SUBSCRIBING: readonly string[] = ['shared', 'global'];

/** A node that is to be made for the link. */
export interface DynamicWish {
  readonly topic: boolean;
  readonly policy: LifetimePolicy;
}

/** What a source was understood as. */
export interface ResolvedSource {
  /** Undefined: it is {@link dynamic}, or the {@link management} node. */
  readonly address: Address | undefined;
  readonly dynamic: DynamicWish | undefined;
  readonly management: boolean;
  readonly options: ConsumerOptions;
  readonly defaultOutcome: Outcome | undefined;
  /** It is not a JMS client's: what the link has outlives a detach, as its source says. */
  readonly keeps: boolean;
  /** Its unsettled deliveries outlive the detach as well. */
  readonly keepsUnsettled: boolean;
  /** What we answer: the source as it is in effect, without the address of a dynamic node. */
  readonly answer: Draft<Source>;
}

/** What a target was understood as. */
export type ResolvedTarget =
  | { readonly kind: 'coordinator'; readonly answer: Draft<Coordinator> }
  | { readonly kind: 'anonymous' | 'management'; readonly answer: Draft<Target> }
  | { readonly kind: 'address'; readonly address: Address; readonly answer: Draft<Target> }
  | { readonly kind: 'dynamic'; readonly dynamic: DynamicWish; readonly answer: Draft<Target> };

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
  if (attach.role === 'sender' && attach.initialDeliveryCount === undefined) {
    throw refusal(
      'amqp:invalid-field',
      'the attach of a sender has no initial-delivery-count [AMQP 2.7.3]',
    );
  }
  for (const terminus of [attach.source, attach.target]) {
    if (terminus === undefined || terminus.kind === 'coordinator') continue;
    if (EXPIRY_POLICIES.includes(terminus.expiryPolicy)) continue;
    throw refusal(
      'amqp:invalid-field',
      `there is no expiry policy '${terminus.expiryPolicy}' [AMQP 3.5.6]`,
    );
  }
}

/**
 * Understands the source of a link on which the peer receives.
 *
 * @param clientId - whose durable subscriptions it may take part in
 * @throws {ProtocolError} scope link: the attach is refused
 * @throws {BrokerError} for a selector that is none
 */
export function resolveSource(
  broker: Broker,
  attach: Attach,
  source: Source,
  clientId: string,
): ResolvedSource {
  const { capabilities, dynamic } = source;
  if (source.distributionMode !== undefined && !/^(move|copy)$/.test(source.distributionMode)) {
    throw refusal(
      'amqp:invalid-field',
      `there is no distribution mode '${source.distributionMode}' [AMQP 3.5.7]`,
    );
  }
  if (!dynamic && source.address === undefined) {
    throw refusal('amqp:invalid-field', 'the source has no address [AMQP 3.5.3]');
  }
  const management = source.address === MANAGEMENT;
  const wish = dynamic ? dynamicWish(source) : undefined;
  const place =
    dynamic || management ? undefined : resolvePlace(broker, source.address ?? '', capabilities);
  const topic = wish?.topic ?? (place !== undefined && isTopic(place.address));
  const filters = readFilters(source.filter, topic);
  const subscription = topic
    ? subscriptionOf(attach.name, source, clientId, place?.subscription)
    : undefined;
  const browse = !topic && source.distributionMode === 'copy';
  const presettled = attach.sndSettleMode === 1;
  const jms = capabilities.some((one) => KIND_OF_CAPABILITY.has(one) || SUBSCRIBING.includes(one));
  const keeps = !(jms || browse || dynamic || management);
  const keepsUnsettled = keeps && !presettled && source.durable === 2;
  return {
    address: place?.address,
    dynamic: wish,
    management,
    options: {
      presettled,
      browse,
      noLocal: filters.noLocal,
      ...(filters.selector && { selector: filters.selector }),
      ...(subscription && { subscription }),
    },
    defaultOutcome: source.defaultOutcome,
    keeps: keepsUnsettled || (keeps && topic && subscription === undefined),
    keepsUnsettled,
    answer: {
      kind: 'source',
      ...(source.address !== undefined && { address: source.address }),
      durable: keepsUnsettled || subscription?.durable === true ? source.durable : 0,
      expiryPolicy: source.expiryPolicy,
      timeout: source.timeout,
      dynamic,
      dynamicNodeProperties: propertiesOf(wish),
      ...(source.distributionMode && {
        distributionMode: topic ? 'copy' : source.distributionMode,
      }),
      filter: filters.echo,
      capabilities: granted(capabilities, topic),
      outcomes: OUTCOMES,
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
  if (target.kind === 'coordinator') {
    const capabilities = target.capabilities.filter((one) =>
      COORDINATOR_CAPABILITIES.includes(one),
    );
    return { kind: 'coordinator', answer: { kind: 'coordinator', capabilities } };
  }
  const answer: Draft<Target> = {
    kind: 'target',
    durable: target.durable,
    expiryPolicy: target.expiryPolicy,
    timeout: target.timeout,
    capabilities: granted(target.capabilities, false),
    ...(target.address !== undefined && { address: target.address }),
  };
  if (target.dynamic) {
    const dynamic = dynamicWish(target);
    const dynamicNodeProperties = propertiesOf(dynamic);
    const made = { ...answer, durable: 0, dynamic: true, dynamicNodeProperties };
    return { kind: 'dynamic', dynamic, answer: made };
  }
  if (target.address === undefined) return { kind: 'anonymous', answer };
  if (target.address === MANAGEMENT) return { kind: 'management', answer };
  const { address } = resolvePlace(broker, target.address, target.capabilities);
  return { kind: 'address', address, answer };
}

/** The part of a link's name that names a subscription; what follows tells links apart. */
export function subscriptionNameOf(linkName: string, shared: boolean): string {
  const bar = linkName.indexOf('|');
  return shared && bar > 0 ? linkName.slice(0, bar) : linkName;
}

/** A named subscription, if the source asks for one; others live with their links. */
function subscriptionOf(
  linkName: string,
  source: Source,
  clientId: string,
  qualified: string | undefined,
): SubscriptionName | undefined {
  if (qualified !== undefined) {
    return { name: qualified, durable: true, shared: true, global: true };
  }
  const shared = source.capabilities.includes('shared');
  const durable = source.durable > 0 || source.expiryPolicy === 'never';
  if (!shared && !durable) return undefined;
  const global = shared && source.capabilities.includes('global');
  return { name: subscriptionNameOf(linkName, shared), durable, shared, global, clientId };
}

function dynamicWish(terminus: Source | Target): DynamicWish {
  if (terminus.address !== undefined) {
    throw refusal('amqp:invalid-field', 'a dynamic node is asked for by an address [AMQP 3.5.3]');
  }
  const { capabilities, dynamicNodeProperties: properties } = terminus;
  const said = properties.get('lifetime-policy');
  const policy = lifetimePolicyOf(properties);
  if (said !== undefined && policy === undefined) {
    throw refusal('amqp:invalid-field', 'the lifetime-policy is none of the four [AMQP 3.5.9]');
  }
  const kind = kindOf(capabilities);
  const topic = kind === 'topic' || kind === 'temporary-topic';
  return { topic, policy: policy ?? 'delete-on-close' };
}

function propertiesOf(wish: DynamicWish | undefined): Fields {
  return new Map(wish === undefined ? [] : [['lifetime-policy', lifetimePolicyValue(wish.policy)]]);
}

/** A capability that is not answered was not granted. */
function granted(capabilities: readonly string[], topic: boolean): readonly string[] {
  return capabilities.filter(
    (one) => KIND_OF_CAPABILITY.has(one) || (topic && SUBSCRIBING.includes(one)),
  );
}

function refusal(condition: Condition, message: string): ProtocolError {
  return new ProtocolError('link', condition, message);
}
