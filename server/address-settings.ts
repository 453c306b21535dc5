// The one table of address settings as people meet them: in the file of --config, over HTTP and in
// docs/address-settings.md, which follow from it. What a setting does is the core's business; its
// default is `defaultSettings`. A setting that the core gets does not compile until it has a row.

import { z } from 'zod';
import { type AddressSettings, isPattern } from '#broker';

/** One setting. `T` is the type of its value. */
export interface Setting<T> {
  readonly schema: z.ZodType<T>;
  /** What the number counts; empty for what is not a number. */
  readonly unit: string;
  /** Which values there are, in words. */
  readonly range: string;
  /** What it is for, in one sentence. */
  readonly sentence: string;
}

function count(unit: string, sentence: string): Setting<number> {
  const error = 'expected a whole number of at least 0';
  const schema = z.number({ error }).int({ error }).min(0, { error });
  return { schema, unit, range: '0 or more', sentence };
}

function factor(sentence: string): Setting<number> {
  const error = 'expected a number of at least 0';
  const schema = z.number({ error }).min(0, { error });
  return { schema, unit: 'times', range: '0 or more', sentence };
}

function onOff(sentence: string): Setting<boolean> {
  const schema = z.boolean({ error: 'expected true or false' });
  return { schema, unit: '', range: 'true, false', sentence };
}

function choice<const T extends string>(words: readonly T[], sentence: string): Setting<T> {
  const schema = z.enum(words, { error: `expected ${words.join(' or ')}` });
  return { schema, unit: '', range: words.join(', '), sentence };
}

function queueName(sentence: string): Setting<string> {
  const error = 'expected the name of a queue, or an empty text to drop them';
  const schema = z.string({ error }).refine((name) => !isPattern(name), { error });
  return { schema, unit: '', range: 'a name, or empty', sentence };
}

/** All settings, in the order of the documentation. */
export const addressSettings: {
  readonly [K in keyof AddressSettings]: Setting<AddressSettings[K]>;
} = {
  maxDeliveries: count(
    'deliveries',
    'Failed deliveries after which a message becomes a dead letter; 0: never.',
  ),
  deadLetterQueue: queueName('Queue for dead letters; empty: they are dropped.'),
  expiryQueue: queueName('Queue for messages whose time ended; empty: they are dropped.'),
  redeliveryDelayMs: count('ms', 'Wait before the first redelivery.'),
  redeliveryMultiplier: factor('Each further wait is this many times longer.'),
  redeliveryDelayMsMax: count('ms', 'The longest wait before a redelivery.'),
  bytesMax: count('bytes', 'Bytes of messages that the address may hold; 0: no bound of its own.'),
  messagesMax: count('messages', 'Messages that it may hold; 0: no bound of its own.'),
  whenFull: choice(
    ['fail', 'block', 'drop-oldest'],
    'At a bound: refuse the sender, let senders wait, or drop the oldest message.',
  ),
  pendingMax: count(
    'messages',
    'Messages that may wait for a subscriber of a topic who is not durable; 0: any number.',
  ),
  slowConsumer: choice(
    ['drop-oldest', 'disconnect'],
    'With too many pending: drop the oldest, or end the consumer.',
  ),
  retain: count(
    'messages',
    'Messages that a topic keeps for those who subscribe later and ask for them.',
  ),
  duplicateWindow: count(
    'ids',
    'Ids given by senders that are remembered to refuse a second copy; 0: off.',
  ),
  autoCreate: onOff('Created when it is first used; `--no-auto-create` makes false the default.'),
  autoDelete: onOff('Removed when it is empty and nobody uses it.'),
};

/** The names of all settings. */
export const settingNames: readonly (keyof AddressSettings)[] = Object.keys(
  addressSettings,
) as (keyof AddressSettings)[];

const shape = Object.fromEntries(
  settingNames.map((name) => [name, addressSettings[name].schema.optional()]),
);

/** What may be set for one pattern: any of the settings, and nothing else. */
export const settingsSchema: z.ZodType<Partial<AddressSettings>> = z
  .strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `there is no setting '${issue.keys[0]}'; there are ${settingNames.join(', ')}`
        : 'expected settings by name',
  })
  .meta({ id: 'AddressSettings' }) as z.ZodType<Partial<AddressSettings>>;

/** Settings by pattern, as the file of --config says them. */
export const settingsByPattern: z.ZodType<Readonly<Record<string, Partial<AddressSettings>>>> =
  z.record(z.string().min(1), settingsSchema, { error: 'expected settings by address pattern' });
