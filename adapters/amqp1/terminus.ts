// The ends of links: what a producer's target and a consumer's source say. [AMQP 3.5.3, 3.5.4]
// [JMS mapping WD10]

import type { ConsumerRequest, DestinationData } from '#jms-api';
import { type Typed, types } from './rhea.ts';

const SELECTOR = 0x468c_0000_0004;
const NO_LOCAL = 0x468c_0000_0003;
const MODIFIED = 0x27;
const OUTCOMES: readonly string[] = [
  'amqp:accepted:list',
  'amqp:rejected:list',
  'amqp:released:list',
  'amqp:modified:list',
];

/** @param destination - undefined: each message says where it goes to */
export function targetOf(destination: DestinationData | undefined): object {
  if (destination === undefined) return {};
  return { address: destination.name, capabilities: [destination.kind] };
}

export function sourceOf(destination: DestinationData, request: ConsumerRequest): object {
  const filter: Record<string, Typed> = {};
  if (request.selector !== undefined) {
    const selector = types.wrap_string(request.selector);
    filter['jms-selector'] = types.described_nc(types.wrap_ulong(SELECTOR), selector);
  }
  if (request.noLocal === true) {
    const words = types.wrap_string('NoLocalFilter{}');
    filter['no-local'] = types.described_nc(types.wrap_ulong(NO_LOCAL), words);
  }
  return {
    address: destination.name,
    capabilities: [destination.kind],
    outcomes: [...OUTCOMES],
    default_outcome: types.described_nc(types.wrap_ulong(MODIFIED), types.List32([types.True()])),
    ...(Object.keys(filter).length > 0 && { filter }),
    ...(request.browse === true && { distribution_mode: 'copy' }),
  };
}
