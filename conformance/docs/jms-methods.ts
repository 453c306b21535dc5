// The interfaces of `jakarta.jms` 3.1 that this package has, and their methods as Java declares them:
// 35 interfaces, 374 methods. Not here: XA, the facilities of application servers, annotations.
// One line is an interface and its section, or a method; three dots stand for methods by type.

/** A method of an interface, by name and number of parameters. */
export interface JavaMethod {
  readonly name: string;
  /** As Java declares it, without types. */
  readonly signature: string;
  readonly parameters: number;
  /** No other method of the interface has the name. */
  readonly alone: boolean;
}

export interface JavaInterface {
  readonly name: string;
  readonly section: string;
  readonly methods: readonly JavaMethod[];
}

const TYPES = ['Boolean', 'Byte', 'Short', 'Int', 'Long', 'Float', 'Double', 'String', 'Object'];

const TEXT = `
ConnectionFactory 6.1.1
  createConnection() createConnection(userName,password) createContext() createContext(userName,password)
  createContext(userName,password,sessionMode) createContext(sessionMode)
Connection 6.1
  createSession(transacted,acknowledgeMode) createSession(sessionMode) createSession() getClientID()
  setClientID(clientID) getMetaData() getExceptionListener() setExceptionListener(listener) start() stop() close()
  createConnectionConsumer(destination,messageSelector,sessionPool,maxMessages)
  createSharedConnectionConsumer(topic,subscriptionName,messageSelector,sessionPool,maxMessages)
  createDurableConnectionConsumer(topic,subscriptionName,messageSelector,sessionPool,maxMessages)
  createSharedDurableConnectionConsumer(topic,subscriptionName,messageSelector,sessionPool,maxMessages)
ConnectionMetaData 6.1.6
  getJMSVersion() getJMSMajorVersion() getJMSMinorVersion() getJMSProviderName() getProviderVersion()
  getProviderMajorVersion() getProviderMinorVersion() getJMSXPropertyNames()
ExceptionListener 6.1.7
  onException(exception)
Session 6.2
  createBytesMessage() createMapMessage() createMessage() createObjectMessage() createObjectMessage(object)
  createStreamMessage() createTextMessage() createTextMessage(text) getTransacted() getAcknowledgeMode() commit()
  rollback() close() recover() getMessageListener() setMessageListener(listener) run() createProducer(destination)
  createConsumer(destination) createConsumer(destination,messageSelector)
  createConsumer(destination,messageSelector,noLocal) createSharedConsumer(topic,sharedSubscriptionName)
  createSharedConsumer(topic,sharedSubscriptionName,messageSelector) createQueue(queueName) createTopic(topicName)
  createDurableSubscriber(topic,name) createDurableSubscriber(topic,name,messageSelector,noLocal)
  createDurableConsumer(topic,name) createDurableConsumer(topic,name,messageSelector,noLocal)
  createSharedDurableConsumer(topic,name) createSharedDurableConsumer(topic,name,messageSelector)
  createBrowser(queue) createBrowser(queue,messageSelector) createTemporaryQueue() createTemporaryTopic()
  unsubscribe(name)
MessageProducer 7
  setDisableMessageID(value) getDisableMessageID() setDisableMessageTimestamp(value) getDisableMessageTimestamp()
  setDeliveryMode(deliveryMode) getDeliveryMode() setPriority(defaultPriority) getPriority() setTimeToLive(timeToLive)
  getTimeToLive() setDeliveryDelay(deliveryDelay) getDeliveryDelay() getDestination() close() send(message)
  send(message,deliveryMode,priority,timeToLive) send(destination,message)
  send(destination,message,deliveryMode,priority,timeToLive) send(message,completionListener)
  send(message,deliveryMode,priority,timeToLive,completionListener) send(destination,message,completionListener)
  send(destination,message,deliveryMode,priority,timeToLive,completionListener)
MessageConsumer 8
  getMessageSelector() getMessageListener() setMessageListener(listener) receive() receive(timeout) receiveNoWait() close()
MessageListener 8.7
  onMessage(message)
CompletionListener 7.3
  onCompletion(message) onException(message,exception)
QueueBrowser 4.1.6
  getQueue() getMessageSelector() getEnumeration() close()
Message 3
  getJMSMessageID() setJMSMessageID(id) getJMSTimestamp() setJMSTimestamp(timestamp) getJMSCorrelationIDAsBytes()
  setJMSCorrelationIDAsBytes(correlationID) setJMSCorrelationID(correlationID) getJMSCorrelationID() getJMSReplyTo()
  setJMSReplyTo(replyTo) getJMSDestination() setJMSDestination(destination) getJMSDeliveryMode()
  setJMSDeliveryMode(deliveryMode) getJMSRedelivered() setJMSRedelivered(redelivered) getJMSType() setJMSType(type)
  getJMSExpiration() setJMSExpiration(expiration) getJMSDeliveryTime() setJMSDeliveryTime(deliveryTime)
  getJMSPriority() setJMSPriority(priority) clearProperties() propertyExists(name) get...Property(name)
  getPropertyNames() set...Property(name,value) acknowledge() clearBody() getBody(c) isBodyAssignableTo(c)
TextMessage 3.11
  setText(string) getText()
ObjectMessage 3.11
  setObject(object) getObject()
BytesMessage 3.11
  getBodyLength() readBoolean() readByte() readUnsignedByte() readShort() readUnsignedShort() readChar() readInt()
  readLong() readFloat() readDouble() readUTF() readBytes(value) readBytes(value,length) writeBoolean(value)
  writeByte(value) writeShort(value) writeChar(value) writeInt(value) writeLong(value) writeFloat(value)
  writeDouble(value) writeUTF(value) writeBytes(value) writeBytes(value,offset,length) writeObject(value) reset()
MapMessage 3.11
  get...(name) getChar(name) getBytes(name) getMapNames() set...(name,value) setChar(name,value) setBytes(name,value)
  setBytes(name,value,offset,length) itemExists(name)
StreamMessage 3.11
  read...() readChar() readBytes(value) write...(value) writeChar(value) writeBytes(value)
  writeBytes(value,offset,length) reset()
Destination 4
Queue 4.1
  getQueueName() toString()
Topic 4.2
  getTopicName() toString()
TemporaryQueue 6.2.2
  delete()
TemporaryTopic 6.2.2
  delete()
DeliveryMode 7.7
JMSContext 6.3
  createContext(sessionMode) createProducer() getClientID() setClientID(clientID) getMetaData() getExceptionListener()
  setExceptionListener(listener) start() stop() setAutoStart(autoStart) getAutoStart() close() createBytesMessage()
  createMapMessage() createMessage() createObjectMessage() createObjectMessage(object) createStreamMessage()
  createTextMessage() createTextMessage(text) getTransacted() getSessionMode() commit() rollback() recover()
  createConsumer(destination) createConsumer(destination,messageSelector)
  createConsumer(destination,messageSelector,noLocal) createQueue(queueName) createTopic(topicName)
  createDurableConsumer(topic,name) createDurableConsumer(topic,name,messageSelector,noLocal)
  createSharedDurableConsumer(topic,name) createSharedDurableConsumer(topic,name,messageSelector)
  createSharedConsumer(topic,sharedSubscriptionName) createSharedConsumer(topic,sharedSubscriptionName,messageSelector)
  createBrowser(queue) createBrowser(queue,messageSelector) createTemporaryQueue() createTemporaryTopic()
  unsubscribe(name) acknowledge()
JMSProducer 7.4
  send(destination,message) send(destination,text) send(destination,map) send(destination,bytes)
  send(destination,object) setDisableMessageID(value) getDisableMessageID() setDisableMessageTimestamp(value)
  getDisableMessageTimestamp() setDeliveryMode(deliveryMode) getDeliveryMode() setPriority(priority) getPriority()
  setTimeToLive(timeToLive) getTimeToLive() setDeliveryDelay(deliveryDelay) getDeliveryDelay()
  setAsync(completionListener) getAsync() setProperty:...(name,value) clearProperties() propertyExists(name)
  get...Property(name) getPropertyNames() setJMSCorrelationIDAsBytes(correlationID) getJMSCorrelationIDAsBytes()
  setJMSCorrelationID(correlationID) getJMSCorrelationID() setJMSType(type) getJMSType() setJMSReplyTo(replyTo)
  getJMSReplyTo()
JMSConsumer 8.4
  getMessageSelector() getMessageListener() setMessageListener(listener) receive() receive(timeout) receiveNoWait()
  close() receiveBody(c) receiveBody(c,timeout) receiveBodyNoWait(c)
QueueConnectionFactory 9.2
  createQueueConnection() createQueueConnection(userName,password)
QueueConnection 9.2
  createQueueSession(transacted,acknowledgeMode) createConnectionConsumer(queue,messageSelector,sessionPool,maxMessages)
QueueSession 9.2
  createQueue(queueName) createReceiver(queue) createReceiver(queue,messageSelector) createSender(queue)
  createBrowser(queue) createBrowser(queue,messageSelector) createTemporaryQueue()
QueueSender 9.2
  getQueue() send(message) send(message,deliveryMode,priority,timeToLive) send(queue,message)
  send(queue,message,deliveryMode,priority,timeToLive)
QueueReceiver 9.2
  getQueue()
TopicConnectionFactory 9.2
  createTopicConnection() createTopicConnection(userName,password)
TopicConnection 9.2
  createTopicSession(transacted,acknowledgeMode) createConnectionConsumer(topic,messageSelector,sessionPool,maxMessages)
  createDurableConnectionConsumer(topic,subscriptionName,messageSelector,sessionPool,maxMessages)
TopicSession 9.2
  createTopic(topicName) createSubscriber(topic) createSubscriber(topic,messageSelector,noLocal)
  createDurableSubscriber(topic,name) createDurableSubscriber(topic,name,messageSelector,noLocal)
  createPublisher(topic) createTemporaryTopic() unsubscribe(name)
TopicPublisher 9.2
  getTopic() publish(message) publish(message,deliveryMode,priority,timeToLive) publish(topic,message)
  publish(topic,message,deliveryMode,priority,timeToLive)
TopicSubscriber 9.2
  getTopic() getNoLocal()
`;

