// How header names and values are spelled in each version of STOMP. [STOMP 1.2 Value Encoding]

const MEANING: Readonly<Record<string, string>> = { '\\': '\\', n: '\n', c: ':', r: '\r' };

/** Reads a name or value. What is no escape stays as it is: some brokers forget to escape. */
export function readSpelling(text: string, version: string): string {
  if (version === '1.0' || !text.includes('\\')) return text;
  return text.replace(/\\([\s\S])/g, (spelled, letter: string) => MEANING[letter] ?? spelled);
}

/** Writes a name or value. No version can say NUL, and 1.0 no line end: see {@link isSayable}. */
export function writeSpelling(text: string, version: string): string {
  if (version === '1.0' || !/[\\\n\r:]/.test(text)) return text;
  const escaped = text.replace(/\\/g, '\\\\').replace(/\n/g, '\\n').replace(/:/g, '\\c');
  return version === '1.1' ? escaped : escaped.replace(/\r/g, '\\r');
}

/** Tells whether a header line can carry this text unchanged, whatever the broker trims. */
export function isSayable(text: string, version: string): boolean {
  if (text.includes('\0') || /\p{Surrogate}/u.test(text)) return false;
  if (version === '1.0') return !/[\n\r:]|^\s|\s$/.test(text);
  return version !== '1.1' || !text.includes('\r');
}
