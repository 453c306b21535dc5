// The adapter from the JMS API to brokers that speak AMQP 1.0, over rhea.

export { amqp1Provider } from './amqp-provider.ts';
export { amqpOptions } from './amqp-url.ts';
export { AMQP1_LACKS } from './peers.ts';
