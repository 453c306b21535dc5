// A link that is tried on a session of its own. RabbitMQ 4 ends the whole session for a link that it
// refuses, and with it all that is under way there: so the first link of a kind is tried elsewhere.

import { exceptionOf } from './errors.ts';
import { attached } from './link.ts';
import type { Receiver, Sender, Session } from './rhea.ts';

/**
 * Attaches a link on a session of its own. It stays until it is told to go, for a queue may end with
 * its last consumer.
 *
 * @param session - not yet open
 * @throws what the peer refuses it with
 */
export async function scout(
  session: Session,
  word: 'sender' | 'receiver',
  open: (session: Session) => Sender | Receiver,
): Promise<() => void> {
  const refused = new Promise<never>((_, reject) => {
    session.on('session_error', () => {});
    session.on('session_close', () => {
      reject(exceptionOf(session.error, 'the broker refused the link'));
    });
  });
  refused.catch(() => {});
  session.open();
  await Promise.race([attached(open(session), word), refused]);
  return () => session.close();
}
