// Cuts a stream of bytes into AMQP frames, wherever TCP cut it. [AMQP 2.2, 2.3]
//
//      0        4      5      6         8           4·doff             size
//      ┌────────┬──────┬──────┬─────────┬───────────┬──────────────────┐
//      │ size   │ doff │ type │ channel │ extended  │ body             │
//      └────────┴──────┴──────┴─────────┴───────────┴──────────────────┘
//
// Frames are handed on in place, in the chunk they came in. Only the frame that straddles two
// chunks is completed in a buffer of its own; the rest of the chunk is never copied, and no byte
// is looked at twice. Knows nothing of what frames mean.

/** Receives what the framer finds; it may change the framer's settings from within a call. */
export interface FrameSink {
  /** Handles a protocol header. `protocol`: 0 AMQP, 2 TLS, 3 SASL. The version is unchecked. */
  onProtocolHeader(protocol: number, major: number, minor: number, revision: number): void;
  /**
   * Handles one frame, whose body is `buffer[start…end)`; an empty body is a heart-beat.
   *
   * @param type - 0 AMQP, 1 SASL
   * @param borrowed - the buffer is a read buffer: copy what outlives the turn. Otherwise it was
   * made for this frame and may be kept.
   */
  onFrame(
    type: number,
    channel: number,
    buffer: Buffer,
    start: number,
    end: number,
    borrowed: boolean,
  ): void;
}

export const FRAME_TYPE_AMQP = 0;
export const FRAME_TYPE_SASL = 1;
export const PROTOCOL_AMQP = 0;
export const PROTOCOL_SASL = 3;

/** An incremental framer. It begins with a protocol header. */
export declare class Framer {
  /** Bytes of a frame from here on; the engine raises it when open has said a size. */
  frameSizeBytesMax: number;
  constructor(sink: FrameSink, frameSizeBytesMax: number);
  /**
   * Takes the next bytes and calls the sink for all that they complete.
   *
   * @throws {ProtocolError} `amqp:connection:framing-error`; the framer is then stopped.
   */
  absorb(chunk: Buffer): void;
  /** Says that a protocol header comes next, as after a SASL outcome. */
  expectProtocolHeader(): void;
  /** Ignores all bytes from now on, also the rest of a chunk under way. */
  stop(): void;
}

/** The eight bytes of a protocol header, version 1.0.0. */
export declare function protocolHeader(protocol: number): Buffer;
/** A frame without body, the heart-beat. [AMQP 2.4.5] */
export declare const EMPTY_FRAME: Buffer;
/** Writes the size of the frame that begins at `start` and ends at `end`. */
export declare function sealFrame(buffer: Buffer, start: number, end: number): void;
