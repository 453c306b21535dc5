// What may be the name of a property: what could stand in a selector as an identifier.
// [JMS 3.5.1, 3.8.1.1]

import { IllegalArgumentException } from './errors.ts';

const PLAIN = /^[A-Za-z_$][A-Za-z0-9_$]*$/;
const IDENTIFIER = /^[\p{L}\p{Nl}\p{Sc}\p{Pc}][\p{L}\p{N}\p{Sc}\p{Pc}\p{Mn}\p{Mc}\p{Cf}]*$/u;
// As they are written in the specification: selectors take them in any case, but a property named
// `true` is one that programs have, and it is lost to selectors only.
const RESERVED = /^(?:NULL|TRUE|FALSE|NOT|AND|OR|BETWEEN|LIKE|IN|IS|ESCAPE)$/;

/**
 * Checks the name of a property.
 *
 * @throws {IllegalArgumentException} for null, the empty name, reserved words (in capitals), and what
 * is not an identifier of Java
 */
export function checkPropertyName(name: string): void {
  if (typeof name !== 'string' || name === '') {
    throw new IllegalArgumentException('a property needs a name, got null or the empty string');
  }
  if (!PLAIN.test(name) && !IDENTIFIER.test(name)) {
    throw new IllegalArgumentException(
      `'${name}' is not a property name: letters, digits, _ and $, no digit first [JMS 3.5.1]`,
    );
  }
  if (name.length <= 7 && RESERVED.test(name)) {
    throw new IllegalArgumentException(
      `'${name}' is a reserved word of selectors, not a property name [JMS 3.5.1]`,
    );
  }
}