/** The whole list. */
export const javaInterfaces: readonly JavaInterface[] = TEXT.trim()
  .split(/\n(?=\w)/)
  .map((block) => {
    const [, name = '', section = '', rest = ''] = /^(\S+) (\S+)([\s\S]*)$/.exec(block) ?? [];
    const signatures = [...rest.matchAll(/(\S+?)\(([^)]*)\)/g)].flatMap(
      ([, word = '', list = '']) =>
        expanded(word).map(([method, type]) => ({
          name: method,
          signature: `${method}(${list.replaceAll(',', ', ').replace('value', type)})`,
          parameters: list === '' ? 0 : list.split(',').length,
        })),
    );
    const methods = signatures.map((one) => ({
      ...one,
      alone: signatures.filter(({ name: other }) => other === one.name).length === 1,
    }));
    return { name, section, methods };
  });

/** `get...Property` is a method for each type; `setProperty:...` one name for all types. */
function expanded(word: string): (readonly [name: string, value: string])[] {
  if (word.endsWith(':...')) {
    const name = word.slice(0, -':...'.length);
    return TYPES.map((type) => [name, type.toLowerCase()] as const);
  }
  if (!word.includes('...')) return [[word, 'value']];
  return TYPES.map((type) => [word.replace('...', type), 'value'] as const);
}
