// The Provider for `failover:(…)`: a connection that outlives its broker, over any other adapter.

export { FailoverProvider, type ProviderFor } from './failover-provider.ts';
export { failoverOptions } from './failover-url.ts';
