// What was said of a message since it was recorded. It is kept in memory, and said again, all at
// once, in the head of the record when that is copied forward: what was written before may go then.
//
//     │ order │ repeats: left, at │ done: how many, ids │ attempts: how many, ids and counts │ given │

import type { HeadReader, HeadWriter } from './record.ts';

/** Ids are those that the {@link Store} gives to subscriptions, and to topics as they retain. */
export interface Said {
  /** By subscription: failed deliveries. */
  readonly attempts: Map<number, number>;
  /** Subscriptions that are done with it while others are not. */
  readonly done: Set<number>;
  /** Topics that retain it, and subscriptions that came later and got it from there. */
  given: Set<number> | undefined;
  /** Its place in the order, if it was delayed and its time has come; else 0. */
  order: number;
  /** Of one that repeats: how often still, and when next. */
  repeats: { readonly left: number; readonly atMs: number } | undefined;
}

export function nothingSaid(): Said {
  return { attempts: new Map(), done: new Set(), given: undefined, order: 0, repeats: undefined };
}

/** Writes it as the last part of a head. */
export function writeSaid(head: HeadWriter, said: Said): void {
  const { left = 0, atMs = 0 } = said.repeats ?? {};
  head.number(said.order).real(left).real(atMs).number(said.done.size);
  for (const id of said.done) head.number(id);
  head.number(said.attempts.size);
  for (const [id, attempts] of said.attempts) head.number(id).number(attempts);
  for (const id of said.given ?? []) head.number(id);
}

/** Reads the last part of a head. */
export function readSaid(reader: HeadReader): Said {
  const order = reader.number();
  const left = reader.real();
  const atMs = reader.real();
  const done = new Set<number>();
  for (let left = reader.number(); left > 0; left--) done.add(reader.number());
  const attempts = new Map<number, number>();
  for (let left = reader.number(); left > 0; left--) attempts.set(reader.number(), reader.number());
  const given = reader.more ? new Set<number>() : undefined;
  while (reader.more) given?.add(reader.number());
  return { order, done, attempts, given, repeats: atMs === 0 ? undefined : { left, atMs } };
}
