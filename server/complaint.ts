// What a check found, in one line: where the value stood, what was expected, what came.

import type { z } from 'zod';

const GOT_LENGTH_MAX = 200;

/**
 * Says what is wrong with a value that a schema refused: `orders.>: retain: expected …, got -1`.
 *
 * @param secret - what came must not be repeated
 */
export function complaint(error: z.ZodError, value: unknown, secret = false): string {
  const issue = error.issues[0];
  if (issue === undefined) return 'not understood';
  const path = issue.path.map((step) => `${String(step)}: `).join('');
  const expected = issue.message;
  // A sentence that does not say what it expected has said what came.
  if (secret || !expected.startsWith('expected')) return `${path}${expected}`;
  return `${path}${expected}, got ${quoted(at(value, issue.path))}`;
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  let found = value;
  for (const step of path) found = (found as Record<PropertyKey, unknown> | undefined)?.[step];
  return found;
}

function quoted(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length <= GOT_LENGTH_MAX ? text : `${text.slice(0, GOT_LENGTH_MAX)}…`;
}
