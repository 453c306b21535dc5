// What OASIS AMQP 1.0 demands of one side or the other, in our words and by section, and the test
// that shows it. The page docs/amqp-musts.md is made of this table. A demand on the peer alone is
// here as what we do when the peer does not keep to it.

import { type Row, TRANSPORT } from './transport-musts.ts';

/** One demand. */
export interface Must {
  /** Of the specification: part, and numbers. */
  readonly section: string;
  readonly demand: string;
  /** A part of a test's title. */
  readonly test?: string;
  /** Why there is no test. */
  readonly reason?: string;
}

const TYPES: readonly Row[] = [
  [
    '1.2',
    'a value is read by its constructor, whichever encoding of the type it has',
    'each encoding of a type reads as that type',
  ],
  [
    '1.2',
    'a described constructor of an array is read, also when nested',
    'a constructor of an array may be described',
  ],
  [
    '1.4',
    'fields at the end of a list may be left out, and mean null or their default',
    'what equals its default, and what is absent at the end, is not sent',
  ],
  [
    '1.4',
    'a mandatory field must not be null',
    'a field of the wrong type, or a missing one, is a decode error',
  ],
  [
    '1.4',
    'a field for several values takes a single one without its array',
    'a single symbol may stand for an array',
  ],
  [
    '1.5',
    'a descriptor may be the code or the name',
    'a single symbol may stand for an array, a name for a descriptor code',
  ],
  [
    '1.6',
    'every value survives with its exact type',
    'every value survives encoding and decoding with its exact type',
  ],
  [
    '1.6.22',
    'size and count of a list must agree with its bytes',
    'claims that the bytes do not bear out fail at once',
  ],
  [
    '1.6.23',
    'a map has as many keys as values',
    'a map that does not add up is refused with its message',
  ],
  ['1.6.20', 'a string is UTF-8', 'arbitrary and damaged bytes end in a value or a ProtocolError'],
];

const MESSAGING: readonly Row[] = [
  [
    '3.2',
    'the bare message passes as it is',
    'sections of every type pass to another AMQP client bit for bit',
  ],
  [
    '3.2',
    'sections are in order, bodies do not mix',
    'sections out of order, unknown or misshapen are refused',
  ],
  [
    '3.2.1',
    'delivery-count is the number of failed deliveries',
    'only delivery-count changes when a delivery is repeated',
  ],
  [
    '3.2.1',
    'ttl counts from the arrival here, and an expired message is not delivered',
    'a ttl runs from when the message came',
  ],
  ['3.2.1', 'what is left of the ttl is sent on', 'the ttl of what waited is what is left of it'],
  [
    '3.2.1',
    'first-acquirer is not true for a redelivery',
    'only delivery-count changes when a delivery is repeated',
  ],
  [
    '3.2.1',
    'a durable message is not lost once it is accepted',
    'a durable message is accepted when it is safe, and not before',
  ],
  [
    '3.2.2',
    'delivery annotations are for one hop',
    'delivery annotations end at the hop they were for',
  ],
  ['3.2.4', 'an absolute expiry is a point in time', 'an absolute expiry is of the sender’s clock'],
  ['3.2.9', 'a footer follows the bare message', 'a first delivery passes bit for bit'],
  [
    '3.2.10',
    'annotations that are not known pass',
    'sections of every type pass to another AMQP client bit for bit',
  ],
  ['3.4', 'accepted: the message is gone', 'the message ${attempts === undefined'],
  ['3.4.1', 'received is no outcome', 'received is no outcome: the delivery stays out'],
  ['3.4.3', 'rejected: it is not delivered again', 'the message ${attempts === undefined'],
  ['3.4.4', 'released: the count does not grow', 'the message ${attempts === undefined'],
  ['3.4.5', 'modified, delivery-failed: the count grows', 'the message ${attempts === undefined'],
  [
    '3.4.5',
    'modified, undeliverable-here: not to this link again',
    'undeliverable here: somebody else gets it',
  ],
  [
    '3.5.1',
    'filters that are not in effect are not in the answer',
    'a binding that cannot be said is not echoed',
  ],
  ['3.5.1', 'filters in effect are in the answer', 'is in effect and echoed'],
  [
    '3.5.2',
    'copy takes nothing away',
    'a copy of a queue shows what is there, drains, and takes nothing',
  ],
  [
    '3.5.3',
    'default-outcome counts when a delivery is settled without one',
    'settled without an outcome means the default outcome of the source',
  ],
  ['3.5.3', 'a dynamic source has no address of the peer’s', 'a dynamic node with an address'],
  [
    '3.5.3',
    'the answer has the address of the node that was made',
    'a dynamic source makes a queue to read from',
  ],
  [
    '3.5.3',
    'the timeout begins when the policy ends, and stops when the link is back',
    'the timeout of a terminus runs when its policy ends',
  ],
  ['3.5.4', 'a dynamic target makes a node', 'named in the answer'],
  [
    '3.5.5',
    'unsettled-state is kept as long as the terminus',
    'keeps what is unsettled, and goes on with it',
  ],
  ['3.5.6', 'expiry policies end the terminus when they say', "kept ? 'kept' : 'given back'"],
  ['3.5.7', 'distribution modes that do not exist are refused', 'an unknown distribution mode'],
  ['3.5.9', 'a lifetime policy is one of the four', 'a lifetime policy that is none is refused'],
  ['3.5.10', 'delete-on-close', 'delete-on-close ends with the'],
  ['3.5.11', 'delete-on-no-links', 'delete-on-no-links: the last link takes it along'],
  ['3.5.12', 'delete-on-no-messages', 'delete-on-no-messages: it stays until it is empty'],
  [
    '3.5.13',
    'delete-on-no-links-or-messages: links keep it',
    'delete-on-no-links-or-messages: it is empty and nobody is there',
  ],
  [
    '3.5.13',
    'delete-on-no-links-or-messages: messages keep it',
    'delete-on-no-links-or-messages: nobody is there, but a message is',
  ],
];

