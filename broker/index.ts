// The waist: all that gateways and adapters know of the broker.
//
//   seven nouns   Broker  Connection  Producer  Consumer  Destination  Message  Transaction
//   twelve verbs  connect  openProducer  openConsumer  send  setCredit  suspend/resume  drain
//                 settle  begin  commit/rollback  unsubscribe  close
//
// A gateway takes bytes in, calls `send`, `setCredit` and `settle` while it absorbs them, gets
// `deliver`, `drained` and `durable` called back when the turn ends, and writes once in `flush`.

export {
  type Address,
  type AddressKind,
  formatAddress,
  isTemporary,
  isTopic,
  parseAddress,
} from './address.ts';
export { Broker, type BrokerOptions, type VirtualTopics } from './broker.ts';
export type { Connection, ConnectionOptions, Producer, ProducerSink } from './connection.ts';
export {
  type Consumer,
  type ConsumerOptions,
  type ConsumerSink,
  Outcome,
  type Redelivery,
  type SubscriptionName,
} from './consumer.ts';
export { Note } from './dead-letter.ts';
export type { Destination, DestinationStatistics } from './destination.ts';
export { assert, BrokerError, type BrokerErrorCode, InvariantError } from './errors.ts';
export type { BrokerEvents } from './events.ts';
export { type Host, type Log, type LogLevel, nodeHost } from './host.ts';
export {
  type ConnectionStatistics,
  type ConsumerStatistics,
  connectionRows,
  consumerRows,
  type ScheduledStatistics,
  type SubscriptionStatistics,
  scheduledRows,
  subscriptionRows,
} from './inventory.ts';
export {
  FileJournal,
  type FileJournalOptions,
  type Journal,
  JournalError,
  type JournalStatistics,
  MemoryJournal,
  type RecoveryReport,
  type ScannedRecord,
  type ScanReport,
  scanBySegment,
  scanLog,
} from './journal/index.ts';
export { type Limits, limits } from './limits.ts';
export { type LogLine, ManualHost } from './manual-host.ts';
export {
  DEFAULT_HEADER,
  type DeadLetterCause,
  Message,
  type MessageHeader,
  type Repeat,
  type WireFormat,
} from './message.ts';
export { isPattern } from './pattern.ts';
export {
  type PropertyReader,
  parseSelector,
  type RequiredEquality,
  type Selectable,
  type Selector,
  type SelectorOptions,
} from './selector/index.ts';
export { type AddressSettings, defaultSettings, type FullPolicy } from './settings.ts';
export type { Subscription } from './subscription.ts';
export { isBusy } from './subscriptions.ts';
export type { Transaction } from './transaction.ts';
export type { DurableWaiter, Flushable, Turn } from './turn.ts';
export type { Body, MessageView, TypedValue } from './view.ts';
export { VirtualClock } from './virtual-clock.ts';
