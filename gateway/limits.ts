// The bounds that all gateways share; each protocol has its own card beside its engine.

export interface GatewayLimits {
  /** Bytes of one output slab: about sixty 1 KiB messages, and one socket write. */
  readonly outputSlabBytes: number;
  /** Bytes gathered for a peer at which its consumers are suspended until it has read them. */
  readonly outputBytesHigh: number;
  /** Bytes gathered for a peer at which we stop reading from it: it asks but does not listen. */
  readonly outputBytesMax: number;
  /** Bytes of one WebSocket message: it is gathered whole, and may hold a part of a frame. */
  readonly webSocketMessageBytesMax: number;
  /** Until then a peer must have said who it is; then it is dropped. */
  readonly handshakeMs: number;
  /** How long a closed socket may take to swallow our last bytes. */
  readonly lingerMs: number;
}

export const gatewayLimits: GatewayLimits = {
  outputSlabBytes: 64 * 1024,
  outputBytesHigh: 1024 * 1024,
  outputBytesMax: 8 * 1024 * 1024,
  webSocketMessageBytesMax: 16 * 1024 * 1024,
  handshakeMs: 30_000,
  lingerMs: 2_000,
};
