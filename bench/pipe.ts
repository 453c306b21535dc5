/**
 * One TCP connection of the load generator.
 *
 * Owns the socket and its one read buffer: bytes are shown to whoever listens and are gone when the
 * listener returns, so nothing is allocated for what arrives. During a handshake the same bytes can
 * be awaited piece by piece. Knows no protocol.
 *
 * Invariant: every byte is shown exactly once, in order, either to `read`/`readTo` or to the listener.
 */

import { connect, type Socket } from 'node:net';

const READ_BUFFER_BYTES = 256 * 1024;
const NOTHING = Buffer.alloc(0);

/** Takes bytes as they come; they may be overwritten as soon as it returns. */
export type Listener = (bytes: Buffer) => void;

/** A connection that either is read step by step (a handshake) or pours into one listener. */
export class Pipe {
  /** Told once, when the connection ends before {@link close} or a listener throws. */
  onFailed: ((reason: Error) => void) | undefined;
  #socket!: Socket;
  #listener: Listener | undefined;
  #held: Buffer = NOTHING;
  #wake: (() => void) | undefined;
  #failure: Error | undefined;
  #closing = false;

  /** Connects to the host and port of `url`. */
  static open(url: URL, readBufferBytes: number = READ_BUFFER_BYTES): Promise<Pipe> {
    const pipe = new Pipe();
    const buffer = Buffer.allocUnsafeSlow(readBufferBytes);
    return new Promise((resolve, reject) => {
      pipe.#socket = connect({
        host: url.hostname,
        port: Number(url.port),
        noDelay: true,
        onread: { buffer, callback: (length) => pipe.#arrived(buffer.subarray(0, length)) },
      });
      pipe.#socket.once('connect', () => resolve(pipe));
      pipe.#socket.on('error', (error) => {
        reject(new Error(`${url.host}: ${error.message}`, { cause: error }));
        pipe.fail(error);
      });
      pipe.#socket.on('close', () => pipe.fail(new Error(`${url.host} closed the connection`)));
    });
  }

  /** Writes bytes that the caller leaves alone until `written` is called. */
  write(bytes: Buffer, written?: () => void): void {
    if (written) this.#socket.write(bytes, written);
    else this.#socket.write(bytes);
  }

  /** Waits for exactly `length` bytes; for handshakes only. */
  async read(length: number): Promise<Buffer> {
    await this.#until(() => this.#held.length >= length);
    return this.#cut(length);
  }

  /** Waits for the bytes before the next `byte`, which is eaten; for handshakes only. */
  async readTo(byte: number): Promise<Buffer> {
    await this.#until(() => this.#held.includes(byte));
    const bytes = this.#cut(this.#held.indexOf(byte) + 1);
    return bytes.subarray(0, -1);
  }

  /** Ends the handshake: what has come and what will come goes to `listener`. */
  pour(listener: Listener): void {
    const held = this.#held;
    this.#held = NOTHING;
    this.#listener = listener;
    if (held.length > 0) this.#arrived(held);
  }

  /** Declares the connection useless and says why to whoever waits on it. */
  fail(reason: Error): void {
    if (this.#closing || this.#failure) return;
    this.#failure = reason;
    this.#socket.destroy();
    this.#wake?.();
    this.onFailed?.(reason);
  }

  /** Reads nothing more until {@link resume}, so that the peer is held up. */
  pause(): void {
    this.#socket.pause();
  }

  /** Reads on. */
  resume(): void {
    this.#socket.resume();
  }

  /** Sends `goodbye`, if any, and closes. */
  close(goodbye: Buffer = NOTHING): void {
    this.#closing = true;
    this.#socket.end(goodbye);
    this.#socket.unref();
  }

  #arrived(bytes: Buffer): boolean {
    if (this.#closing) return true;
    if (this.#listener) {
      try {
        this.#listener(bytes);
      } catch (error) {
        this.fail(error instanceof Error ? error : new Error(String(error)));
      }
    } else {
      this.#held = Buffer.concat([this.#held, bytes]);
      this.#wake?.();
    }
    return true;
  }

  async #until(enough: () => boolean): Promise<void> {
    while (!enough()) {
      if (this.#failure) throw this.#failure;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = undefined;
    }
  }

  #cut(length: number): Buffer {
    const bytes = this.#held.subarray(0, length);
    this.#held = this.#held.subarray(length);
    return bytes;
  }
}
