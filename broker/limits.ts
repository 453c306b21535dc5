// Every bound of the broker, on one card: what it bounds, in which unit, why this much, and the
// code that a peer sees when it is reached. A test reaches each of them.

export interface Limits {
  /** Characters of a destination name. Names are keys and log lines. `address-invalid` */
  readonly addressLengthMax: number;
  /** Characters of a client id or container id. `limit-exceeded` */
  readonly clientIdLengthMax: number;
  /** Bytes of one message as it came. One message must fit in memory many times. `limit-exceeded` */
  readonly messageBytesMax: number;
  /** Bytes of all waiting messages together, where no journal takes them: what a process can hold. `limit-exceeded` */
  readonly storedBytesMax: number;
  /** Bytes of bodies in memory, and of the objects about them (320 each); beyond, messages wait in the
   * journal, and are 60 bytes of index each. The sender is not refused. */
  readonly bodiesBytesMax: number;
  /** Messages, and bytes of them, that are read back from the journal in one go. */
  readonly readAheadMax: number;
  readonly readAheadBytes: number;
  /** Bytes that were read back and may stay in memory until they are settled. */
  readonly readBackBytesMax: number;
  /** Destinations. Each costs a few hundred bytes and a name. `limit-exceeded` */
  readonly destinationsMax: number;
  /** Connections of clients. A socket costs about 15 KB. `limit-exceeded` */
  readonly connectionsMax: number;
  /** Consumers of one connection. Each is a cursor or a share of one. `limit-exceeded` */
  readonly consumersPerConnectionMax: number;
  /** Characters of a selector: room for a list of a few thousand names. `limit-exceeded` */
  readonly selectorLengthMax: number;
  /** Levels of a selector, each of which costs stack; AND and OR rows are one. `limit-exceeded` */
  readonly selectorDepthMax: number;
  /** Strings in one IN of a selector. `limit-exceeded` */
  readonly selectorInListMax: number;
  /** Characters of a pattern of LIKE: its search takes a step for each 32. `limit-exceeded` */
  readonly selectorPatternLengthMax: number;
  /** Open transactions of one connection. Each holds messages that nobody sees. `limit-exceeded` */
  readonly transactionsPerConnectionMax: number;
  /** Characters of a subscription name; JMS asks for 128. [JMS 4.2.4] `limit-exceeded` */
  readonly subscriptionNameLengthMax: number;
  /** Patterns with settings: a new destination looks at each. `limit-exceeded` */
  readonly settingsPatternsMax: number;
  /** Destinations that one send may reach through a composite name. `limit-exceeded` */
  readonly compositeMax: number;
  /** Message groups that a subscription binds to consumers, some 100 bytes each: ids that never come
   * again must not fill the memory. One more frees the group that was bound first: its next message
   * goes to anyone, and may overtake what still waits for its consumer. */
  readonly messageGroupsMax: number;
  /** Bytes of one file of the journal: large enough that its making (and the copying of what lives
   * long) is rare, small enough that four of them are at hand at once. */
  readonly journalSegmentBytes: number;
}

export const limits: Limits = {
  addressLengthMax: 1024,
  clientIdLengthMax: 1024,
  messageBytesMax: 100 * 1024 * 1024,
  storedBytesMax: 1024 * 1024 * 1024,
  bodiesBytesMax: 64 * 1024 * 1024,
  readAheadMax: 64,
  readAheadBytes: 256 * 1024,
  readBackBytesMax: 8 * 1024 * 1024,
  destinationsMax: 100_000,
  connectionsMax: 20_000,
  consumersPerConnectionMax: 10_000,
  selectorLengthMax: 64 * 1024,
  selectorDepthMax: 200,
  selectorInListMax: 4096,
  selectorPatternLengthMax: 1024,
  transactionsPerConnectionMax: 1_000,
  subscriptionNameLengthMax: 1_024,
  settingsPatternsMax: 1_000,
  compositeMax: 100,
  messageGroupsMax: 100_000,
  journalSegmentBytes: 64 * 1024 * 1024,
};
