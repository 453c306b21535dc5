// What `vm://NAME?broker.persistent=true` needs of the machine, and nothing that only a server needs.

export { keepBroker } from './kept-broker.ts';
