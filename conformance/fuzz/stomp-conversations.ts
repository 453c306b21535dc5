// What clients of STOMP say in whole conversations, frame by frame: the seeds that are mutated. Ids
// in ACKs are what a fresh broker gives, so that unharmed parts of a conversation make sense.

const connect = (version: string, more = ''): string =>
  `CONNECT\naccept-version:${version}\nhost:x\n${more}\n`;
const send = (headers: string, body = 'hello'): string => `SEND\n${headers}\n\n${body}`;
const subscribe = (headers: string): string => `SUBSCRIBE\n${headers}\n\n`;

/** Each is a list of frames, without their NULs. */
export const stompConversations: readonly (readonly string[])[] = [
  [
    connect('1.0,1.1,1.2', 'heart-beat:1000,1000\nclient-id:c\n'),
    subscribe('id:1\ndestination:/queue/q\nack:client-individual\nreceipt:r1'),
    send('destination:/queue/q\nreceipt:r2\npersistent:true\npriority:7\nexpires:9999999999999'),
    send('destination:/queue/q\ncontent-length:5\ncontent-type:text/plain', 'he\0lo'),
    'ACK\nid:1-8\n\n',
    'NACK\nid:1-5\nrequeue:true\n\n',
    'UNSUBSCRIBE\nid:1\n\n',
    'DISCONNECT\nreceipt:bye\n\n',
  ],
  [
    connect('1.1'),
    subscribe('id:a\ndestination:/queue/q\nack:client'),
    ...['1', '2', '3'].map((text) =>
      send(`destination:/queue/q\nn:${text}\nk\\cey:va\\nlue`, text),
    ),
    'BEGIN\ntransaction:t\n\n',
    'ACK\nsubscription:a\nmessage-id:ID\\c0000000000000001\\c2\ntransaction:t\n\n',
    send('destination:/queue/q\ntransaction:t\nreceipt:s'),
    'ABORT\ntransaction:t\nreceipt:ab\n\n',
    'BEGIN\ntransaction:t\n\n',
    'NACK\nsubscription:a\nmessage-id:ID\\c0000000000000001\\c3\ntransaction:t\n\n',
    'COMMIT\ntransaction:t\nreceipt:co\n\n',
  ],
  [
    'CONNECT\nlogin:guest\npasscode:guest\n\n',
    'SUBSCRIBE\ndestination: /topic/a.> \nack: client\n\n',
    send('destination:/topic/a.b\nname : value '),
    'ACK\nmessage-id:ID:0000000000000001:1\n\n',
    'UNSUBSCRIBE\ndestination: /topic/a.> \n\n',
  ],
  [
    connect('1.2', 'client-id:c\n'),
    subscribe(
      "id:1\ndestination:/topic/t\nactivemq.subscriptionName:s\nselector:n > 5 AND x LIKE 'a%'",
    ),
    send('destination:/topic/t\nn:7\nx:abc'),
    'UNSUBSCRIBE\nid:1\n\n',
    send('destination:/topic/t\nn:9\nx:a'),
    subscribe('id:1\ndestination:/topic/t\ndurable-subscription-name:s\nack:client'),
    'UNSUBSCRIBE\nid:1\nactivemq.subscriptionName:s\n\n',
    subscribe('id:2\ndestination:/topic/t\ndurable:true\nauto-delete:false\nshared:true'),
    subscribe('id:3\ndestination:/topic/t\nx-queue-name:work\nno-local:true'),
  ],
  [
    connect('1.2'),
    send('destination:/queue/q\nJMSXGroupID:g\nJMSXGroupSeq:1'),
    send(
      'destination:/queue/q\nAMQ_SCHEDULED_DELAY:5\nAMQ_SCHEDULED_PERIOD:7\nAMQ_SCHEDULED_REPEAT:2',
    ),
    send('destination:/queue/q\nexpiration:60000\n_AMQ_DUPL_ID:d'),
    subscribe('id:b\ndestination:/queue/q\nbrowser:true\nactivemq.prefetchSize:1'),
    subscribe('id:c\ndestination:/queue/q?consumer.priority=3&consumer.exclusive=true\nack:client'),
    subscribe(
      'id:d\ndestination:/queue/q,/topic/t\nconsumer-window-size:100\nack:client-individual',
    ),
    'ACK\nid:2-5\n\n',
  ],
  [
    connect('1.2'),
    subscribe('id:1\ndestination:/temp-queue/r'),
    send('destination:/queue/q\nreply-to:/temp-queue/r\ncorrelation-id:1'),
    send('destination:/temp-queue/r'),
    send('destination:/queue/a,/topic/b'),
    subscribe('id:2\ndestination:/queue/q\ntransformation:jms-xml'),
    send(
      'destination:/queue/q\ntransformation:jms-map-json',
      '{"a":1,"b":[2],"n":12345678901234567890}',
    ),
    send(
      'destination:/queue/q\ntransformation:jms-map-xml',
      '<map><entry><string>a</string><int>1</int></entry><entry><string>b</string><null/></entry></map>',
    ),
    send(
      'destination:/queue/q\ntransformation:jms-object-xml',
      '<list><x><y>&lt;&#65;</y></x></list>',
    ),
    send(
      'destination:/queue/q\ntransformation:jms-object-json',
      '{"map":{"entry":{"string":["a","b"]}}}',
    ),
  ],
  [
    connect('1.2').replaceAll('\n', '\r\n'),
    subscribe(
      'id:1\ndestination:/queue/q\nack:client-individual\nactivemq.maximumRedeliveries:1\nactivemq.redeliveryDelay:5\nactivemq.useExponentialBackOff:true',
    ).replaceAll('\n', '\r\n'),
    send('destination:orders\ndestination-type:ANYCAST\na:b\\\\c\\rd\na:second\nempty:').replaceAll(
      '\n',
      '\r\n',
    ),
    send('destination:/exchange/amq.topic/t'),
    '\n\n\nSEND\ndestination:/amq/queue/q\n\n',
  ],
];

/** Words that are put where others stood. */
export const stompWords: readonly string[] = [
  ...['destination', 'id', 'ack', 'receipt', 'transaction', 'content-length', 'message-id'],
  ...['subscription', 'selector', 'browser', 'transformation', 'reply-to', 'expires', 'priority'],
  ...['persistent', 'activemq.subscriptionName', 'x-queue-name', 'prefetch-count', 'requeue'],
  ...['AMQ_SCHEDULED_DELAY', 'AMQ_SCHEDULED_REPEAT', 'JMSXGroupID', 'JMSXGroupSeq', 'shared'],
  ...['client', 'client-individual', 'auto', 'true', 'false', '/queue/q', '/topic/t', '/topic/>'],
  ...['/queue/*', '/temp-queue/r', '/remote-temp-queue/x', 'jms-map-json', 'jms-map-xml'],
  ...[
    '0',
    '1',
    '-1',
    '4',
    '999999999999999',
    '9999999999999999999',
    '1-1',
    '1-5',
    '1-8',
    '2-5',
    '',
  ],
  ...[
    '\\c',
    '\\n',
    '\\\\',
    '\\x',
    '\\',
    '\r',
    '\u00e9',
    '/queue/',
    '?consumer.prefetchSize=1',
    ',',
  ],
  ...['CONNECT', 'SEND', 'SUBSCRIBE', 'UNSUBSCRIBE', 'ACK', 'NACK', 'BEGIN', 'COMMIT', 'ABORT'],
];
