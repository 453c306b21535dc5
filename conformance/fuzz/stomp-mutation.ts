// Harms conversations of a protocol whose frames are lines: whole frames are moved, headers exchanged,
// numbers made too large, and last of all bytes are damaged. What is not harmed stays as it was, so
// that most of it still gets deep into an engine.

import { damage } from './damage.ts';
import type { Dice } from './dice.ts';
import type { Piece, Stream } from './recording.ts';

/** A frame without its NUL; each character is a byte. */
export interface StompFrame {
  readonly connection: number;
  readonly text: string;
}

/** Cuts what each connection said at its NULs. */
export function stompFramesOf(stream: Stream): StompFrame[] {
  const rests = new Map<number, string>();
  return stream.flatMap(({ connection, bytes }) => {
    const parts = ((rests.get(connection) ?? '') + bytes.toString('latin1')).split('\0');
    rests.set(connection, parts.pop() ?? '');
    return parts.map((text) => ({ connection, text }));
  });
}

/** Makes one stream out of one or two conversations; returns how many frames it harmed as well. */
export function mutateStomp(
  conversations: readonly (readonly StompFrame[])[],
  words: readonly string[],
  dice: Dice,
): [Stream, number] {
  let frames = [...dice.pick(conversations)];
  if (dice.roll(4) === 0) frames.push(...dice.pick(conversations));
  let harmed = dice.roll(5);
  for (let left = harmed; left > 0; left--) frames = mutateFrames(frames, words, dice);
  const pieces: Piece[] = frames.map(({ connection, text }) => ({
    connection,
    bytes: Buffer.from(`${text}\0`, 'latin1'),
  }));
  if (dice.roll(3) === 0) {
    const times = 1 + dice.roll(3);
    harmed += times;
    for (let left = times; left > 0; left--) damage(pieces, dice);
  }
  return [pieces, harmed];
}

function mutateFrames(frames: StompFrame[], words: readonly string[], dice: Dice): StompFrame[] {
  const at = dice.roll(frames.length);
  const frame = frames[at];
  if (frame === undefined) return frames;
  switch (dice.roll(6)) {
    case 0:
      return frames.toSpliced(at, 1);
    case 1:
      return frames.toSpliced(dice.roll(frames.length + 1), 0, frame);
    case 2: {
      const other = dice.roll(frames.length);
      return frames.with(at, frames[other] ?? frame).with(other, frame);
    }
    default:
      return frames.with(at, { ...frame, text: mutateLines(frame.text, words, dice) });
  }
}

function mutateLines(frame: string, words: readonly string[], dice: Dice): string {
  const lines = frame.split('\n');
  const at = dice.roll(lines.length);
  const line = lines[at] ?? '';
  const colon = line.indexOf(':');
  switch (dice.roll(7)) {
    case 0:
      return lines.toSpliced(at, 1).join('\n');
    case 1:
      return lines.toSpliced(dice.roll(lines.length), 0, line).join('\n');
    case 2:
      return lines.toSpliced(at, 0, `${dice.pick(words)}:${dice.pick(words)}`).join('\n');
    case 3:
      return lines.with(at, line.slice(0, colon + 1) + dice.pick(words)).join('\n');
    case 4:
      return lines.with(at, dice.pick(words) + line.slice(Math.max(0, colon))).join('\n');
    case 5:
      return lines
        .with(
          at,
          line.replace(/\d+/, (digits) => nearby(digits, dice)),
        )
        .join('\n');
    default:
      return lines.with(at, line + dice.pick(words)).join('\n');
  }
}

function nearby(digits: string, dice: Dice): string {
  const number = Number(digits);
  return String(
    dice.pick([number + 1, number - 1, number * 2, -number, number + 0.5, number * 1e9]),
  );
}
