// Message selectors. [JMS 3.8.1]

export type { PropertyReader, Selectable } from './selectable.ts';
export {
  parseSelector,
  type RequiredEquality,
  Selector,
  type SelectorOptions,
} from './selector.ts';
