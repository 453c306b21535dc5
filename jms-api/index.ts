// The JMS API: what an application imports, and the seam for those who write adapters.

export {
  JMSByte,
  JMSCharacter,
  JMSDouble,
  JMSFloat,
  JMSInteger,
  JMSLong,
  type JMSObject,
  JMSShort,
} from './boxed.ts';
export { BytesMessage } from './bytes-message.ts';
export {
  CAPABILITIES,
  type Capability,
  type CapabilityStatus,
  type Lack,
  type Lacks,
} from './capability.ts';
export type {
  Connection,
  ConnectionFactory,
  ConnectionMetaData,
  ExceptionListener,
  ExceptionListenerLike,
} from './connection.ts';
export { JmsConnectionFactory, providerFor } from './connection-factory.ts';
export type { ConnectionOptions } from './connection-options.ts';
export { schemeOf } from './connection-url.ts';
export { DeliveryMode } from './delivery-mode.ts';
export { type Destination, Queue, TemporaryQueue, TemporaryTopic, Topic } from './destination.ts';
export { Enumeration } from './enumeration.ts';
export * from './errors.ts';
export { InitialContext, NamingException, type PropertiesLike } from './initial-context.ts';
export { jmsOptions } from './jms-options.ts';
export { MapMessage } from './map-message.ts';
export { type BodyClass, type BodyOf, Message } from './message.ts';
export type {
  MessageConsumer,
  MessageListener,
  MessageListenerLike,
  ReceiveOptions,
} from './message-consumer.ts';
export type {
  BodyData,
  DestinationData,
  DestinationKind,
  MessageData,
  TypedValue,
  ValueType,
} from './message-data.ts';
export type { CompletionListener, MessageProducer } from './message-producer.ts';
export { nearest } from './nearest.ts';
export { ObjectMessage } from './object-message.ts';
export {
  type ConfirmSink,
  type ConnectionEvents,
  type ConsumerRequest,
  type DeliverySink,
  type Endpoint,
  Outcome,
  type ProducerRequest,
  type Provider,
  type ProviderConnection,
  type ProviderConsumer,
  type ProviderProducer,
  type ProviderRegistry,
  type ProviderSession,
  type SubscriptionRequest,
} from './provider.ts';
export type { MessageEnumeration, QueueBrowser } from './queue-browser.ts';
export type {
  QueueConnection,
  QueueConnectionFactory,
  QueueReceiver,
  QueueSender,
  QueueSession,
} from './queue-domain.ts';
export { QueueRequestor, TopicRequestor } from './requestor.ts';
export { type AcknowledgeMode, Session } from './session.ts';
export {
  type JMSConsumer,
  JMSContext,
  type JMSProducer,
  type JMSPropertyValue,
  type SendableBody,
} from './simplified.ts';
export { StreamMessage } from './stream-message.ts';
export { TextMessage } from './text-message.ts';
export type {
  TopicConnection,
  TopicConnectionFactory,
  TopicPublisher,
  TopicSession,
} from './topic-domain.ts';
export type { TopicSubscriber } from './topic-subscriber.ts';
export {
  booleanOf,
  type FixedOption,
  fixedOption,
  integerOf,
  type OptionTable,
  readOptions,
  type UrlOption,
} from './url-options.ts';
