// The head of a message's record: all that is needed to put the message back into its place without
// reading its body. It has two parts; the second is written only when the record is copied forward.
//
//     │ bytes of the first part │ flags │ serial │ … what the message is │ what was said of it since │

import { type Address, formatAddress, parseAddress } from './address.ts';
import { Message, type MessageHeader, type WireFormat } from './message.ts';
import { HeadReader, HeadWriter } from './record.ts';
import type { Said } from './said.ts';
import type { TypedValue } from './view.ts';

/** Flags of a head. */
export const PERSISTENT = 1;
export const DELAYED = 2;
/** Some of the targets are topics that retain it; they are named again. */
const RETAINED = 4;
const first = new HeadWriter();
const whole = new HeadWriter();

/** Where a message goes. */
interface Target {
  readonly id: number;
  readonly key: string;
  readonly retains: boolean;
}

/** Writes the head of a new record; valid until the next call. */
export function messageHead(
  message: Message,
  targets: readonly Target[],
  delayed: boolean,
): Buffer {
  // What comes later is retained later, and then said.
  let retaining = 0;
  if (!delayed) for (const { retains } of targets) if (retains) retaining++;
  const flags = (message.persistent ? PERSISTENT : 0) + (delayed ? DELAYED : 0);
  first
    .begin()
    .number(flags + (retaining > 0 ? RETAINED : 0))
    .number(message.serial)
    .number(message.priority)
    .real(message.sentAt)
    .number(message.expiresAt)
    .text(message.format.name)
    .number(targets.length);
  for (const { id } of targets) first.number(id);
  if (retaining > 0) {
    first.number(retaining);
    for (const { id, retains } of targets) if (retains) first.number(id);
  }
  // Of several the first may be deleted before the message is read again.
  first.text(rareOf(message, targets.length > 1 ? undefined : targets[0]?.key));
  return begin(first.end()).end();
}

/** The head of a record that is copied, with what was said of the message until now. */
export function copiedHead(head: Buffer, said: Said): Buffer {
  const reader = new HeadReader(head);
  const size = reader.number();
  const part = head.subarray(reader.at, reader.at + size);
  said.write(begin(part), serialOf(head));
  return whole.end();
}

/** The serial number in a head. */
export function serialOf(head: Buffer): number {
  const reader = new HeadReader(head);
  reader.number();
  reader.number();
  return reader.number();
}

/** A message as its record tells of it; its body is still in the journal. */
export interface RecordedMessage {
  readonly message: Message;
  readonly targets: readonly number[];
  /** Topics among the targets that retained it as it was sent. */
  readonly retaining: readonly number[];
  readonly delayed: boolean;
}

/**
 * Reads the first part of a head.
 *
 * @param absent - stands for a body that is not in memory
 * @throws {Error} for a format that nobody knows
 */
export function readMessageHead(
  head: Buffer,
  bodyLength: number,
  formats: ReadonlyMap<string, WireFormat>,
  absent: Buffer,
): RecordedMessage {
  const reader = new HeadReader(head);
  reader.number();
  const flags = reader.number();
  const serial = reader.number();
  const priority = reader.number();
  const sentAt = reader.real();
  const expiresAt = reader.number();
  const formatName = reader.text();
  const format = formats.get(formatName);
  if (format === undefined) {
    throw new Error(`message ${serial} is in the format '${formatName}', which nobody here reads`);
  }
  const targets: number[] = [];
  for (let left = reader.number(); left > 0; left--) targets.push(reader.number());
  const retaining: number[] = [];
  if ((flags & RETAINED) !== 0) {
    for (let left = reader.number(); left > 0; left--) retaining.push(reader.number());
  }
  const rare = reader.text();
  const persistent = (flags & PERSISTENT) !== 0;
  const plain: MessageHeader = { persistent, priority, expiresAt };
  const { address, sender, ...header } = rare === '' ? NO_RARE : readRare(rare);
  const message = new Message(
    format,
    rare === '' ? plain : { ...plain, ...header },
    absent,
    0,
    bodyLength,
    false,
  );
  message.serial = serial;
  message.sentAt = sentAt;
  message.destination = address;
  message.sender = sender;
  return { message, targets, retaining, delayed: (flags & DELAYED) !== 0 };
}

function begin(part: Buffer): HeadWriter {
  return whole.begin().number(part.length).raw(part);
}

type Rare = Partial<MessageHeader> & {
  readonly address: Address | undefined;
  readonly sender: string | undefined;
};

const NO_RARE: Rare = { address: undefined, sender: undefined };

/** What few messages have, as JSON; '' if this one has nothing of it. */
function rareOf(message: Message, firstTarget: string | undefined): string {
  const { deliverAt, group, groupSequence, duplicateId, repeat, notes, destination } = message;
  const address = destination === undefined ? undefined : formatAddress(destination);
  // A name that a connection got by chance means nothing in the next life.
  const sender = message.sender?.startsWith('#') === true ? undefined : message.sender;
  const elsewhere = address !== firstTarget;
  const plain =
    deliverAt === 0 &&
    group === undefined &&
    duplicateId === undefined &&
    repeat === undefined &&
    notes === undefined &&
    sender === undefined &&
    !elsewhere;
  if (plain) return '';
  return JSON.stringify({
    ...(deliverAt !== 0 && { deliverAt }),
    group,
    ...(groupSequence !== 0 && { groupSequence }),
    duplicateId,
    repeat,
    sender,
    ...(elsewhere && { address }),
    ...(notes !== undefined && { notes: [...notes].map(([name, value]) => [name, spell(value)]) }),
  });
}

function readRare(text: string): Rare {
  const { address, sender, notes, ...header } = JSON.parse(text);
  return {
    ...header,
    ...(notes !== undefined && {
      notes: new Map(
        notes.map(([name, value]: [string, { type: string; value: unknown }]) => {
          return [
            name,
            value.type === 'long' ? { type: 'long', value: BigInt(String(value.value)) } : value,
          ];
        }),
      ),
    }),
    address: address === undefined ? undefined : parseAddress(address),
    sender,
  };
}

/** JSON has no 64-bit numbers. */
function spell(value: TypedValue): { type: string; value: unknown } {
  return value.type === 'long' ? { type: 'long', value: String(value.value) } : value;
}
