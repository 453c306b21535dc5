// The adapter from the JMS API to brokers that speak STOMP, over stompit.

export { stompProvider } from './stomp-provider.ts';
