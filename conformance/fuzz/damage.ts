// Damages bytes that nobody looks into: cuts, holes, repetitions, strange bytes and flipped bits.

import type { Dice } from './dice.ts';
import type { Piece } from './recording.ts';

/** Damages one piece, in its place. */
export function damage(pieces: Piece[], dice: Dice): void {
  const at = dice.roll(Math.max(1, pieces.length));
  const piece = pieces[at];
  if (piece !== undefined) pieces[at] = { ...piece, bytes: damaged(piece.bytes, dice) };
}

function damaged(bytes: Buffer, dice: Dice): Buffer {
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
