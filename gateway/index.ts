export { Users } from './auth.ts';
export type { Engine, EngineFactory, Wire } from './engine.ts';
export { type GatewayLimits, gatewayLimits } from './limits.ts';
export { type Acceptor, Listener } from './listener.ts';
export { MultiProtocol } from './multi-protocol.ts';
export { Output, type Transport } from './output.ts';
export { WebSockets } from './websocket.ts';
