// Selectors: what each construct selects, and where selection happens. [JMS 3.8]

import assert from 'node:assert/strict';
import { DeliveryMode, InvalidSelectorException, type Message } from 'angelia/jms';
import { type Case, rule } from './case.ts';
import { type Fixture, next, nextText, nextTexts, nothing, refuses } from './fixture.ts';

/** A message that most selectors here are asked about. */
function dress(message: Message): void {
  message.setIntProperty('weight', 2600);
  message.setLongProperty('huge', 2n ** 62n + 1n);
  message.setDoubleProperty('price', 9.5);
  message.setFloatProperty('rate', 0.5);
  message.setByteProperty('tiny', -1);
  message.setStringProperty('color', 'blue');
  message.setStringProperty('phone', '12993');
  message.setStringProperty('under', 'a_b%c');
  message.setStringProperty('quote', "it's");
  message.setStringProperty('numeral', '5');
  message.setBooleanProperty('yes', true);
  message.setBooleanProperty('no', false);
  message.setStringProperty('größe', 'L');
  message.setStringProperty('$dollar_1', 'x');
  message.setJMSType('car');
  message.setJMSCorrelationID('c-1');
}

/** Selectors by what they are about; `!` in front: they do not select the message. */
const TABLE: Readonly<Record<string, readonly string[]>> = {
  'comparison of numbers': ['weight = 2600', 'weight <> 1', 'weight > 2500', '!weight < 2600'],
  'comparison that includes': ['weight >= 2600', 'weight <= 2600', '!weight >= 2601'],
  'text literals with doubled quotes': ["color = 'blue'", "quote = 'it''s'", "!color = 'Blue'"],
  'integer literals of Java': ['weight = 0xA28', 'weight = 05050', 'weight = 2600L'],
  'approximate literals of Java': ['price = 9.5', 'price > 9.', 'price < 1E1', 'price > .5e1'],
  'long values to the last digit': [
    'huge = 4611686018427387905',
    '!huge = 4611686018427387904',
    'huge > 4611686018427387904',
  ],
  'boolean literals and properties': ['yes = TRUE', 'no = false', 'yes', 'NOT no', 'yes <> no'],
  'keywords in any case': ["color LIKE 'b%' aNd NoT weight bEtWeEn 1 aNd 2"],
  'case-sensitive identifiers': ['Weight IS NULL', '!Weight = 2600'],
  'identifiers of Java': ["größe = 'L'", "$dollar_1 = 'x'"],
  'unary signs': ['tiny = -1', '-tiny = 1', '+weight = 2600', 'weight > -1'],
  'multiplication before addition': ['weight + 2 * 100 = 2800', '(weight + 2) * 100 = 260200'],
  'division and subtraction': ['weight / 2 = 1300', 'weight - 600 - 1000 = 1000', 'price / 2 < 5'],
  'exact beside approximate': ['weight > 2599.5', 'price = 19 / 2.0', 'rate * 2 = 1'],
  'BETWEEN with its bounds': ['weight BETWEEN 2600 AND 2600', '!weight BETWEEN 1 AND 2'],
  'NOT BETWEEN': ['weight NOT BETWEEN 1 AND 2', '!weight NOT BETWEEN 2600 AND 2700'],
  IN: ["color IN ('red', 'blue')", "!color IN ('red')"],
  'NOT IN': ["color NOT IN ('red')", "!color NOT IN ('red', 'blue')"],
  'LIKE with %': ["phone LIKE '12%3'", "phone LIKE '%'", "!phone LIKE '12%4'"],
  'LIKE with _': ["phone LIKE '1_993'", "!phone LIKE '12_93_'"],
  'LIKE with ESCAPE': ["under LIKE 'a\\_b\\%c' ESCAPE '\\'", "!phone LIKE '12\\_93' ESCAPE '\\'"],
  'NOT LIKE': ["color NOT LIKE 'r%'", "!color NOT LIKE 'b%'"],
  'IS NULL of an absent property': ['nothing IS NULL', '!color IS NULL'],
  'IS NOT NULL': ['color IS NOT NULL', '!nothing IS NOT NULL'],
  'AND before OR': ['yes OR no AND no', 'no AND no OR yes', '!(yes OR no) AND no'],
  'NOT before AND': ['NOT no AND yes', '!NOT (no OR yes)'],
  parentheses: ["(((color = 'blue')))", 'weight - (600 - 1000) = 3000'],
  'unlike types are never true': ['!color = 5', "!weight = '2600'", "!yes = 'true'"],
  'a text is not read as a number': ['!numeral = 5', "numeral = '5'", '!numeral > 4'],
  'texts and booleans compare only for equality': ['!color > phone', '!yes > no'],
  'NULL in a comparison is unknown': ['!nothing = 1', '!NOT nothing = 1', '!nothing <> 1'],
  'NULL in arithmetic is unknown': ['!nothing + 1 > 0', '!NOT (nothing + 1 > 0)'],
  'NULL in LIKE, IN and BETWEEN is unknown': [
    "!nothing LIKE '%'",
    "!nothing NOT LIKE 'x'",
    "!nothing IN ('x')",
    "!nothing NOT IN ('x')",
    '!nothing BETWEEN 1 AND 2',
    '!nothing NOT BETWEEN 1 AND 2',
  ],
  'three-valued AND and OR': ['nothing = 1 OR yes', '!nothing = 1 AND yes', '!nothing = 1 OR no'],
  JMSType: ["JMSType = 'car'", "!JMSType = 'bus'"],
  JMSCorrelationID: ["JMSCorrelationID = 'c-1'", 'JMSCorrelationID IS NOT NULL'],
  JMSPriority: ['JMSPriority = 4', 'JMSPriority BETWEEN 0 AND 9', '!JMSPriority > 4'],
  'JMSDeliveryMode as a text': ["JMSDeliveryMode = 'PERSISTENT'", '!JMSDeliveryMode = 2'],
  JMSTimestamp: ['JMSTimestamp > 0', '!JMSTimestamp < 1000'],
  JMSMessageID: ["JMSMessageID LIKE 'ID:%'", "!JMSMessageID = 'ID:x'"],
  'white space anywhere': [' \t\n weight\n>\t2500 '],
};

