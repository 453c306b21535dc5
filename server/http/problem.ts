// How a refusal looks over HTTP: `application/problem+json` [RFC 9457] with the broker's own code.

import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { BrokerError, type BrokerErrorCode, InvariantError, type Log } from '#broker';

/** What HTTP can refuse beyond what the broker does. */
export type ProblemCode =
  | BrokerErrorCode
  | 'path-unknown'
  | 'method-unknown'
  | 'not-ready'
  /** Path, query or body are not what the call takes. */
  | 'request-invalid'
  /** The request names a host that this server is not. */
  | 'host-refused'
  /** A page of another site asks for a change. */
  | 'origin-refused'
  | 'message-missing'
  | 'settings-missing'
  /** A mistake of ours in answering; the broker itself is well. */
  | 'internal';

/** The status for each code; a new code does not compile until it has one. */
export const statusOf: Readonly<Record<ProblemCode, ContentfulStatusCode>> = {
  'address-invalid': 400,
  unauthorized: 401,
  'destination-missing': 404,
  'request-invalid': 400,
  'origin-refused': 403,
  'path-unknown': 404,
  'message-missing': 404,
  'settings-missing': 404,
  'method-unknown': 405,
  'client-id-in-use': 409,
  'host-refused': 421,
  'limit-exceeded': 429,
  'client-id-missing': 400,
  'in-use': 409,
  'subscription-conflict': 409,
  'subscription-missing': 404,
  'transaction-rolled-back': 409,
  'transaction-missing': 404,
  'selector-invalid': 400,
  'settings-invalid': 400,
  internal: 500,
  unsupported: 501,
  closed: 503,
  'not-ready': 503,
};

/** A call is refused by the server, not by the broker. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: ProblemCode;

  constructor(code: ProblemCode, detail: string) {
    super(detail);
    this.code = code;
  }
}

/** Answers with a problem; `detail` says what was expected and what came. */
export function problem(context: Context, code: ProblemCode, detail: string): Response {
  const status = statusOf[code];
  const title = code.replaceAll('-', ' ');
  return context.body(
    JSON.stringify({ type: 'about:blank', title, status, code, detail }),
    status,
    {
      'content-type': 'application/problem+json',
    },
  );
}

/** Turns what a route threw into a problem; a broken invariant ends the process. */
export function problemOf(error: Error, context: Context, log: Log): Response {
  if (error instanceof BrokerError || error instanceof Refusal) {
    return problem(context, error.code, error.message);
  }
  if (error instanceof HTTPException && error.status === 401) {
    const challenge = error.getResponse().headers.get('www-authenticate');
    if (challenge !== null) context.header('www-authenticate', challenge);
    return problem(context, 'unauthorized', 'expected the name and password of a user (Basic)');
  }
  if (error instanceof InvariantError) {
    setImmediate(() => {
      throw error;
    });
  }
  log('error', 'an HTTP call failed', { path: context.req.path, error: error.stack });
  return problem(context, 'internal', 'the server failed to answer; its log says why');
}
