// Every bound of the STOMP gateway, on one card: what it bounds, in which unit, and why this much.
// Whoever goes beyond one gets an ERROR frame that names the bound, and is closed. A test reaches
// each of them. The bytes of one message are bounded by the broker, the same for every protocol.

export interface StompLimits {
  /** Bytes of a command line. The longest command has 11; the rest is for a clear error. */
  readonly commandBytesMax: number;
  /** Bytes of one header line, name and value. As in ActiveMQ. */
  readonly headerLineBytesMax: number;
  /** Headers of one frame. As in ActiveMQ. */
  readonly headersMax: number;
  /** Bytes of all headers of a frame: no thousand headers of the longest kind. */
  readonly headBytesMax: number;
  /** Bytes of the first frame's headers, and of its body: nobody is trusted yet. */
  readonly greetingBytesMax: number;
  /** Bytes for which room is made before they have come; later, room follows what came. */
  readonly bodyRoomBytes: number;
  /** Messages that are out with a queue's subscription that asked for no number. As in ActiveMQ. */
  readonly prefetchQueue: number;
  /** The same of a topic's. As in ActiveMQ. */
  readonly prefetchTopic: number;
  /** The same of a durable subscription. As in ActiveMQ. */
  readonly prefetchDurable: number;
  /** Messages that a browser is shown before it has read them. As in ActiveMQ. */
  readonly prefetchBrowser: number;
  /** Messages that a subscription may ask to have out at once. */
  readonly prefetchMax: number;
  /** Temporary destinations of one connection. Each is one of the broker's destinations. */
  readonly temporariesMax: number;
  /** Bytes of messages of other protocols that are kept encoded during a hand-out. */
  readonly encodingsBytesMax: number;
  /** Bytes of a body that is parsed because of its header `transformation`; it takes a while. */
  readonly transformedBytesMax: number;
  /** Bytes of the offending frame that an ERROR shows: enough to find it, less than its body. */
  readonly errorHeadBytesMax: number;
  /** Ms between heart-beats that a client can ask for: more often is a load, not a sign of life. */
  readonly heartBeatMsMin: number;
  /** Ms between heart-beats that are worth a timer: about 24 days, what a timer can do. */
  readonly heartBeatMsMax: number;
  /** Heart-beats that may be missing in a row; with one more the peer is gone. Networks stutter. */
  readonly beatsMissedMax: number;
}

export const stompLimits: StompLimits = {
  commandBytesMax: 1024,
  headerLineBytesMax: 10 * 1024,
  headersMax: 1000,
  headBytesMax: 1024 * 1024,
  greetingBytesMax: 64 * 1024,
  bodyRoomBytes: 1024 * 1024,
  prefetchQueue: 1000,
  prefetchTopic: 32_766,
  prefetchDurable: 100,
  prefetchBrowser: 500,
  prefetchMax: 65_535,
  temporariesMax: 1000,
  encodingsBytesMax: 8 * 1024 * 1024,
  transformedBytesMax: 1024 * 1024,
  errorHeadBytesMax: 1024,
  heartBeatMsMin: 100,
  heartBeatMsMax: 2 ** 31 - 1,
  beatsMissedMax: 1,
};
