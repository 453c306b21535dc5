/**
 * Where other brokers depart from JMS over AMQP 1.0 in ways that no adapter can mend or declare: by
 * the titles of cases, why. The cases are run all the same, and a departure that passes has failed.
 */

import type { Departures } from '../jms/index.ts';
import type { PeerName } from '../peers/peer.ts';
import { STOMP_DEPARTURES } from './stomp-departures.ts';

type ByPeer = Readonly<Partial<Record<PeerName, Departures>>>;

/** Of the selector grammar that Artemis and Classic have in common. */
const SELECTORS: Departures = {
  "[JMS 3.8.1.1] keywords in any case: color LIKE 'b%' aNd NoT weight bEtWeEn 1 aNd 2":
    'its selectors cannot say NOT before BETWEEN; weight NOT BETWEEN does',
  '[JMS 3.8.1.1] identifiers of Java: 2 selectors':
    'identifiers in its selectors have the letters of ASCII only',
  '[JMS 3.8.1.1] unary signs: 4 selectors':
    'its selectors do not negate a property of the type short',
  '[JMS 3.8.1.1] texts and booleans compare only for equality: 2 selectors':
    'its selectors compare texts by < and >, which JMS calls false',
  '[JMS 3.8.1] a wrong selector is refused when the consumer is made: weight = 99999999999999999999':
    'its selectors take whole numbers beyond a long for doubles',
};

const ARTEMIS: Departures = {
  ...SELECTORS,
  '[JMS 3.8.1] a wrong selector is refused when the consumer is made: color = "blue"':
    'its selectors take double quotes for those of an identifier',
  '[JMS 6.2.3] a queue and a topic of one name are two destinations':
    'an address that was made for a queue has no topic, unless its settings say both',
  '[JMS 6.2.2] it ends with its connection':
    'with auto-create, a send to a temporary queue that is gone makes it anew',
  '[JMS 8.3.4] the name of an unshared one of the same client is a JMSException, and vice versa':
    'it does not tell shared durable subscriptions from unshared ones while nobody consumes them',
};

const MARKS = 'it marks what comes again to the same link only, not to the next consumer';

const CLASSIC: Departures = {
  ...SELECTORS,
  '[JMS 3.4.7] JMSRedelivered is true when another session gets what one had': MARKS,
  '[JMS 3.5.9] JMSXDeliveryCount goes on from session to session': MARKS,
  '[JMS 6.2.10] CLIENT: nothing is acknowledged before the client says so': MARKS,
  '[JMS 6.2.10] CLIENT: what came after acknowledge is not covered': MARKS,
  '[API] mode 101: acknowledge is for that message alone': MARKS,
  '[API] mode 4: acknowledge is for that message alone': MARKS,
  '[JMS 6.2.7] a roll-back gives back what was received when the session closes': MARKS,
  '[JMS 8.3.3] what was not acknowledged comes again to the next consumer': MARKS,
  '[JMS 8.3.3] noLocal holds for the client id, over connections':
    'its noLocal holds for the connection alone',
  '[JMS 7.9] a subscription made before the send gets it, one made after does not':
    'it looks for subscriptions when the delay is over, not when the message is sent',
  '[JMS 8.8] close has no effect on acknowledgement':
    'what a link gives back stays with the link until that is detached',
};

const REQUEUED =
  'whatever was with a consumer and comes again is marked, also what was only prefetched';

const RABBITMQ: Departures = {
  '[JMS 3.4.7] what was prefetched and never handed out is not redelivered': REQUEUED,
  '[JMS 6.2.10] mode 1: what receive returned does not come again': REQUEUED,
  '[JMS 6.2.10] mode 3: what receive returned does not come again': REQUEUED,
  '[JMS 6.2.10] CLIENT: acknowledging an earlier message covers later ones': REQUEUED,
  '[JMS 8.8] what was prefetched goes back, in order and unmarked': REQUEUED,
  '[JMS 6.2.7] what was received is acknowledged by commit': REQUEUED,
  '[JMS 6.2.7] rolled back messages come again, in order, before those behind them': REQUEUED,
  '[JMS 6.2.7] a roll-back gives back what was received when the session closes': REQUEUED,
  '[JMS 6.2.7] a listener rolls back, and gets the same again before the next': REQUEUED,
  '[JMS 6.2.7] roll-backs count': 'it marks what comes again, and does not count',
};

const NO_LOCAL =
  'it keeps nothing for a durable subscription with noLocal while nobody consumes that; the adapter ' +
  'refuses to make one';

/** Of Qpid Broker-J; its selectors have a grammar of their own, with some of the same gaps. */
const QPID: Departures = {
  ...Object.fromEntries(
    Object.entries(SELECTORS).filter(([title]) => !title.includes('keywords in any case')),
  ),
  '[JMS 3.8.1.1] unary signs: 4 selectors':
    'its selectors do not negate a property of the types byte and short',
  '[JMS 3.8.1] a wrong selector is refused when the consumer is made: weight = 99999999999999999999':
    'its selectors take whole numbers beyond a long as they are',
  '[JMS 3.8.1.1] NULL in a comparison is unknown: 3 selectors':
    'its selectors call an unknown value unequal to any other: NOT nothing = 1 is true',
  '[JMS 3.8.1] a wrong selector is refused when the consumer is made: color = "blue"':
    'its selectors take double quotes for those of an identifier',
  '[JMS 3.8.1.1] JMSXGroupID and JMS_ names select': 'its selectors do not see JMSXGroupID',
  '[JMS 7.9] delays come due in the order of their times': {
    sometimes:
      'what comes due between two looks at a queue (housekeepingCheckPeriod, 30 seconds as shipped) ' +
      'comes in the order in which it was sent',
  },
  '[JMS 8.3.3] with another noLocal it is made anew': NO_LOCAL,
  '[JMS 8.3.3] noLocal holds for the client id, over connections': NO_LOCAL,
};

/** Of RabbitMQ over AMQP 0-9-1; what a consumer gives back itself is not given back to the broker. */
const OVER_AMQP091: Departures = {
  '[JMS 3.4.7] what was prefetched and never handed out is not redelivered': REQUEUED,
  '[JMS 6.2.10] mode 1: what receive returned does not come again': REQUEUED,
  '[JMS 6.2.10] mode 3: what receive returned does not come again': REQUEUED,
  '[JMS 6.2.10] CLIENT: acknowledging an earlier message covers later ones': REQUEUED,
  '[JMS 6.2.7] what was received is acknowledged by commit': REQUEUED,
  '[JMS 6.2.7] a roll-back gives back what was received when the session closes': REQUEUED,
  '[JMS 8.8] what was prefetched goes back, in order and unmarked': REQUEUED,
};

/** Of the quorum queues of RabbitMQ 4. */
const LEVELS: Departures = {
  '[JMS 3.4.10] a higher priority overtakes a lower one that waits at the broker':
    'its quorum queues have two levels: 5 to 9 overtake 0 to 4, and within a level none does',
};

const AMQP091: ByPeer = {
  rabbitmq: OVER_AMQP091,
  rabbitmq4: { ...OVER_AMQP091, ...LEVELS },
};

/** By the door of the broker, and by broker. */
export const DEPARTURES: Readonly<Record<'amqp' | 'amqp091' | 'stomp', ByPeer>> = {
  amqp: {
    artemis: ARTEMIS,
    classic: CLASSIC,
    rabbitmq: RABBITMQ,
    rabbitmq4: LEVELS,
    qpid: QPID,
  },
  amqp091: AMQP091,
  stomp: STOMP_DEPARTURES,
};
