// The adapter from the JMS API to a broker in the same process.

export { localProvider } from './local-provider.ts';
export { decodeNative, encodeNative, nativeFormat } from './native-format.ts';
export { MalformedMessageError } from './native-tags.ts';
export { brokerExists, offerBroker, stopBroker } from './vm-brokers.ts';
