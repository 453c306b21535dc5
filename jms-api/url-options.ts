// Options in the query of a URL, from tables: what does something, what only one value of holds here,
// how others spell it. What is in no table is refused, with the name that is nearest.
//
// Invariant: options are read in the order of their table, not of the URL. So a general one comes
// before the special ones that win over it.

import { IllegalArgumentException, UnsupportedOperationException } from './errors.ts';
import { nearest } from './nearest.ts';

/** An option that does something. */
export interface UrlOption<Draft> {
  readonly name: string;
  /** What holds without it, for people; empty: nothing. */
  readonly otherwise: string;
  readonly meaning: string;
  /**
   * Reads its value.
   *
   * @throws {IllegalArgumentException} for a value that it cannot have
   */
  take(draft: Draft, value: string, name: string): void;
}

/** An option that others have: it may be said with the values that hold here anyway. */
export interface FixedOption {
  readonly name: string;
  /** Empty: it cannot be said at all. */
  readonly holds: readonly string[];
  readonly reason: string;
}

/** A row of {@link OptionTable.fixed}; `holds` may be a single value. */
export function fixedOption(
  name: string,
  holds: string | readonly string[],
  reason: string,
): FixedOption {
  return { name, holds: typeof holds === 'string' ? [holds] : holds, reason };
}

/** Tables of options, and who they are for. */
export interface OptionTable<Draft> {
  /** Stands before each name in a URL, `jms.`; may be empty. */
  readonly prefix: string;
  readonly options: readonly UrlOption<Draft>[];
  readonly fixed: readonly FixedOption[];
  /** How others spell names of the two: by their name, ours. */
  readonly aliases: Readonly<Record<string, string>>;
}

const warned: Set<string> = new Set();

/**
 * Reads options into a draft.
 *
 * @param pairs - `name=value`, without the table's prefix
 * @throws {IllegalArgumentException} for what is no option, and for values out of range
 * @throws {UnsupportedOperationException} for an option that is known, and not supported here
 */
export function readOptions<Draft>(
  table: OptionTable<Draft>,
  draft: Draft,
  pairs: readonly string[],
): void {
  const { prefix, options, fixed, aliases } = table;
  const found = pairs.map((pair) => {
    const at = pair.indexOf('=');
    const said = at < 0 ? pair : pair.slice(0, at);
    const name = Object.hasOwn(aliases, said) ? (aliases[said] ?? said) : said;
    const rank = options.findIndex((option) => option.name === name);
    const value = at < 0 ? '' : decoded(pair.slice(at + 1), `${prefix}${said}`);
    return { said, name, rank, value };
  });
  found.sort((a, b) => a.rank - b.rank);
  for (const { said, name, rank, value } of found) {
    const option = options[rank];
    if (option === undefined) checkFixed(table, fixed, said, name, value);
    else option.take(draft, value, `${prefix}${said}`);
    if (name !== said) warn(`${prefix}${said}`, `${prefix}${name}`);
  }
}

function checkFixed<Draft>(
  table: OptionTable<Draft>,
  fixed: readonly FixedOption[],
  said: string,
  name: string,
  value: string,
): void {
  const known = fixed.find((option) => option.name === name);
  if (known === undefined) throw unknownOption(table, said);
  if (known.holds.includes(value)) return;
  const but = known.holds.length === 0 ? '' : ` (${known.holds.join(' or ')} is)`;
  throw new UnsupportedOperationException(
    `${table.prefix}${said}=${value} is not supported${but}: ${known.reason}`,
  );
}

function unknownOption<Draft>(
  { prefix, options, fixed, aliases }: OptionTable<Draft>,
  said: string,
): IllegalArgumentException {
  const working = options.map(({ name }) => name);
  const others = [...fixed.map(({ name }) => name), ...Object.keys(aliases)];
  const near = nearest(said, working) ?? nearest(said, others);
  return new IllegalArgumentException(
    near === undefined
      ? `${prefix}${said} is not an option; there are ${working.map((name) => `${prefix}${name}`).join(', ')}`
      : `${prefix}${said} is not an option; did you mean ${prefix}${near}?`,
  );
}

function warn(said: string, name: string): void {
  if (warned.has(said)) return;
  warned.add(said);
  process.emitWarning(`${said} is called ${name} here`, { code: 'ANGELIA_OPTION_ALIAS' });
}

function decoded(value: string, name: string): string {
  try {
    return decodeURIComponent(value);
  } catch (cause) {
    const text = `the value of ${name} is not percent-encoded as a URL is`;
    throw new IllegalArgumentException(text, { cause });
  }
}

/** @throws {IllegalArgumentException} for anything but true and false */
export function booleanOf(value: string, name: string): boolean {
  if (value === 'true') return true;
  if (value === 'false') return false;
  throw new IllegalArgumentException(`${name} is true or false, not '${value}'`);
}

/** @throws {IllegalArgumentException} for anything but a whole number within the bounds */
export function integerOf(value: string, name: string, min: number, max: number): number {
  const number = /^[+-]?\d+$/.test(value) ? Number(value) : Number.NaN;
  if (number >= min && number <= max) return number;
  throw new IllegalArgumentException(`${name} is ${min} to ${max}, not '${value}'`);
}
