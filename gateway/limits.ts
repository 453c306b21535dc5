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
  /**
   * Iterations of the verifiers that we make of passwords: twice the least of RFC 7677. More would
   * cost whoever has stolen a verifier more, and every client a part of a second; as it is, ten
   * thousand users with PLAIN who all come back at once are let in before their handshake ends.
   */
  readonly scramIterations: number;
  /** The least iterations of a verifier that is given. [RFC 7677 4] */
  readonly scramIterationsMin: number;
  /** The most iterations of a verifier that is given: about a second of a thread. */
  readonly scramIterationsMax: number;
  /** Characters of a client's nonce: ours and it must fit into a frame of 512 bytes. */
  readonly scramNonceLengthMax: number;
  /** Names with passwords that wait to be checked, one at a time; one more is told to come again. */
  readonly loginsWaitingMax: number;
  /** Names with passwords that were right, and are not derived again for a while: a digest each. */
  readonly loginsKnownMax: number;
  /** How long a name with its password is known to be right. */
  readonly loginKnownMs: number;
  /** How long the answer to a failed login is held back: guessing takes time. */
  readonly failureDelayMs: number;
  /** Failed logins whose answer is held back, each with its socket; one more is answered at once. */
  readonly failuresDelayedMax: number;
}

export const gatewayLimits: GatewayLimits = {
  outputSlabBytes: 64 * 1024,
  outputBytesHigh: 1024 * 1024,
  outputBytesMax: 8 * 1024 * 1024,
  webSocketMessageBytesMax: 16 * 1024 * 1024,
  handshakeMs: 30_000,
  lingerMs: 2_000,
  scramIterations: 8192,
  scramIterationsMin: 4096,
  scramIterationsMax: 1_000_000,
  scramNonceLengthMax: 256,
  loginsWaitingMax: 10_000,
  loginsKnownMax: 10_000,
  loginKnownMs: 300_000,
  failureDelayMs: 500,
  failuresDelayedMax: 1000,
};
