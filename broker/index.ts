// The waist: all that gateways and adapters know of the broker.
//
//   seven nouns   Broker  Connection  Producer  Consumer  Destination  Message  Turn
//   twelve verbs  connect  claimClientId  openProducer  openConsumer  send  setCredit
//                 suspend/resume  drain  settle  awaitDurable  touch  close
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
export { Broker, type BrokerOptions } from './broker.ts';
export type { Connection, ConnectionOptions, ConsumerOptions, Producer } from './connection.ts';
export type { Destination, DestinationStatistics } from './destination.ts';
export { assert, BrokerError, type BrokerErrorCode, InvariantError } from './errors.ts';
export { type Host, type Log, type LogLevel, nodeHost } from './host.ts';
export { type Limits, limits } from './limits.ts';
export { type LogLine, ManualHost } from './manual-host.ts';
export { DEFAULT_HEADER, Message, type MessageHeader, type WireFormat } from './message.ts';
export {
  type PropertyReader,
  parseSelector,
  type RequiredEquality,
  type Selectable,
  Selector,
  type SelectorOptions,
} from './selector/index.ts';
export { type Consumer, type ConsumerSink, Outcome } from './subscription.ts';
export type { DurableWaiter, Flushable, Turn } from './turn.ts';
export type { Body, MessageView, TypedValue } from './view.ts';
