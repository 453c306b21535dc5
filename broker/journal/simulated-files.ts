// Files in memory that behave as badly as real ones may. What was written is seen at once, and is
// safe only when synced; a crash keeps, drops or tears each unsynced write at 512 bytes, and keeps
// or drops each unsynced name. A chosen operation fails, once or from then on. Space ends. A read
// flips a bit. Everything follows from the calls and one random function.
//
//     visible   ┌──┬──┬██┬██┬──┐    what a read gives
//     safe      ┌──┬──┬──┬──┬──┐    what is there after a crash; a dirty sector may be either
//     dirty            2  2         sector → the write that made it dirty

import type { Done, Files, OpenFile } from '../files.ts';

const SECTOR = 512;

class Content {
  visible: Buffer = Buffer.alloc(0);
  safe: Buffer = Buffer.alloc(0);
  readonly dirty: Map<number, number> = new Map();
}

type NameChange =
  | { readonly kind: 'create'; readonly path: string; readonly content: Content }
  | { readonly kind: 'remove'; readonly path: string }
  | { readonly kind: 'rename'; readonly path: string; readonly to: string };

/** An error of the system, by its code. */
function failure(code: string, what: string): Error {
  return Object.assign(new Error(`${code}: ${what}`), { code });
}

export class SimulatedFiles implements Files {
  /** How many operations there were. */
  operations = 0;
  /** The operation with this number fails. */
  failAt = 0;
  /** And all after it. */
  failOn = false;
  /** Bytes of all files together; a write beyond fails. */
  capacity: number = Number.POSITIVE_INFINITY;
  /** The next read gets this bit of its first byte that matters turned; once. */
  flipAt: { readonly path: string; readonly offset: number; readonly lasting: boolean } | undefined;
  /** Names of the operations, if wanted. */
  trace: string[] | undefined;
  /** Runs what a disk answers, later; set by the host that uses the files. */
  schedule: (work: () => void) => void = queueMicrotask;
  /** How many hosts have used them. */
  lives = 0;
  readonly #directories: Set<string> = new Set();
  #names: Map<string, Content> = new Map();
  #safeNames: Map<string, Content> = new Map();
  #changes: NameChange[] = [];
  #writes = 0;
  /** Grows with each crash: what was under way before it never ends. */
  #life = 0;

