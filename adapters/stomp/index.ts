// The adapter from the JMS API to brokers that speak STOMP, over stompit.

export { STOMP_LACKS } from './dialect.ts';
export { stompProvider } from './stomp-provider.ts';
export { stompOptions } from './stomp-url.ts';
