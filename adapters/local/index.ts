// The adapter from the JMS API to a broker in the same process.

export { LocalProvider, localProvider } from './local-provider.ts';
export { decodeNative, encodeNative, nativeFormat } from './native-format.ts';
export { MalformedMessageError } from './native-tags.ts';
export {
  type BrokerKeeper,
  brokerExists,
  type KeptBroker,
  offerBroker,
  stopBroker,
} from './vm-brokers.ts';
export { vmOptions } from './vm-url.ts';