const WRONG: readonly string[] = [
  'weight >',
  '= 5',
  "color = 'blue",
  'color = "blue"',
  'a = b c',
  '(weight > 5',
  'weight BETWEEN 1',
  'color IN ()',
  'color IN (1)',
  'color LIKE 5',
  "color LIKE 'x' ESCAPE 'xy'",
  'NOT',
  'weight ++',
  'AND yes',
  'color IS blue',
  'NULL = 1',
  '5',
  'weight = 99999999999999999999',
];

/** Some of each kind, in the words that every broker has. */
const OF_TOPICS: readonly string[] = [
  'weight = 2600',
  '!weight < 2600',
  "color IN ('red', 'blue')",
  "!color = 'red'",
  "color LIKE 'bl_%'",
  'weight BETWEEN 1 AND 3000',
  'missing IS NULL',
  '!missing = 1',
  'NOT (weight = 1)',
  "JMSType = 'car' AND yes = TRUE",
];

async function selects(f: Fixture, selector: string): Promise<boolean> {
  const session = await f.session();
  const queue = session.createQueue(f.name());
  const producer = await session.createProducer(queue);
  const message = session.createTextMessage('x');
  dress(message);
  await producer.send(message);
  const consumer = await session.createConsumer(queue, selector);
  const received = await consumer.receiveNoWait();
  await session.close();
  return received !== null;
}

const constructs: readonly Case[] = Object.entries(TABLE).map(([what, list]) =>
  rule(
    '3.8.1.1',
    `${what}: ${list.length === 1 ? list[0] : `${list.length} selectors`}`.replaceAll('\n', ' '),
    async (f) => {
      for (const one of list) {
        const [selector, expected] = one.startsWith('!') ? [one.slice(1), false] : [one, true];
        assert.equal(await selects(f, selector), expected, selector);
      }
    },
    'selectors',
  ),
);

const ofTopics: Case = rule(
  '8.3.1',
  'a selector of a topic’s subscription says the same as one of a queue',
  async (f) => {
    const { session, producer, destination } = await f.topicLine();
    for (const one of OF_TOPICS) {
      const [selector, expected] = one.startsWith('!') ? [one.slice(1), false] : [one, true];
      const consumer = await session.createConsumer(destination, selector);
      const message = session.createTextMessage('x');
      dress(message);
      await producer.send(message);
      if (expected) assert.equal(await nextText(consumer), 'x', selector);
      else await nothing(consumer);
      await consumer.close();
    }
    for (const text of ['weight >', "color = 'blue"]) {
      await refuses(InvalidSelectorException, () => session.createConsumer(destination, text));
    }
  },
  'topic-selectors',
);

const wrong: readonly Case[] = WRONG.map((selector) =>
  rule(
    '3.8.1',
    `a wrong selector is refused when the consumer is made: ${selector}`,
    async (f) => {
      const session = await f.session();
      const queue = session.createQueue(f.name());
      await refuses(InvalidSelectorException, () => session.createConsumer(queue, selector));
    },
    'selectors',
  ),
);

