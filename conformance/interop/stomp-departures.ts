/**
 * Where other brokers depart from JMS over STOMP in ways that no adapter can mend or declare: by the
 * titles of cases, why. As `departures.ts`, for the other protocol.
 */

import type { Departures } from '../jms/index.ts';
import type { PeerName } from '../peers/peer.ts';

/** The same reason for several cases. */
function because(why: string, ...titles: string[]): Departures {
  return Object.fromEntries(titles.map((title) => [title, why]));
}

const WRONG = '[JMS 3.8.1] a wrong selector is refused when the consumer is made: ';

/** Of the selectors of ActiveMQ, over headers. */
const SELECTORS: Departures = {
  ...because(
    'properties are texts to its selectors over STOMP: texts that look like numbers are compared as ' +
      'such, and nothing is reckoned with them; a boolean is to be compared with TRUE or FALSE',
    '[JMS 3.8.1.1] boolean literals and properties: 5 selectors',
    '[JMS 3.8.1.1] unary signs: 4 selectors',
    '[JMS 3.8.1.1] multiplication before addition: 2 selectors',
    '[JMS 3.8.1.1] AND before OR: 3 selectors',
    '[JMS 3.8.1.1] NOT before AND: 2 selectors',
    '[JMS 3.8.1.1] unlike types are never true: 3 selectors',
    '[JMS 3.8.1.1] a text is not read as a number: 3 selectors',
    '[JMS 3.8.1.1] three-valued AND and OR: 3 selectors',
  ),
  "[JMS 3.8.1.1] keywords in any case: color LIKE 'b%' aNd NoT weight bEtWeEn 1 aNd 2":
    'its selectors cannot say NOT before BETWEEN; weight NOT BETWEEN does',
  '[JMS 3.8.1.1] identifiers of Java: 2 selectors':
    'identifiers in its selectors have the letters of ASCII only',
  '[JMS 3.8.1.1] texts and booleans compare only for equality: 2 selectors':
    'its selectors compare texts by < and >, which JMS calls false',
  [`${WRONG}weight = 99999999999999999999`]:
    'its selectors take whole numbers beyond a long for doubles',
};

const LINGERS =
  'what a closed consumer had prefetched stays with its subscription, which ends when the last of its ' +
  'messages is acknowledged';

const ARTEMIS: Departures = {
  ...SELECTORS,
  [`${WRONG}color = "blue"`]: 'its selectors take double quotes for those of an identifier',
  ...because(
    'it does not mark what comes again when a subscription of STOMP ended',
    '[JMS 3.4.7] JMSRedelivered is true when another session gets what one had',
    '[JMS 6.2.10] CLIENT: nothing is acknowledged before the client says so',
    '[JMS 6.2.10] CLIENT: what came after acknowledge is not covered',
    '[API] mode 101: acknowledge is for that message alone',
    '[API] mode 4: acknowledge is for that message alone',
    '[JMS 6.2.7] a roll-back gives back what was received when the session closes',
    '[JMS 8.3.3] what was not acknowledged comes again to the next consumer',
  ),
  ...because(
    'it lets several connections of STOMP have one client id',
    '[JMS 6.1.2] a client id that is in use is an InvalidClientIDException, and free again after close',
    '[JMS 6.1.2] a refused client id can be followed by another one',
    '[JMS 6.1.2] the client id of a context is set before it is used, and shared',
  ),
  ...because(
    'over STOMP a durable subscription stays what it was when it was made, until unsubscribe',
    '[JMS 8.3.3] with another topic it is made anew',
    '[JMS 8.3.3] with another noLocal it is made anew',
    '[JMS 8.3.3] with another selector it is made anew: what waited is gone',
  ),
  ...because(
    'over STOMP it says of an unknown subscription that it is deleted',
    '[JMS 8.3.3] unsubscribe of an unknown name is an InvalidDestinationException',
    '[JMS 8.3.3] unsubscribe of another client’s name is an InvalidDestinationException',
  ),
  '[JMS 8.3.3] noLocal holds for the client id, over connections':
    'its noLocal holds for the connection alone',
  '[JMS 6.2.2] it ends with its connection':
    'with auto-create, a send to a temporary queue that is gone makes it anew',
  '[JMS 8.8] close has no effect on acknowledgement': LINGERS,
};

const REQUEUED =
  'whatever was with a consumer and comes again is marked, also what was only prefetched';

/** Of brokers that mark all that was once sent to a consumer. */
const MARKED: Departures = {
  ...because(
    REQUEUED,
    '[JMS 3.4.7] what was prefetched and never handed out is not redelivered',
    '[JMS 6.2.10] mode 1: what receive returned does not come again',
    '[JMS 6.2.10] mode 3: what receive returned does not come again',
    '[JMS 6.2.10] CLIENT: acknowledging an earlier message covers later ones',
    '[JMS 6.2.7] what was received is acknowledged by commit',
    '[JMS 6.2.7] a roll-back gives back what was received when the session closes',
    '[JMS 8.8] what was prefetched goes back, in order and unmarked',
  ),
  '[JMS 8.8] close has no effect on acknowledgement': LINGERS,
};

const CLASSIC: Departures = {
  ...SELECTORS,
  ...MARKED,
  ...because(
    'properties are texts to its selectors over STOMP, and nothing is reckoned with them',
    '[JMS 3.8.1.1] division and subtraction: 3 selectors',
    '[JMS 3.8.1.1] exact beside approximate: 3 selectors',
    '[JMS 3.8.1.1] parentheses: 2 selectors',
  ),
  '[JMS 8.3.3] what was not acknowledged comes again to the next consumer':
    'it does not mark what comes again of a durable subscription',
  '[JMS 8.3.3] noLocal holds for the client id, over connections':
    'its noLocal holds for the connection alone',
};

const SHARED_SELECTOR =
  'over STOMP nothing tells whether all consumers of a shared subscription have the same selector';

const RABBITMQ: Departures = {
  ...MARKED,
  '[JMS 8.3.2] another topic or selector while it is active is a JMSException': SHARED_SELECTOR,
  '[JMS 8.3.2] its selector is for all its consumers': SHARED_SELECTOR,
  '[JMS 6.2.2] it ends with its connection':
    'over STOMP it drops what is sent to a queue that is not there, and does not tell',
};

export const STOMP_DEPARTURES: Readonly<Partial<Record<PeerName, Departures>>> = {
  artemis: ARTEMIS,
  classic: CLASSIC,
  rabbitmq: RABBITMQ,
  rabbitmq4: RABBITMQ,
};
