// The ends of links: what a producer's target and a consumer's source say. [AMQP 3.5.3, 3.5.4]
// [JMS mapping WD10]

import type { ConsumerRequest, DestinationData } from '#jms-api';
import type { Dialect } from './dialect.ts';
import { type Frame, type Sender, type Typed, types } from './rhea.ts';

/** `apache.org:selector-filter:string` and `apache.org:no-local-filter:list`, by their codes. */
const SELECTOR_CODE = 0x468c_0000_0004;
const NO_LOCAL_CODE = 0x468c_0000_0003;
const RELEASED = 0x26;
const MODIFIED = 0x27;
const DELETE_ON_CLOSE = 0x2b;
const TARGET = 0x29;
const COORDINATOR = 0x30;
const OUTCOMES: readonly string[] = [
  'amqp:accepted:list',
  'amqp:rejected:list',
  'amqp:released:list',
  'amqp:modified:list',
];

/** @param destination - undefined: each message says where it goes to */
export function targetOf(destination: DestinationData | undefined, dialect: Dialect): object {
  if (destination === undefined) return {};
  return {
    address: dialect.addressOf(destination),
    capabilities: [destination.kind, ...(dialect.targetCapabilities?.(destination) ?? [])],
    ...dialect.target,
  };
}

/** @param global - the subscription is not of a client id */
export function sourceOf(
  destination: DestinationData,
  request: ConsumerRequest,
  dialect: Dialect,
  global: boolean,
): object {
  const { subscription, browse } = request;
  const topic = destination.kind === 'topic' || destination.kind === 'temporary-topic';
  const filter = filterOf(request, dialect, topic);
  const shared = subscription?.shared === true;
  const durable = subscription?.durable === true;
  return {
    address: dialect.addressOf(destination, true),
    capabilities: [
      destination.kind,
      ...(shared ? ['shared'] : []),
      ...(shared && global ? ['global'] : []),
    ],
    outcomes: [...OUTCOMES],
    default_outcome: described(MODIFIED, types.True()),
    ...(filter !== undefined && { filter }),
    ...((browse === true || durable) && { distribution_mode: 'copy' }),
    ...(durable && { durable: 2, expiry_policy: 'never' }),
    ...(subscription !== undefined && !durable && { durable: 0, expiry_policy: 'link-detach' }),
    ...(subscription === undefined && !topic && dialect.source),
  };
}

/** The source of a consumer of a queue that is there. */
export function queueSource(address: string): object {
  return { address, outcomes: [...OUTCOMES], default_outcome: described(RELEASED) };
}

function filterOf(
  { selector, noLocal }: ConsumerRequest,
  dialect: Dialect,
  topic: boolean,
): Record<string, Typed> | undefined {
  const filter: Record<string, Typed> = {};
  if (selector !== undefined && !(topic && dialect.selectsHere)) {
    const spelled = (topic && dialect.topicSelector?.(selector)) || selector;
    filter['jms-selector'] = tagged(SELECTOR_CODE, types.wrap_string(spelled));
  }
  // Who marks messages with who sends them leaves out his own himself.
  if (noLocal === true && dialect.sender === undefined) {
    filter['no-local'] = tagged(NO_LOCAL_CODE, types.wrap_string('NoLocalFilter{}'));
  }
  return Object.keys(filter).length === 0 ? undefined : filter;
}

/** The target of a link that makes a temporary destination. [AMQP 3.5.9] */
export function dynamicTarget(kind: 'temporary-queue' | 'temporary-topic'): object {
  return {
    dynamic: true,
    durable: 0,
    expiry_policy: 'link-detach',
    dynamic_node_properties: { 'lifetime-policy': described(DELETE_ON_CLOSE) },
    capabilities: [kind],
  };
}

/**
 * Gives a link, not yet attached, the coordinator of transactions as its target; rhea knows no such
 * thing, and takes it for a refusal in the peer's answer. [AMQP 4.5.1]
 */
export function aimAtCoordinator(sender: Sender): void {
  const local = types.wrap_symbol('amqp:local-transactions');
  sender.local.attach.target = described(COORDINATOR, local);
  const heard = sender.on_attach;
  sender.on_attach = (frame: Frame) => {
    const { performative } = frame;
    const code = performative.target?.descriptor?.value;
    if (code === COORDINATOR || code === 'amqp:coordinator:list') {
      performative.target = tagged(TARGET, types.List0());
    }
    heard.call(sender, frame);
  };
}

function described(code: number, ...fields: Typed[]): Typed {
  return tagged(code, fields.length === 0 ? types.List0() : types.List32(fields));
}

function tagged(code: number, value: Typed): Typed {
  return types.described_nc(types.wrap_ulong(code), value);
}
