// The parser of STOMP alone: frames as a client sends them, cut as a socket cuts them.

import { Command } from '../../gateway/stomp/names.ts';
import { FrameParser } from '../../gateway/stomp/parser.ts';
import { perMessage, type Scenario } from './figure.ts';

const COUNT = 100_000;
const CHUNK = 64 * 1024;
/** 1.5 million frames a second. */
const TARGET_NS = 1e9 / 1.5e6;

function reading(lines: string, body: string): () => void {
  const bytes = Buffer.from(`${lines}\n${body}\0`.repeat(COUNT));
  const parser = new FrameParser(64 * 1024, 1 << 20);
  return () => {
    let frames = 0;
    for (let at = 0; at < bytes.length; at += CHUNK) {
      parser.push(bytes.subarray(at, at + CHUNK));
      while (parser.next()) if (parser.frame.command === Command.SEND) frames++;
    }
    if (frames !== COUNT) throw new Error(`expected ${COUNT} frames, came ${frames}`);
  };
}

const SEND = 'SEND\ndestination:/queue/orders\n';

export const frames: readonly Scenario[] = [
  {
    name: 'stomp-parser',
    play: () => {
      const kib = 'x'.repeat(1024);
      const lengthy = `${SEND}content-length:1024\npersistent:true\nreceipt:1234567\n`;
      const small = 'x'.repeat(20);
      return [
        perMessage('STOMP frame of 1 KiB with a length', COUNT, reading(lengthy, kib), {
          target: TARGET_NS,
        }),
        perMessage('STOMP frame of 1 KiB without a length', COUNT, reading(SEND, kib)),
        perMessage('STOMP frame of 20 bytes', COUNT, reading(SEND, small), { target: TARGET_NS }),
      ];
    },
  },
];
