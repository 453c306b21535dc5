// The objects in a stream of java.io.ObjectOutputStream, as data: the names of their classes, and their
// fields. No class is looked for, and nothing of a class runs. Objects lie in each other no deeper than
// DEPTH_MAX; what is written takes time and memory in proportion to its bytes.
// [Java Object Serialization 6.4]

import { type JavaBytes, Tag, unexpected } from './java-bytes.ts';

/** What an object is made of. */
export type JavaValue = null | boolean | number | bigint | string | JavaObject;

/** An object: its class, and its fields; of an array or an enum the class alone. */
export interface JavaObject {
  readonly className: string;
  readonly fields: ReadonlyMap<string, JavaValue>;
}

interface JavaClass {
  readonly className: string;
  readonly flags: number;
  readonly fields: readonly { readonly code: string; readonly name: string }[];
  readonly parent: JavaClass | undefined;
  /** How many classes are above it. */
  readonly height: number;
}

/** How deep objects, and classes above classes, may lie in each other. */
const DEPTH_MAX = 32;
const FIRST_HANDLE = 0x7e0000;

const Flag = { writes: 1, serializable: 2, externalizable: 4, inBlocks: 8 } as const;

/** Bytes of a primitive value, by the code of its type. */
const WIDTHS: Readonly<Record<string, number>> = { B: 1, Z: 1, C: 2, S: 2, I: 4, F: 4, J: 8, D: 8 };

/** A class in the row of what may be referred to. */
interface Described {
  readonly described: JavaClass;
}

export class JavaObjects {
  readonly #bytes: JavaBytes;
  readonly #handles: (JavaValue | Described)[] = [];
  #depth = 0;

  constructor(bytes: JavaBytes) {
    this.#bytes = bytes;
  }

  /** @throws {Error} if there is none, or one of a kind that is not read */
  read(tag: number = this.#bytes.tag()): JavaValue {
    if (++this.#depth > DEPTH_MAX) throw new Error('Java objects lie too deep in each other');
    const value = this.#valueOf(tag);
    this.#depth--;
    return value;
  }

  #valueOf(tag: number): JavaValue {
    switch (tag) {
      case Tag.nothing:
        return null;
      case Tag.reference: {
        const found = this.#referred();
        return isDescribed(found) ? unexpected(tag, 'an object, and no class') : found;
      }
      case Tag.string:
        return this.#remember(this.#bytes.text());
      case Tag.longString:
        return this.#remember(this.#bytes.longText());
      case Tag.object:
        return this.#object();
      case Tag.array:
        return this.#array();
      case Tag.enumConstant: {
        const { className } = this.#classOf();
        const constant = this.#remember({ className, fields: new Map() });
        this.read();
        return constant;
      }
      default:
        return unexpected(tag, 'an object');
    }
  }

  #referred(): JavaValue | Described {
    const found = this.#handles[this.#bytes.int() - FIRST_HANDLE];
    if (found !== undefined) return found;
    throw new Error('a Java stream refers to what was not there before');
  }

  #remember<T extends JavaValue>(value: T): T {
    this.#handles.push(value);
    return value;
  }

  #object(): JavaObject {
    const chain: JavaClass[] = [];
    const { className } = this.#classOf(chain);
    const fields = new Map<string, JavaValue>();
    const object = this.#remember({ className, fields });
    for (const one of chain) this.#fieldsOf(one, fields);
    return object;
  }

  #fieldsOf({ flags, fields }: JavaClass, into: Map<string, JavaValue>): void {
    if ((flags & Flag.serializable) !== 0) {
      for (const { code, name } of fields) into.set(name, this.#field(code));
      if ((flags & Flag.writes) !== 0) this.#skipAnnotation();
    } else if ((flags & Flag.externalizable) !== 0) {
      if ((flags & Flag.inBlocks) === 0) throw new Error('a Java object is written in its own way');
      this.#skipAnnotation();
    }
  }

  #field(code: string): JavaValue {
    const width = WIDTHS[code];
    if (width === undefined) return this.read();
    const bytes = this.#bytes.take(width);
    switch (code) {
      case 'Z':
        return bytes[0] !== 0;
      case 'C':
        return String.fromCharCode(bytes.readUInt16BE());
      case 'J':
        return bytes.readBigInt64BE();
      case 'F':
        return bytes.readFloatBE();
      case 'D':
        return bytes.readDoubleBE();
      default:
        return bytes.readIntBE(0, width);
    }
  }

  #array(): JavaObject {
    const { className } = this.#classOf();
    const array = this.#remember({ className, fields: new Map() });
    const width = WIDTHS[className.charAt(1)];
    const count = this.#bytes.need(this.#bytes.int());
    if (width !== undefined) this.#bytes.skip(count * width);
    else for (let n = 0; n < count; n++) this.read();
    return array;
  }

  /** What a class writes beside its fields. */
  #skipAnnotation(): void {
    for (;;) {
      const tag = this.#bytes.tag();
      if (tag === Tag.end) return;
      const size = this.#bytes.blockSize(tag);
      if (size === undefined) this.read(tag);
      else this.#bytes.skip(size);
    }
  }

  /** @param chain - takes the class and those above it, the uppermost first */
  #classOf(chain: JavaClass[] = []): JavaClass {
    const found = this.#description();
    if (found === undefined) return unexpected(Tag.nothing, 'a class');
    for (let one: JavaClass | undefined = found; one !== undefined; one = one.parent) {
      chain.unshift(one);
    }
    return found;
  }

  #description(): JavaClass | undefined {
    const tag = this.#bytes.tag();
    if (tag === Tag.nothing) return undefined;
    if (tag === Tag.reference) {
      const found = this.#referred();
      return isDescribed(found) ? found.described : unexpected(tag, 'a class');
    }
    if (tag !== Tag.classDescription) return unexpected(tag, 'a class');
    if (++this.#depth > DEPTH_MAX) throw new Error('Java classes lie too deep in each other');
    const className = this.#bytes.text();
    // 8 bytes tell two versions of a class apart.
    this.#bytes.skip(8);
    const place = this.#handles.push(null) - 1;
    const flags = this.#bytes.tag();
    const fields = this.#fieldNames();
    this.#skipAnnotation();
    const parent = this.#description();
    const height = parent === undefined ? 0 : parent.height + 1;
    if (height > DEPTH_MAX) throw new Error('too many Java classes above each other');
    const described = { className, flags, fields, parent, height };
    this.#depth--;
    this.#handles[place] = { described };
    return described;
  }

  #fieldNames(): JavaClass['fields'] {
    const fields: { code: string; name: string }[] = [];
    for (let left = this.#bytes.short(); left > 0; left--) {
      const code = String.fromCharCode(this.#bytes.tag());
      fields.push({ code, name: this.#bytes.text() });
      if (code === 'L' || code === '[') this.read();
      else if (WIDTHS[code] === undefined) throw new Error(`Java has no type '${code}'`);
    }
    return fields;
  }
}

function isDescribed(value: JavaValue | Described): value is Described {
  return typeof value === 'object' && value !== null && 'described' in value;
}
