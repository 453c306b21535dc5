// Who is calling: code inside of a message listener, or somebody else? A listener that awaits the
// close of its own connection would wait for itself for ever; JMS wants an IllegalStateException
// in place of that. [JMS 6.1.5, 6.1.8]
//
// While a listener has not returned, a plain variable knows. After its first `await` only an
// AsyncLocalStorage does, and that makes each await of the whole process dearer (0.1 to 0.4 us on
// Node 20). So it is made with the first listener, and turned off again as long as all listeners
// turn out to be plain functions. `receive()` never pays.

import { AsyncLocalStorage } from 'node:async_hooks';

/** One run of a listener. */
export interface ListenerCall {
  /** The session whose listener it is. */
  readonly session: object;
  /** False when the listener is done: what it left behind is not inside of it any more. */
  active: boolean;
  /** It is a CompletionListener's. */
  readonly completion: boolean;
}

let running: ListenerCall | undefined;
let storage: AsyncLocalStorage<ListenerCall> | undefined;
let promisesSeen = false;

/**
 * Calls a listener.
 *
 * @param follow - the listener may return a promise: know it after its awaits, too
 */
export function callListener<T>(
  call: ListenerCall,
  follow: boolean,
  listener: (argument: T) => unknown,
  argument: T,
): unknown {
  const outer = running;
  running = call;
  try {
    if (!follow) return listener(argument);
    storage ??= new AsyncLocalStorage();
    const result = storage.run(call, listener, argument);
    if (isThenable(result)) promisesSeen = true;
    else if (!promisesSeen) storage.disable();
    return result;
  } finally {
    running = outer;
  }
}

/** The listener's run that the caller is inside of, if any. */
export function currentCall(): ListenerCall | undefined {
  if (running !== undefined) return running;
  const call = storage?.getStore();
  return call?.active ? call : undefined;
}

/** Tells a promise, of any kind, from other results. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' && value !== null && typeof Reflect.get(value, 'then') === 'function'
  );
}
