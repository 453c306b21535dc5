// Selectors for Artemis over STOMP. It does not translate the names of JMS headers there.

import { inArtemisWords } from '../artemis-words.ts';
import * as Own from './own-header.ts';

const NAMES: ReadonlyMap<string, string> = new Map([
  ['JMSMessageID', Own.MESSAGE_ID],
  ['JMSXGroupID', '_AMQ_GROUP_ID'],
]);

/**
 * @param connectionId - nothing that this connection sent is to come
 */
export function artemisSelector(selector: string, connectionId: string | undefined): string {
  let hyphens = '';
  const said = inArtemisWords(selector, (name) => {
    // Our header of it has a hyphen in its name.
    if (name === 'JMSMessageID') hyphens = 'hyphenated_props:';
    return NAMES.get(name);
  });
  const foreign =
    connectionId === undefined
      ? said
      : `(${said}) AND (__AMQ_CID IS NULL OR __AMQ_CID NOT IN ('${connectionId}'))`;
  return `convert_string_expressions:${hyphens}${foreign}`;
}
