// The calls about single messages of a queue: looking at them without consuming, and moving one.
//
// A page ends at `limit` messages, at a bound of bytes, or when it has looked at so many that others
// should have a turn; `next` says where the following one begins, and is null at the end.

import { z } from 'zod';
import { type Broker, type Message, parseAddress, parseSelector, type Selector } from '#broker';
import { type Call, call } from './call.ts';
import { queueOf } from './destination-calls.ts';
import { type MessageRow, messageRow, rowOf } from './message-row.ts';
import { Refusal } from './problem.ts';

/** Messages that one page may look at. With a selector each costs a few microseconds. */
const LOOKED_AT_MAX = 10_000;
/** Characters of JSON after which a page ends. */
const PAGE_LENGTH_MAX = 4 * 1024 * 1024;

const name = z.string().min(1).describe('of the queue, percent-encoded');
const idError = 'expected the id of a message, 1 or more';
const id = z.coerce
  .number({ error: idError })
  .int({ error: idError })
  .min(1, { error: idError })
  .describe('as looking at the queue tells it');

function wholeNumber(initial: number, min: number, max: number, what: string) {
  const error = `expected a whole number from ${min} to ${max}`;
  const schema = z.coerce.number({ error }).int({ error }).min(min, { error }).max(max, { error });
  return schema.default(initial).describe(what);
}

const page = z.object({
  messages: z.array(messageRow),
  next: z.string().nullable().describe('the `after` of the following page'),
});

/** The calls of `/api/v1/queues/{name}/messages`. */
export function messageCalls(broker: Broker): Call[] {
  return [
    call('get', '/api/v1/queues/{name}/messages', {
      summary: 'The messages that wait, in the order of delivery; nothing is consumed.',
      params: { name },
      query: {
        limit: wholeNumber(100, 1, 1_000, 'messages of one page'),
        after: wholeNumber(-1, -1, Number.MAX_SAFE_INTEGER, '`next` of the page before'),
        selector: z.string().default('').describe('only messages that match'),
        body: wholeNumber(1_024, 0, 65_536, 'bytes or characters of each body'),
      },
      answer: page,
      refusals: ['destination-missing', 'selector-invalid'],
      run: ({ params, query }) => look(broker, params.name, query),
    }),
    call('post', '/api/v1/queues/{name}/messages/{id}/move', {
      summary: 'Moves a waiting message to the end of another queue, or to a topic.',
      changes: true,
      params: { name, id },
      body: z.strictObject(
        { to: z.string({ error: 'expected an address' }).min(1, { error: 'expected an address' }) },
        { error: 'expected {"to": "queue://NAME"}' },
      ),
      answer: z.object({ moved: z.int() }),
      refusals: ['destination-missing', 'message-missing', 'limit-exceeded', 'address-invalid'],
      run: ({ params, body }) => {
        const to = parseAddress(body.to) ?? { kind: 'queue', name: body.to };
        const from = queueOf(broker, params.name).address;
        if (!broker.move(from, params.id, to)) throw missing(params);
        return { moved: 1 };
      },
    }),
    call('post', '/api/v1/queues/{name}/messages/{id}/retry', {
      summary: 'Sends a dead letter back to where it came from.',
      changes: true,
      params: { name, id },
      answer: z.object({ retried: z.int() }),
      refusals: ['destination-missing', 'message-missing', 'limit-exceeded'],
      run: ({ params }) => {
        const from = queueOf(broker, params.name).address;
        if (!broker.retry(from, params.id)) throw missing(params, ' that came from elsewhere');
        return { retried: 1 };
      },
    }),
  ];
}

interface Wish {
  readonly limit: number;
  readonly after: number;
  readonly selector: string;
  readonly body: number;
}

function look(broker: Broker, queue: string, wish: Wish): z.output<typeof page> {
  const selector = parseSelector(wish.selector);
  const messages: MessageRow[] = [];
  let next: string | null = null;
  let lookedAt = 0;
  let length = 0;
  broker.look(queueOf(broker, queue).address, wish.after + 1, (message, place) => {
    if (messages.length === wish.limit || lookedAt === LOOKED_AT_MAX || length > PAGE_LENGTH_MAX) {
      next = String(place - 1);
      return false;
    }
    lookedAt++;
    if (selector === undefined || matches(selector, message)) {
      const row = rowOf(message, wish.body);
      length += JSON.stringify(row).length;
      messages.push(row);
    }
    return true;
  });
  return { messages, next };
}

function matches(selector: Selector, message: Message): boolean {
  try {
    return selector.matches(message.view());
  } catch {
    // Nobody can read it, whatever it is asked for.
    return false;
  }
}

function missing({ name: queue, id: wanted }: { name: string; id: number }, which = ''): Refusal {
  return new Refusal('message-missing', `no message ${wanted}${which} waits in queue '${queue}'`);
}
