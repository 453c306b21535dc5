// A copy of a message that is to be sent once more, perhaps: what comes over the seam is valid during
// the call only.

import type { BodyData, MessageData } from '#jms-api';

const NONE: MessageData['properties'] = new Map();

/** Returns what nobody else can change. */
export function copyOf(message: MessageData): MessageData {
  const { properties, correlationId } = message;
  return {
    ...message,
    correlationId:
      correlationId instanceof Uint8Array ? new Uint8Array(correlationId) : correlationId,
    properties: properties.size === 0 ? NONE : new Map(properties),
    body: copyOfBody(message.body),
  };
}

function copyOfBody(body: BodyData): BodyData {
  switch (body.kind) {
    case 'bytes':
      return { kind: 'bytes', bytes: new Uint8Array(body.bytes) };
    case 'object':
      return { ...body, bytes: new Uint8Array(body.bytes) };
    case 'map':
      return { kind: 'map', entries: new Map(body.entries) };
    case 'stream':
      return { kind: 'stream', items: [...body.items] };
    case 'text':
      return { kind: 'text', text: body.text };
    case 'none':
      return body;
  }
}
