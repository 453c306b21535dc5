// Makes names and passwords comparable, however a keyboard composed them. [RFC 4013]
//
// Deliberately not here: the check of directions (bidirectional text), for which JavaScript has no
// table. A text that may not be prepared stays as it is, as PostgreSQL does: it still equals itself.

/** Spaces that are not ASCII's. [RFC 3454 C.1.2] */
const SPACES: RegExp = /[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]/g;
/** Mapped to nothing. [RFC 3454 B.1] */
// biome-ignore lint/suspicious/noMisleadingCharacterClass: it is a list, and joins nothing.
const NOTHING: RegExp = /[\u00ad\u034f\u1806\u180b-\u180d\u200c\u200d\u2060\ufe00-\ufe0f\ufeff]/g;
/** Controls, private use, surrogates, non-characters, and marks of direction. [RFC 3454 C.2-C.9] */
const PROHIBITED: RegExp =
  /\u0340|\u0341|[\p{Cc}\p{Co}\p{Cs}\p{Noncharacter_Code_Point}\u200e\u200f\u2028-\u202e\u206a-\u206f\u2ff0-\u2ffb\ufff9-\ufffd\u{e0001}\u{e0020}-\u{e007f}]/u;
const ASCII: RegExp = /^[\x20-\x7e]*$/;

/** Prepares a name or a password. */
export function saslprep(text: string): string {
  if (ASCII.test(text)) return text;
  const prepared = text.replace(SPACES, ' ').replace(NOTHING, '').normalize('NFKC');
  return prepared === '' || PROHIBITED.test(prepared) ? text : prepared;
}
