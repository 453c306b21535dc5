export { Users } from './auth.ts';
export type { Engine, EngineFactory, Wire } from './engine.ts';
export { type GatewayLimits, gatewayLimits } from './limits.ts';
export { Listener } from './listener.ts';
export { Output, type Transport } from './output.ts';
