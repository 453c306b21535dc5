// Patterns over names whose levels are parted by dots: `*` stands for one level, `>` and `#` for any
// number of levels, none included.
//
//     prices.*      prices.eu               not prices, not prices.eu.bonds
//     prices.>      prices, prices.eu, prices.eu.bonds
//     #.bonds       bonds, prices.eu.bonds

const REST = new Set(['>', '#']);

/** True if a name has a wildcard level. */
export function isPattern(name: string): boolean {
  // Hot: nearly no name has one of these characters.
  if (!/[*>#]/.test(name)) return false;
  return name.split('.').some((level) => level === '*' || REST.has(level));
}

export function matches(pattern: string, name: string): boolean {
  return matchLevels(pattern.split('.'), 0, name.split('.'), 0);
}

/** Patterns sort by this from the general to the special; a plain name is the most special. */
export function specificity(pattern: string): number {
  let sum = 0;
  for (const level of pattern.split('.')) {
    if (REST.has(level)) sum -= 1;
    else sum += level === '*' ? 2 : 1_000;
  }
  return isPattern(pattern) ? sum : Number.MAX_SAFE_INTEGER;
}

function matchLevels(pattern: string[], p: number, name: string[], n: number): boolean {
  const level = pattern[p];
  if (level === undefined) return n === name.length;
  if (REST.has(level)) {
    if (p === pattern.length - 1) return true;
    for (let at = n; at <= name.length; at++) {
      if (matchLevels(pattern, p + 1, name, at)) return true;
    }
    return false;
  }
  if (n === name.length) return false;
  return (level === '*' || level === name[n]) && matchLevels(pattern, p + 1, name, n + 1);
}

interface Node<T> {
  readonly children: Map<string, Node<T>>;
  readonly values: Set<T>;
}

/** Patterns in a tree by level: which of them match a name is found without trying each. */
export class PatternTree<T> {
  readonly #root: Node<T> = { children: new Map(), values: new Set() };

  add(pattern: string, value: T): void {
    let node = this.#root;
    for (const level of pattern.split('.')) {
      const key = level === '#' ? '>' : level;
      let child = node.children.get(key);
      if (child === undefined) {
        child = { children: new Map(), values: new Set() };
        node.children.set(key, child);
      }
      node = child;
    }
    node.values.add(value);
  }

  remove(pattern: string, value: T): void {
    this.#remove(this.#root, pattern.split('.'), 0, value);
  }

  /** The values of all patterns that match a name. */
  match(name: string): Set<T> {
    const found = new Set<T>();
    this.#match(this.#root, name.split('.'), 0, found);
    return found;
  }

  #match(node: Node<T>, levels: string[], at: number, found: Set<T>): void {
    const rest = node.children.get('>');
    if (rest !== undefined) {
      for (let skip = at; skip <= levels.length; skip++) this.#match(rest, levels, skip, found);
    }
    const level = levels[at];
    if (level === undefined) {
      for (const value of node.values) found.add(value);
      return;
    }
    const exact = node.children.get(level);
    if (exact !== undefined) this.#match(exact, levels, at + 1, found);
    const any = node.children.get('*');
    if (any !== undefined) this.#match(any, levels, at + 1, found);
  }

  /** True if the node is empty then. */
  #remove(node: Node<T>, levels: string[], at: number, value: T): boolean {
    const level = levels[at];
    if (level === undefined) node.values.delete(value);
    else {
      const key = level === '#' ? '>' : level;
      const child = node.children.get(key);
      if (child !== undefined && this.#remove(child, levels, at + 1, value)) {
        node.children.delete(key);
      }
    }
    return node.values.size === 0 && node.children.size === 0;
  }
}
