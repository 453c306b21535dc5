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
  JMSXDeliveryCount: 14,
  JMSXGroupFirstForConsumer: 15,
  'original-destination': 16,
  browser: 17,
  'reply-to': 18,
  transformation: 19,
  AMQ_SCHEDULED_DELAY: 20,
  AMQ_SCHEDULED_PERIOD: 21,
  AMQ_SCHEDULED_REPEAT: 22,
  AMQ_SCHEDULED_CRON: 23,
  AMQ_SCHEDULED_TIME: 24,
  JMSXGroupID: 25,
  JMSXGroupSeq: 26,
  expiration: 27,
  'destination-type': 28,
  _AMQ_DUPL_ID: 29,
  // Those from 32 on have no meaning of their own on SEND.
  id: 32,
  requeue: 33,
  'accept-version': 34,
  'heart-beat': 35,
  login: 36,
  passcode: 37,
  'client-id': 38,
  'request-id': 39,
  compat: 40,
  outcome: 41,
} as const;

/** The last header that means something on SEND. */
export const LAST_OF_SEND = 31;

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