const TRANSACTIONS: readonly Row[] = [
  [
    '4.1',
    'a transaction is of the connection of its controller',
    'a transaction is rolled back when',
  ],
  ['4.2', 'a coordinator says what it can do', 'a coordinator is answered with what it can do'],
  [
    '4.2',
    'declare is answered with declared and the id',
    'declare is answered with an id of its own, settled',
  ],
  ['4.2', 'messages to the coordinator are not settled', 'a message to the coordinator that'],
  [
    '4.2',
    'what is not discharged is rolled back when the control link ends',
    'a transaction is rolled back when',
  ],
  [
    '4.3',
    'a discharge is accepted when its work is done',
    'what was sent in a transaction is seen when it commits, all at once',
  ],
  [
    '4.3',
    'a discharge that cannot be is rejected, and rolled back',
    'a commit for which there is no room is rejected, and rolled back',
  ],
  [
    '4.3',
    'a controller that does not know rejected is detached with the error',
    'a coordinator that cannot reject closes its link',
  ],
  [
    '4.3',
    'after a failure nobody was told of, the discharge fails',
    'a settled send that was refused dooms its transaction',
  ],
  [
    '4.4.1',
    'a transfer with an id that is not known is an error',
    'a transfer in a transaction that is not known detaches its link',
  ],
  [
    '4.4.1',
    'the outcome of a transfer is wrapped in its transaction',
    'what was sent in a transaction is seen when it commits, all at once',
  ],
  [
    '4.4.2',
    'outcomes count when the transaction commits',
    'settled outcomes count when it commits',
  ],
  [
    '4.4.2',
    'a roll-back makes settled deliveries available again',
    'a roll-back brings back what was settled, counted',
  ],
  [
    '4.4.2',
    'unsettled deliveries go back to the state they had',
    'a roll-back leaves unsettled deliveries with the receiver',
  ],
  [
    '4.4.3',
    'acquisition in a transaction is refused by its name',
    'transactional acquisition is refused by its name',
  ],
  [
    '4.5.8',
    'unknown-id, timeout and rollback',
    'a transaction that takes too long is rolled back, and the discharge told',
  ],
];

const SECURITY: readonly Row[] = [
  [
    '5.2',
    'TLS by its own header, or a door of its own: whoever knows only one is told which',
    'is answered with our header, a close, and one line of log',
  ],
  [
    '5.3.1',
    'channel and extended header of a SASL frame are ignored',
    'the channel and the extended header of a SASL frame mean nothing',
  ],
  [
    '5.2',
    'TLS may say who the peer is, and SASL be left out',
    'without SASL the certificate alone says who it is',
  ],
  [
    '5.3.1',
    'SASL frames are of their own type, before the AMQP header',
    'an AMQP frame instead of a SASL one closes the socket',
  ],
  [
    '5.3.1',
    'no SASL frame on an open connection',
    'a SASL frame on an open connection is a framing error',
  ],
  [
    '5.3.2',
    'the server says its mechanisms first',
    'SASL offers PLAIN, and ANONYMOUS where it is welcome',
  ],
  [
    '5.3.2',
    'what comes before the outcome is not read before it',
    'what comes while a password is checked is read after it',
  ],
  [
    '5.3.3.6',
    'a failure that may pass is outcome sys-temp',
    'where too many logins wait, the outcome is sys-temp: come again',
  ],
  [
    '5.3.2',
    'after the outcome the AMQP header comes',
    'all of a SASL exchange may come in one write',
  ],
  [
    '5.3.2',
    'what follows a SASL frame at once waits for the outcome',
    'what comes while a password is checked is read after it',
  ],
  [
    '5.3.3.6',
    'a failure that will pass is outcome sys-temp',
    'where too many logins wait, the outcome is sys-temp: come again',
  ],
  [
    '5.3.3.6',
    'additional data of the mechanism come with the outcome',
    'an initial response proves both sides',
  ],
  [
    '5.3.3.6',
    'a wrong name or password is outcome auth, and the socket is closed',
    'with outcome auth, and closes',
  ],
];

/** Demands that no test of ours can show, and why. */
const UNTESTED: readonly Must[] = [
  {
    section: '3.2.10',
    demand: 'a link is detached for an annotation that is not understood and not called x-opt-…',
    reason:
      'not done: annotations pass to whoever understands them, as with all brokers known to us',
  },
  {
    section: '3.4.5',
    demand: 'annotations of modified are merged',
    reason: 'not done: a message is stored once, for all its readers',
  },
  {
    section: '4.4.3',
    demand: 'deliveries acquired in a transaction',
    reason: 'not done, and refused by its name: see the row above',
  },
];

/** All of them, by section. */
export const MUSTS: readonly Must[] = [
  ...[TYPES, TRANSPORT, MESSAGING, TRANSACTIONS, SECURITY]
    .flat()
    .map(([section, demand, test]) => ({ section, demand, test })),
  ...UNTESTED,
].sort((a, b) => numbersOf(a.section) - numbersOf(b.section));

function numbersOf(section: string): number {
  const [part = 0, chapter = 0, item = 0, more = 0] = section.split('.').map(Number);
  return ((part * 100 + chapter) * 100 + item) * 100 + more;
}
