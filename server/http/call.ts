// One call of the HTTP interface, as a value: what it is for, what it takes, what it answers and what
// it does. Requests are checked by the same schemas from which the description is written, so that
// neither can be without the other.
//
//     request ─ params, query, body: checked ─► run ─► JSON of the described shape
//                    └─ request-invalid, which says what was expected and what came

import type { Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { z } from 'zod';
import { complaint } from '../complaint.ts';
import { type ProblemCode, problem } from './problem.ts';

type Shape = Readonly<Record<string, z.ZodType>>;

/** What a call is described by, whoever asks. */
export interface Call {
  readonly method: 'get' | 'put' | 'post' | 'delete';
  /** With its parameters in braces: `/api/v1/queues/{name}`. */
  readonly path: string;
  /** What it is for, in one sentence. */
  readonly summary: string;
  /** It changes something: with users configured, it asks for one of them. */
  readonly changes: boolean;
  readonly params: z.ZodObject;
  readonly query: z.ZodObject;
  readonly body: z.ZodType | undefined;
  readonly answer: z.ZodType;
  /** What it refuses, beyond what every call may refuse. */
  readonly refusals: readonly ProblemCode[];
  readonly run: (input: unknown) => unknown;
}

interface Spec<P extends Shape, Q extends Shape, B, A> {
  readonly summary: string;
  readonly changes?: boolean;
  readonly params?: P;
  readonly query?: Q;
  readonly body?: z.ZodType<B>;
  readonly answer: z.ZodType<A>;
  readonly refusals?: readonly ProblemCode[];
  readonly run: (input: {
    readonly params: { readonly [K in keyof P]: z.output<P[K]> };
    readonly query: { readonly [K in keyof Q]: z.output<Q[K]> };
    readonly body: B;
  }) => A | Promise<A>;
}

/** Makes a call; what `run` gets and must answer follows from the schemas. */
export function call<P extends Shape, Q extends Shape, B, A>(
  method: Call['method'],
  path: string,
  spec: Spec<P, Q, B, A>,
): Call {
  return {
    method,
    path,
    summary: spec.summary,
    changes: spec.changes ?? false,
    params: z.strictObject(spec.params ?? {}),
    query: z.strictObject(spec.query ?? {}, { error: unknownKey }),
    body: spec.body,
    answer: spec.answer,
    refusals: spec.refusals ?? [],
    run: spec.run as Call['run'],
  };
}

const BODY_BYTES_MAX = 64 * 1024;

const limitBody = bodyLimit({
  maxSize: BODY_BYTES_MAX,
  onError: (c) =>
    problem(c, 'request-invalid', `expected a body of ${BODY_BYTES_MAX} bytes at most`),
});

/** Registers the calls, and a refusal for every other method of their paths. */
export function register(app: Hono, calls: readonly Call[]): void {
  for (const one of calls) {
    app.on(one.method.toUpperCase(), routeOf(one), limitBody, (c) => answer(c, one));
  }
  for (const path of new Set(calls.map(routeOf))) {
    const methods = calls.filter((one) => routeOf(one) === path).map(({ method }) => method);
    const allowed = methods.flatMap((one) => (one === 'get' ? ['GET', 'HEAD'] : one.toUpperCase()));
    app.all(path, (c) => {
      c.header('allow', allowed.join(', '));
      return problem(c, 'method-unknown', `expected ${allowed.join(' or ')}, got ${c.req.method}`);
    });
  }
}

/** The path as the router spells it: `/api/v1/queues/:name`. */
export function routeOf({ path }: Call): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1');
}

async function answer(c: Context, one: Call): Promise<Response> {
  const given = { params: c.req.param(), query: c.req.query(), body: await bodyOf(c, one) };
  const checked: Record<string, unknown> = {};
  for (const part of ['params', 'query', 'body'] as const) {
    const schema = one[part];
    if (schema === undefined) continue;
    const result = schema.safeParse(given[part]);
    if (!result.success) {
      const where = part === 'params' ? 'path' : part;
      return problem(c, 'request-invalid', `${where}: ${complaint(result.error, given[part])}`);
    }
    checked[part] = result.data;
  }
  return c.json(await one.run(checked));
}

/** The body as JSON, whatever its type is said to be; a text that is none is checked as a text. */
async function bodyOf(c: Context, one: Call): Promise<unknown> {
  if (one.body === undefined) return undefined;
  const text = await c.req.text();
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function unknownKey(issue: {
  readonly code?: string;
  readonly keys?: string[];
}): string | undefined {
  return issue.code === 'unrecognized_keys' ? `there is no '${issue.keys?.[0]}'` : undefined;
}
