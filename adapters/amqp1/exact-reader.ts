// Reads AMQP values without loss: rhea's reader, but for whole numbers of 64 bits, which become
// bigints, and for arrays that claim more items than there are bytes.

import { type Typed, types } from './rhea.ts';

const EIGHT_BYTES = 8;

export class ExactReader extends types.Reader {
  override read_fixed_width(type: Typed['type']): unknown {
    const at = this.position;
    switch (type.name) {
      case 'Long':
      case 'Timestamp':
        this.position += EIGHT_BYTES;
        return this.buffer.readBigInt64BE(at);
      case 'Ulong':
        this.position += EIGHT_BYTES;
        return this.buffer.readBigUInt64BE(at);
      default:
        return super.read_fixed_width(type);
    }
  }

  override read_array_items(count: number, type: Typed['type']): unknown[] {
    if (count > this.buffer.length) {
      throw new RangeError(`an array of ${count} items in ${this.buffer.length} bytes`);
    }
    return super.read_array_items(count, type);
  }
}
