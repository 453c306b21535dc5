// Trees of elements with a name, and the two ways in which ActiveMQ spells one for STOMP clients: XML,
// and JSON in which an object's members are elements and an array repeats one.
//
//     <entry><string>n</string><int>1</int></entry>      {"entry":{"string":"n","int":1}}
//     <entry><string>a</string><string>b</string></entry> {"entry":{"string":["a","b"]}}
//
// As much of XML as a serialiser writes: no document type, no name-spaces; attributes are skipped.

/** An element; its text counts if it has no children. */
export interface Element {
  readonly name: string;
  readonly children: readonly Element[];
  readonly text: string;
}

const DEPTH_MAX = 64;
const ENTITIES: Readonly<Record<string, string>> = {
  lt: '<',
  gt: '>',
  amp: '&',
  quot: '"',
  apos: "'",
};
/** A comment or instruction, character data, a tag, or text. */
const TOKEN: RegExp =
  /<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<!\[CDATA\[([\s\S]*?)\]\]>|<(\/?)([^\s<>/!?]+)(?:\s[^<>]*?)?(\/?)>|([^<]+)/gy;

/** @throws {Error} with what is wrong */
export function readXml(text: string): Element {
  interface Draft extends Element {
    readonly children: Element[];
    text: string;
  }
  const top: Draft = { name: '', children: [], text: '' };
  const open: Draft[] = [top];
  let at = 0;
  TOKEN.lastIndex = 0;
  for (let token = TOKEN.exec(text); token !== null; token = TOKEN.exec(text)) {
    at = TOKEN.lastIndex;
    const [, data, closing, name, closed, plain] = token;
    const inner = open[open.length - 1] ?? top;
    if (data !== undefined) inner.text += data;
    else if (plain !== undefined) inner.text += decode(plain);
    else if (name === undefined) continue;
    else if (closing === '/') {
      if (inner.name !== name || open.length === 1) throw new Error(`</${name}> is out of place`);
      open.pop();
    } else {
      const element: Draft = { name, children: [], text: '' };
      inner.children.push(element);
      if (closed !== '/') open.push(element);
      if (open.length > DEPTH_MAX) throw new Error('it is nested too deeply');
    }
  }
  const [root, second] = top.children;
  if (at < text.length) throw new Error(`it is not XML at character ${at}`);
  if (open.length > 1 || root === undefined || second !== undefined) {
    throw new Error('it is not one whole XML element');
  }
  return root;
}

/** @throws {Error} if it is not an object with one member */
export function readElements(value: unknown): Element {
  const [root, second] = childrenOf(value, 0);
  if (root === undefined || second !== undefined) throw new Error('it is not one element');
  return root;
}

export function writeXml({ name, children, text }: Element): string {
  if (children.length === 0 && text === '') return `<${name}/>`;
  return `<${name}>${children.length > 0 ? children.map(writeXml).join('') : encode(text)}</${name}>`;
}

/** The text of an element's members in JSON. */
export function writeElements(element: Element): string {
  return `{${JSON.stringify(element.name)}:${valueText(element)}}`;
}

function valueText({ name, children, text }: Element): string {
  if (children.length === 0) return BARE.has(name) && text !== '' ? text : JSON.stringify(text);
  const members = new Map<string, string[]>();
  for (const child of children) {
    const values = members.get(child.name) ?? [];
    members.set(child.name, [...values, valueText(child)]);
  }
  const written = [...members].map(([member, values]) => {
    const [only = ''] = values;
    return `${JSON.stringify(member)}:${values.length === 1 ? only : `[${values.join(',')}]`}`;
  });
  return `{${written.join(',')}}`;
}

/** Elements whose text JSON can say without quotes. */
const BARE: ReadonlySet<string> = new Set(['int', 'long', 'short', 'byte', 'boolean']);

function childrenOf(value: unknown, depth: number): Element[] {
  if (depth > DEPTH_MAX) throw new Error('it is nested too deeply');
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Error('expected an object');
  }
  return Object.entries(value).flatMap(([name, member]: [string, unknown]) =>
    (Array.isArray(member) ? member : [member]).map((one: unknown): Element => {
      if (typeof one === 'object' && one !== null) {
        return { name, children: childrenOf(one, depth + 1), text: '' };
      }
      return { name, children: [], text: one === null ? '' : String(one) };
    }),
  );
}

function decode(text: string): string {
  return text.replace(/&(?:#(\d+)|#x([0-9a-fA-F]+)|(\w+));/g, (_, decimal, hex, name) => {
    if (name !== undefined) {
      const meaning = ENTITIES[name];
      if (meaning === undefined) throw new Error(`it has an unknown entity &${name};`);
      return meaning;
    }
    const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
    if (code > 0x10ffff) throw new Error(`it has a character beyond all others, ${code}`);
    return String.fromCodePoint(code);
  });
}

function encode(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what has no other spelling
  return text.replace(/[<>&\x00-\x08\x0b-\x1f]/g, (character) => {
    if (character === '<') return '&lt;';
    if (character === '>') return '&gt;';
    return character === '&' ? '&amp;' : `&#${character.charCodeAt(0)};`;
  });
}
