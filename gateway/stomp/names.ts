// The words of STOMP that we know, and how to recognise one in a buffer without making a string.

/** The commands of clients. [STOMP 1.2 Client Frames] */
export const Command = {
  CONNECT: 0,
  STOMP: 1,
  SEND: 2,
  SUBSCRIBE: 3,
  UNSUBSCRIBE: 4,
  ACK: 5,
  NACK: 6,
  BEGIN: 7,
  COMMIT: 8,
  ABORT: 9,
  DISCONNECT: 10,
} as const;

/** The headers that mean something to the broker; all others are properties of a message. */
export const Header = {
  destination: 0,
  'content-length': 1,
  receipt: 2,
  persistent: 3,
  priority: 4,
  expires: 5,
  timestamp: 6,
  transaction: 7,
  'message-id': 8,
  subscription: 9,
  redelivered: 10,
  ack: 11,
  'receipt-id': 12,
  JMSXUserID: 13,
  'reply-to': 14,
  transformation: 15,
  AMQ_SCHEDULED_DELAY: 16,
  AMQ_SCHEDULED_PERIOD: 17,
  AMQ_SCHEDULED_REPEAT: 18,
  AMQ_SCHEDULED_CRON: 19,
  // Those below never appear on SEND with a meaning of their own.
  id: 20,
  requeue: 21,
  'accept-version': 22,
  'heart-beat': 23,
  login: 24,
  passcode: 25,
  'client-id': 26,
  'activemq.prefetchSize': 27,
  'prefetch-count': 28,
} as const;

/** Not a word we know. */
export const UNKNOWN = -1;

interface Word {
  readonly bytes: Buffer;
  readonly code: number;
}

class Vocabulary {
  readonly #byLength: (Word[] | undefined)[] = [];

  constructor(words: Readonly<Record<string, number>>) {
    for (const [word, code] of Object.entries(words)) {
      const bytes = Buffer.from(word);
      const others = this.#byLength[bytes.length] ?? [];
      this.#byLength[bytes.length] = [...others, { bytes, code }];
    }
  }

  /**
   * Finds the word that stands in `buffer` from `start` to `end`, or {@link UNKNOWN}.
   *
   * Hot: once per header of each message; a string and a Map look-up would cost ten times as much.
   */
  codeOf(buffer: Buffer, start: number, end: number): number {
    const words = this.#byLength[end - start];
    if (words === undefined) return UNKNOWN;
    for (let index = 0; index < words.length; index++) {
      const { bytes, code } = words[index] as Word;
      let at = 0;
      while (at < bytes.length && bytes[at] === buffer[start + at]) at++;
      if (at === bytes.length) return code;
    }
    return UNKNOWN;
  }
}

export const commands: Vocabulary = new Vocabulary(Command);
export const headers: Vocabulary = new Vocabulary(Header);

const COMMAND_NAMES = Object.keys(Command);

/** The name of a command, for people. */
export function commandName(command: number): string {
  return COMMAND_NAMES[command] ?? '?';
}