  list(directory: string): string[] {
    this.#operate(`list ${directory}`);
    if (!this.#directories.has(directory)) throw failure('ENOENT', directory);
    const prefix = `${directory}/`;
    const names = [...this.#names.keys()].filter((path) => path.startsWith(prefix));
    return names.map((path) => path.slice(prefix.length));
  }

  makeDirectory(path: string): void {
    this.#operate(`makeDirectory ${path}`);
    this.#directories.add(path);
  }

  open(path: string, mode: 'read' | 'write' | 'create'): OpenFile {
    this.#operate(`open ${path} ${mode}`);
    let content = this.#names.get(path);
    if (mode === 'create') {
      if (content !== undefined) throw failure('EEXIST', path);
      content = new Content();
      this.#names.set(path, content);
      this.#changes.push({ kind: 'create', path, content });
    }
    if (content === undefined) throw failure('ENOENT', path);
    return this.#opened(path, content);
  }

  remove(path: string, done: Done): void {
    this.#later(`remove ${path}`, done, () => {
      if (!this.#names.delete(path)) throw failure('ENOENT', path);
      this.#changes.push({ kind: 'remove', path });
    });
  }

  rename(from: string, to: string, done: Done): void {
    this.#later(`rename ${from} ${to}`, done, () => {
      const content = this.#names.get(from);
      if (content === undefined) throw failure('ENOENT', from);
      this.#names.delete(from);
      this.#names.set(to, content);
      this.#changes.push({ kind: 'rename', path: from, to });
    });
  }

  syncDirectory(path: string, done: Done): void {
    this.#later(`syncDirectory ${path}`, done, () => {
      this.#safeNames = new Map(this.#names);
      this.#changes = [];
    });
  }

  freeBytes(directory: string): number {
    this.#operate(`freeBytes ${directory}`);
    return Math.max(0, this.capacity - this.#used());
  }

  /** The machine loses power: only what is safe is left, and some of the rest, by chance. */
  crash(random: () => number): void {
    this.#life++;
    for (const content of new Set([...this.#names.values(), ...this.#safeNames.values()])) {
      this.#tear(content, random);
    }
    for (const change of this.#changes) if (random() < 0.5) this.#apply(change);
    this.#names = new Map(this.#safeNames);
    this.#changes = [];
    this.failAt = 0;
    this.failOn = false;
  }

  /** The process dies and the machine lives: everything that was written is there. */
  kill(): void {
    this.#life++;
    this.failAt = 0;
    this.failOn = false;
  }

  /** The bytes of a file, to look at or to change as no disk should. */
  bytesOf(path: string): Buffer {
    const content = this.#names.get(path);
    if (content === undefined) throw failure('ENOENT', path);
    return content.visible;
  }

  /** Puts a file there, safely. */
  put(path: string, bytes: Buffer): void {
    const content = new Content();
    content.visible = Buffer.from(bytes);
    content.safe = Buffer.from(bytes);
    this.#names.set(path, content);
    this.#safeNames.set(path, content);
  }

  /** Takes a file away, safely. */
  lose(path: string): void {
    this.#names.delete(path);
    this.#safeNames.delete(path);
  }

  #opened(path: string, content: Content): OpenFile {
    return {
      size: () => content.visible.length,
      read: (into, at) => this.#read(path, content, into, at),
      write: (buffers, at, durable, done) => {
        this.#write(path, content, Buffer.concat(buffers), at, durable, done);
      },
      sync: (done) => {
        const life = this.#life;
        this.#later(`sync ${path}`, done, () => {
          if (life === this.#life) clean(content, [...content.dirty.keys()]);
        });
      },
      close: () => {},
    };
  }

  #read(path: string, content: Content, into: Buffer, at: number): number {
    this.#operate(`read ${path} ${at}+${into.length}`);
    const count = content.visible.copy(into, 0, at);
    const flip = this.flipAt;
    if (flip?.path === path && flip.offset >= at && flip.offset < at + count) {
      into[flip.offset - at] = (into[flip.offset - at] ?? 0) ^ 0x10;
      if (!flip.lasting) this.flipAt = undefined;
    }
    return count;
  }

  #write(
    path: string,
    content: Content,
    bytes: Buffer,
    at: number,
    durable: boolean,
    done: Done,
  ): void {
    const id = ++this.#writes;
    const end = at + bytes.length;
    const grows = Math.max(0, end - content.visible.length);
    const fits = this.#used() + grows <= this.capacity;
    const sectors: number[] = [];
    if (fits) {
      if (grows > 0) content.visible = Buffer.concat([content.visible, Buffer.alloc(grows)]);
      bytes.copy(content.visible, at);
      for (let sector = Math.floor(at / SECTOR); sector * SECTOR < end; sector++) {
        sectors.push(sector);
        content.dirty.set(sector, id);
      }
    }
    this.#later(`write ${path} ${at}+${bytes.length}`, done, () => {
      if (!fits) throw failure('ENOSPC', path);
      if (durable) clean(content, sectors);
    });
  }

  #used(): number {
    let sum = 0;
    for (const content of new Set(this.#names.values())) sum += content.visible.length;
    return sum;
  }

  /** Each write that is not safe is kept, dropped, or torn between two sectors. */
  #tear(content: Content, random: () => number): void {
    const writes = new Map<number, number[]>();
    for (const [sector, id] of content.dirty) {
      const sectors = writes.get(id) ?? [];
      sectors.push(sector);
      writes.set(id, sectors);
    }
    for (const sectors of writes.values()) {
      const choice = Math.floor(random() * 4);
      const at = Math.floor(random() * (sectors.length + 1));
      if (choice === 0) clean(content, sectors);
      else if (choice === 1) clean(content, sectors.slice(0, at));
      else if (choice === 2) clean(content, sectors.slice(at));
    }
    content.visible = Buffer.from(content.safe);
    content.dirty.clear();
  }

  #apply(change: NameChange): void {
    if (change.kind === 'create') this.#safeNames.set(change.path, change.content);
    else if (change.kind === 'remove') this.#safeNames.delete(change.path);
    else {
      const content = this.#safeNames.get(change.path);
      if (content === undefined) return;
      this.#safeNames.delete(change.path);
      this.#safeNames.set(change.to, content);
    }
  }

  /** Counts an operation; throws if it is the one that fails. */
  #operate(name: string): void {
    this.operations++;
    this.trace?.push(name);
    const due = this.operations === this.failAt || (this.failOn && this.operations > this.failAt);
    if (this.failAt > 0 && due) throw failure('EIO', name);
  }

  #later(name: string, done: Done, work: () => void): void {
    const life = this.#life;
    let fails: Error | undefined;
    try {
      this.#operate(name);
    } catch (error) {
      fails = error as Error;
    }
    this.schedule(() => {
      if (life !== this.#life) return;
      try {
        if (fails !== undefined) throw fails;
        work();
      } catch (error) {
        done(error as Error);
        return;
      }
      done(null);
    });
  }
}

/** Makes sectors safe as they are seen now. */
function clean(content: Content, sectors: readonly number[]): void {
  let length = content.safe.length;
  for (const sector of sectors) {
    length = Math.max(length, Math.min((sector + 1) * SECTOR, content.visible.length));
  }
  if (length > content.safe.length) {
    content.safe = Buffer.concat([content.safe, Buffer.alloc(length - content.safe.length)]);
  }
  for (const sector of sectors) {
    const start = sector * SECTOR;
    const end = Math.min(start + SECTOR, content.visible.length);
    content.visible.copy(content.safe, start, start, end);
    content.dirty.delete(sector);
  }
}
