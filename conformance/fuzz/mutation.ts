// Harms conversations of a protocol whose frames are lines: whole frames are moved, headers exchanged,
// numbers made too large, and last of all bytes are damaged. What is not harmed stays as it was, so
// that most of it still gets deep into an engine.

import type { Dice } from './dice.ts';

type Frames = readonly string[];

/** Makes one stream of bytes out of one or two conversations. */
export function mutate(
  conversations: readonly Frames[],
  words: readonly string[],
  dice: Dice,
): Buffer {
  let frames = [...dice.pick(conversations)];
  if (dice.roll(4) === 0) frames.push(...dice.pick(conversations));
  for (let left = dice.roll(5); left > 0; left--) frames = mutateFrames(frames, words, dice);
  const end = dice.roll(20) === 0 ? '' : '\0';
  let bytes: Buffer = Buffer.from(frames.join('\0') + end, 'utf8');
  if (dice.roll(3) === 0) {
    for (let left = 1 + dice.roll(3); left > 0; left--) bytes = damage(bytes, dice);
  }
  return bytes;
}

function mutateFrames(frames: string[], words: readonly string[], dice: Dice): string[] {
  const at = dice.roll(frames.length);
  const frame = frames[at] ?? '';
  switch (dice.roll(6)) {
    case 0:
      return frames.toSpliced(at, 1);
    case 1:
      return frames.toSpliced(dice.roll(frames.length + 1), 0, frame);
    case 2: {
      const other = dice.roll(frames.length);
      return frames.with(at, frames[other] ?? '').with(other, frame);
    }
    default:
      return frames.with(at, mutateLines(frame, words, dice));
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

function damage(bytes: Buffer, dice: Dice): Buffer {
  if (bytes.length === 0) return bytes;
  const at = dice.roll(bytes.length);
  switch (dice.roll(5)) {
    case 0:
      return bytes.subarray(0, at);
    case 1:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + dice.roll(8))]);
    case 2: {
      const length = dice.roll(64);
      return Buffer.concat([bytes.subarray(0, at + length), bytes.subarray(at)]);
    }
    case 3:
      return Buffer.concat([bytes.subarray(0, at), Buffer.of(dice.roll(256)), bytes.subarray(at)]);
    default: {
      const harmed = Buffer.from(bytes);
      harmed[at] = (harmed[at] ?? 0) ^ (1 << dice.roll(8));
      return harmed;
    }
  }
}