const places: readonly Case[] = [
  rule('3.8.1', 'null, empty and blank selectors select all', async (f) => {
    const { session, send, destination, consumer } = await f.line();
    await consumer.close();
    for (const none of [null, '', '  ', undefined]) {
      const one = await session.createConsumer(destination, none);
      assert.equal(one.getMessageSelector(), null);
      await send('x');
      assert.equal(await nextText(one), 'x');
      await one.close();
    }
  }),
  rule(
    '8.1',
    'getMessageSelector returns what was said',
    async (f) => {
      const { session, destination } = await f.line();
      const consumer = await session.createConsumer(destination, 'a  =  1');
      assert.equal(consumer.getMessageSelector(), 'a  =  1');
    },
    'selectors',
  ),
  rule(
    '4.1.2',
    'what a consumer of a queue does not select stays for others, in order',
    async (f) => {
      const session = await f.session();
      const queue = session.createQueue(f.name());
      const producer = await session.createProducer(queue);
      for (let n = 0; n < 6; n++) {
        const message = session.createTextMessage(`${n}`);
        message.setIntProperty('n', n);
        await producer.send(message);
      }
      const some = await session.createConsumer(queue, 'n = 1 OR n = 4');
      assert.deepEqual(await nextTexts(some, 2), ['1', '4']);
      await nothing(some);
      const all = await session.createConsumer(queue);
      assert.deepEqual(await nextTexts(all, 4), ['0', '2', '3', '5']);
    },
    'selectors',
  ),
  rule(
    '4.1.2',
    'two consumers with selectors share a queue',
    async (f) => {
      const { session, producer, destination, consumer } = await f.line();
      await consumer.close();
      const odd = await session.createConsumer(destination, "parity = 'odd'");
      const even = await session.createConsumer(destination, "parity = 'even'");
      for (let n = 0; n < 6; n++) {
        const message = session.createTextMessage(`${n}`);
        message.setStringProperty('parity', n % 2 === 1 ? 'odd' : 'even');
        await producer.send(message);
      }
      assert.deepEqual(await nextTexts(odd, 3), ['1', '3', '5']);
      assert.deepEqual(await nextTexts(even, 3), ['0', '2', '4']);
    },
    'selectors',
  ),
  rule(
    '8.3.1',
    'what a subscriber of a topic does not select never enters its subscription',
    async (f) => {
      const { session, producer, consumer, destination } = await f.topicLine();
      const some = await session.createConsumer(destination, 'n > 1');
      for (let n = 0; n < 4; n++) {
        const message = session.createTextMessage(`${n}`);
        message.setIntProperty('n', n);
        await producer.send(message);
      }
      assert.deepEqual(await nextTexts(some, 2), ['2', '3']);
      await nothing(some);
      assert.deepEqual(await nextTexts(consumer, 4), ['0', '1', '2', '3']);
    },
    'topic-selectors',
  ),
  rule(
    '3.8.1.1',
    'JMSPriority and JMSDeliveryMode select by what the send said',
    async (f) => {
      const { session, producer, destination, consumer } = await f.line();
      await consumer.close();
      const urgent = await session.createConsumer(
        destination,
        "JMSPriority >= 7 AND JMSDeliveryMode = 'NON_PERSISTENT'",
      );
      const send = (text: string, mode: DeliveryMode, priority: number) =>
        producer.send(session.createTextMessage(text), mode, priority, 0);
      await send('slow', DeliveryMode.NON_PERSISTENT, 4);
      await send('safe', DeliveryMode.PERSISTENT, 9);
      await send('urgent', DeliveryMode.NON_PERSISTENT, 8);
      assert.equal(await nextText(urgent), 'urgent');
      await nothing(urgent);
    },
    'selectors',
  ),
  rule(
    '3.8.1.1',
    'JMSXGroupID and JMS_ names select',
    async (f) => {
      const { session, producer, destination, consumer } = await f.line();
      await consumer.close();
      const one = await session.createConsumer(destination, "JMSXGroupID = 'g' AND JMS_X_y = 1");
      const message = session.createTextMessage('x');
      message.setStringProperty('JMSXGroupID', 'g');
      message.setIntProperty('JMS_X_y', 1);
      await producer.send(message);
      assert.equal((await next(one)).getIntProperty('JMS_X_y'), 1);
    },
    'selectors',
  ),
  rule(
    '3.8.1',
    'a wrong selector of a browser and of a subscription is refused, too',
    async (f) => {
      const session = await f.session(1, { clientID: f.name('client') });
      const topic = session.createTopic(f.name());
      await refuses(InvalidSelectorException, () =>
        session.createBrowser(session.createQueue(f.name()), 'a ='),
      );
      await refuses(InvalidSelectorException, () => session.createConsumer(topic, 'a ='));
      await refuses(InvalidSelectorException, () =>
        session.createDurableConsumer(topic, 's', 'a ='),
      );
      await refuses(InvalidSelectorException, () =>
        session.createSharedConsumer(topic, 's', 'a ='),
      );
    },
    'selectors',
    'browsers',
    'durable-subscriptions',
    'shared-subscriptions',
    'client-id',
  ),
];

export const selectors: readonly Case[] = [...constructs, ofTopics, ...wrong, ...places];
