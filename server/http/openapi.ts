// The description of the HTTP interface [OpenAPI 3.1], written from the calls themselves.

import { z } from 'zod';
import { version } from '../version.ts';
import type { Call } from './call.ts';
import { type ProblemCode, statusOf } from './problem.ts';

type Json = Record<string, unknown>;

/** What the description itself is, loosely: OpenAPI says the rest. */
export const description: z.ZodType<Json> = z.looseObject({ openapi: z.literal('3.1.0') });

/** What any call may refuse. */
const ALWAYS: readonly ProblemCode[] = ['request-invalid', 'unauthorized', 'host-refused'];

const PROBLEM: Json = {
  type: 'object',
  required: ['type', 'title', 'status', 'code', 'detail'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    code: { type: 'string', enum: Object.keys(statusOf) },
    detail: { type: 'string' },
  },
};

/** Writes the description of some calls. */
export function describe(calls: readonly Call[]): Json {
  const paths: Record<string, Json> = {};
  const schemas: Record<string, unknown> = { Problem: PROBLEM };
  for (const one of calls) {
    const methods = paths[one.path] ?? {};
    methods[one.method] = operation(one);
    paths[one.path] = methods;
  }
  // Where one kind of row stands in several answers, it is described once.
  const lean = JSON.parse(JSON.stringify(paths), (key, value) => {
    if (key !== '$defs') return value;
    Object.assign(schemas, value);
    return undefined;
  });
  const whole = JSON.stringify({
    openapi: '3.1.0',
    info: { title: 'Angelia', version, description: 'Names in paths are percent-encoded.' },
    paths: lean,
    components: {
      schemas,
      securitySchemes: { user: { type: 'http', scheme: 'basic' } },
    },
  });
  return JSON.parse(whole.replaceAll('"#/$defs/', '"#/components/schemas/'));
}

function operation(one: Call): Json {
  const body = one.body === undefined ? undefined : content('application/json', schemaOf(one.body));
  return {
    summary: one.summary,
    ...(one.changes && { description: 'Asks for a user with the permission manage.' }),
    security: one.changes ? [{ user: ['manage'] }, {}] : [{ user: [] }, {}],
    parameters: [...parameters(one.params, 'path'), ...parameters(one.query, 'query')],
    ...(body !== undefined && { requestBody: { required: true, content: body } }),
    responses: responses(one),
  };
}

function responses(one: Call): Json {
  const answers: Json = {
    200: { description: 'done', content: content('application/json', schemaOf(one.answer)) },
  };
  for (const code of [...ALWAYS, ...one.refusals]) {
    const status = statusOf[code];
    const earlier = answers[status] as { readonly description: string } | undefined;
    const description = earlier === undefined ? code : `${earlier.description}, ${code}`;
    const reference = { $ref: '#/components/schemas/Problem' };
    answers[status] = { description, content: content('application/problem+json', reference) };
  }
  return answers;
}

function parameters(schema: z.ZodObject, place: 'path' | 'query'): Json[] {
  const { properties = {} } = schemaOf(schema) as { properties?: Record<string, Json> };
  // One with a default may be left out, though it is there once it was checked.
  const optional = (name: string) => z.safeParse(schema.shape[name] ?? z.any(), undefined).success;
  return Object.entries(properties).map(([name, { description, ...rest }]) => ({
    name,
    in: place,
    required: !optional(name),
    ...(description !== undefined && { description }),
    schema: rest,
  }));
}

function content(type: string, schema: Json): Json {
  return { [type]: { schema } };
}

function schemaOf(schema: z.ZodType): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'output', reused: 'inline' });
  return rest;
}
