// The adapter from the JMS API to RabbitMQ over AMQP 0-9-1, over amqplib.

export { amqp091Provider } from './amqp091-provider.ts';
export { amqp091Options } from './amqp091-url.ts';
export { AMQP091_LACKS } from './peers.ts';
