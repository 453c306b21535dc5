// Boxes 5.3 and 5.4, the links: producers, consumers, browsers, credit and drain.

import jakarta.jms.InvalidDestinationException;
import jakarta.jms.InvalidSelectorException;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import jakarta.jms.MessageProducer;
import jakarta.jms.Queue;
import jakarta.jms.QueueBrowser;
import jakarta.jms.ResourceAllocationException;
import jakarta.jms.Session;
import jakarta.jms.TemporaryQueue;
import jakarta.jms.TemporaryTopic;
import jakarta.jms.TextMessage;
import java.util.Collections;
import java.util.List;
import java.util.Map;

class LinkChecks {
  static void addTo(Map<String, Checklist.Check> checks) {
    checks.put("5.3.1 producers for every kind of destination", LinkChecks::producers);
    checks.put("5.3.1 a producer that sends settled", LinkChecks::presettled);
    checks.put("5.3.2 a producer without a destination", LinkChecks::anonymous);
    checks.put("5.3.3 what cannot be is refused with the exception for it", LinkChecks::refusals);
    checks.put("5.3.4 a producer without credit waits, and goes on", LinkChecks::credit);
    checks.put("5.3.5 a message that is refused fails its send", LinkChecks::rejected);
    checks.put("5.4.1 consumers and browsers as the client attaches them", LinkChecks::consumers);
    checks.put("5.4.2 selectors", LinkChecks::selectors);
    checks.put("5.4.2 no-local", LinkChecks::noLocal);
    checks.put("5.4.2 a selector that is none", LinkChecks::badSelector);
    checks.put("5.4.3 a consumer that may not be is refused", LinkChecks::refusedConsumer);
    checks.put("5.4.4 a browser sees what is there, in order, and ends", LinkChecks::browser);
    checks.put("5.4.4 a browser with a selector", LinkChecks::browserSelector);
    checks.put("5.4.5 a prefetch of none: a message at a time", LinkChecks::pull);
    checks.put("5.4.5 more than a prefetch, in order", LinkChecks::prefetch);
    checks.put("5.4.6 a drain is answered: at once, after a time-out, at a roll-back", LinkChecks::drain);
  }

  private static void producers(Bench bench) throws Exception {
    Session session = bench.session();
    TemporaryQueue queue = session.createTemporaryQueue();
    TemporaryTopic topic = session.createTemporaryTopic();
    for (var destination : List.of(bench.queue(session), bench.topic(session), queue, topic)) {
      MessageConsumer consumer = session.createConsumer(destination);
      bench.send(session, destination, "m");
      Message came = consumer.receive(Bench.SOON);
      bench.yes(came != null, "nothing came from " + destination);
      bench.equal(destination, came.getJMSDestination());
      consumer.close();
    }
  }

  private static void presettled(Bench bench) throws Exception {
    Session session =
        bench.connect("jms.presettlePolicy.presettleAll=true").createSession(Session.AUTO_ACKNOWLEDGE);
    bench.send(session, bench.queue(session), "1", "2");
    bench.expect(session.createConsumer(bench.queue(session)), "1", "2");
  }

  private static void anonymous(Bench bench) throws Exception {
    Session session = bench.session();
    TemporaryQueue temporary = session.createTemporaryQueue();
    MessageConsumer topic = session.createConsumer(bench.topic(session));
    MessageProducer producer = session.createProducer(null);
    for (var to : List.of(bench.queue(session), bench.topic(session), temporary)) {
      producer.send(to, session.createTextMessage("" + to));
    }
    bench.expect(topic, "" + bench.topic(session));
    bench.expect(session.createConsumer(bench.queue(session)), "" + bench.queue(session));
    bench.expect(session.createConsumer(temporary), "" + temporary);
  }

  private static void refusals(Bench bench) throws Exception {
    bench.settings(bench.name + ".absent", "{\"autoCreate\": false}");
    Session session = bench.session();
    Queue absent = session.createQueue(bench.name + ".absent");
    bench.fails(InvalidDestinationException.class, () -> session.createProducer(absent));
    bench.fails(InvalidDestinationException.class, () -> session.createConsumer(absent));
    MessageProducer anonymous = session.createProducer(null);
    bench.fails(JMSException.class, () -> anonymous.send(absent, session.createMessage()));
    // All that was refused leaves the session as it was.
    bench.send(session, bench.queue(session), "works");
    bench.expect(session.createConsumer(bench.queue(session)), "works");
  }

  private static void credit(Bench bench) throws Exception {
    bench.settings(bench.name + ".q", "{\"messagesMax\": 5, \"whenFull\": \"block\"}");
    Session session = bench.connect("jms.sendTimeout=300").createSession(Session.AUTO_ACKNOWLEDGE);
    MessageProducer producer = session.createProducer(bench.queue(session));
    for (int i = 0; i < 5; i++) producer.send(session.createTextMessage("" + i));
    bench.fails(JMSException.class, () -> producer.send(session.createTextMessage("too many")));
    MessageConsumer consumer = session.createConsumer(bench.queue(session));
    bench.expect(consumer, "0", "1", "2", "3", "4");
    bench.nothing(consumer);
    producer.send(session.createTextMessage("5"));
    bench.expect(consumer, "5");
  }

  private static void rejected(Bench bench) throws Exception {
    bench.settings(bench.name + ".q", "{\"messagesMax\": 1}");
    Session session = bench.session();
    MessageProducer producer = session.createProducer(bench.queue(session));
    producer.send(session.createTextMessage("fits"));
    bench.fails(
        ResourceAllocationException.class, () -> producer.send(session.createTextMessage("m")));
    MessageConsumer consumer = session.createConsumer(bench.queue(session));
    bench.expect(consumer, "fits");
    producer.send(session.createTextMessage("fits again"));
    bench.expect(consumer, "fits again");
  }

  private static void consumers(Bench bench) throws Exception {
    Session session = bench.connect("", bench.name).createSession(Session.AUTO_ACKNOWLEDGE);
    MessageConsumer topic = session.createConsumer(bench.topic(session));
    MessageConsumer durable = session.createDurableConsumer(bench.topic(session), "d");
    bench.send(session, bench.topic(session), "t");
    bench.expect(topic, "t");
    // Its distribution mode is copy, as that of a browser: it is none.
    bench.expect(durable, "t");
    bench.nothing(durable);
    bench.send(session, bench.queue(session), "q");
    QueueBrowser browser = session.createBrowser(bench.queue(session));
    bench.equal(1, Collections.list(browser.getEnumeration()).size());
    bench.expect(session.createConsumer(bench.queue(session)), "q");
  }

  private static void selectors(Bench bench) throws Exception {
    Session session = bench.session();
    MessageProducer producer = session.createProducer(bench.queue(session));
    for (int i = 0; i < 6; i++) {
      TextMessage message = session.createTextMessage("" + i);
      message.setIntProperty("n", i);
      message.setJMSType(i < 3 ? "low" : "high");
      message.setJMSCorrelationID("c" + i);
      producer.send(message);
    }
    Queue queue = bench.queue(session);
    bench.expect(session.createConsumer(queue, "n > 4 AND JMSType = 'high'"), "5");
    bench.expect(session.createConsumer(queue, "JMSCorrelationID LIKE 'c_' AND n / 1 + 1 = 2"), "1");
    bench.expect(session.createConsumer(queue, "n BETWEEN 2 AND 3 AND absent IS NULL"), "2", "3");
    bench.expect(session.createConsumer(queue), "0", "4");
  }

  private static void noLocal(Bench bench) throws Exception {
    Session session = bench.connect("", bench.name).createSession(Session.AUTO_ACKNOWLEDGE);
    MessageConsumer others = session.createConsumer(bench.topic(session), null, true);
    MessageConsumer durable = session.createDurableConsumer(bench.topic(session), "d", null, true);
    MessageConsumer all = session.createConsumer(bench.topic(session));
    bench.send(session, bench.topic(session), "own");
    Session other = bench.session();
    bench.send(other, bench.topic(other), "other");
    bench.expect(all, "own", "other");
    bench.expect(others, "other");
    bench.expect(durable, "other");
  }

  private static void badSelector(Bench bench) throws Exception {
    Session session = bench.session();
    Queue queue = bench.queue(session);
    // The client has a parser of its own: without it the broker is asked.
    Session asks = bench.connect("jms.validateSelector=false").createSession(Session.AUTO_ACKNOWLEDGE);
    bench.fails(InvalidSelectorException.class, () -> session.createConsumer(queue, "n >"));
    bench.fails(JMSException.class, () -> asks.createConsumer(queue, "n >"));
    bench.send(asks, queue, "works");
    bench.expect(asks.createConsumer(queue), "works");
  }

  private static void refusedConsumer(Bench bench) throws Exception {
    Session session = bench.connect("", bench.name).createSession(Session.AUTO_ACKNOWLEDGE);
    session.createDurableConsumer(bench.topic(session), "d");
    Session again = bench.session();
    TemporaryQueue temporary = session.createTemporaryQueue();
    bench.fails(InvalidDestinationException.class, () -> again.createConsumer(temporary));
    bench.fails(JMSException.class, () -> session.unsubscribe("d"));
  }

  private static void browser(Bench bench) throws Exception {
    Session session = bench.session();
    String[] texts = new String[2500];
    for (int i = 0; i < texts.length; i++) texts[i] = "" + i;
    bench.send(texts);
    QueueBrowser browser = session.createBrowser(bench.queue(session));
    for (int round = 0; round < 2; round++) {
      List<?> seen = Collections.list(browser.getEnumeration());
      bench.equal(texts.length, seen.size());
      for (int i = 0; i < texts.length; i++) {
        bench.equal(texts[i], ((TextMessage) seen.get(i)).getText());
      }
    }
    browser.close();
    bench.expect(session.createConsumer(bench.queue(session)), "0", "1");
    QueueBrowser empty = session.createBrowser(session.createQueue(bench.name + ".empty"));
    bench.equal(0, Collections.list(empty.getEnumeration()).size());
  }

  private static void browserSelector(Bench bench) throws Exception {
    Session session = bench.session();
    MessageProducer producer = session.createProducer(bench.queue(session));
    for (int i = 0; i < 10; i++) {
      Message message = session.createTextMessage("" + i);
      message.setIntProperty("n", i);
      producer.send(message);
    }
    QueueBrowser browser = session.createBrowser(bench.queue(session), "n >= 7");
    bench.equal(3, Collections.list(browser.getEnumeration()).size());
  }

  private static void pull(Bench bench) throws Exception {
    bench.send("1", "2", "3");
    Session session = bench.connect("jms.prefetchPolicy.all=0").createSession(Session.AUTO_ACKNOWLEDGE);
    MessageConsumer consumer = session.createConsumer(bench.queue(session));
    bench.expect(consumer, "1");
    // The rest is with the broker, for somebody else.
    Session other = bench.session();
    MessageConsumer somebody = other.createConsumer(bench.queue(other));
    bench.expect(somebody, "2", "3");
    somebody.close();
    bench.equal(null, consumer.receiveNoWait());
    bench.nothing(consumer);
    bench.send("4");
    bench.expect(consumer, "4");
  }

  private static void prefetch(Bench bench) throws Exception {
    String[] texts = new String[5000];
    for (int i = 0; i < texts.length; i++) texts[i] = "" + i;
    Session session = bench.session();
    MessageConsumer consumer = session.createConsumer(bench.queue(session));
    bench.send(texts);
    bench.expect(consumer, texts);
    bench.equal(null, consumer.receiveNoWait());
  }

  private static void drain(Bench bench) throws Exception {
    Session session = bench.connect("amqp.drainTimeout=4000").createSession(Session.SESSION_TRANSACTED);
    MessageConsumer consumer = session.createConsumer(bench.queue(session));
    bench.equal(null, consumer.receiveNoWait());
    bench.nothing(consumer);
    bench.send("1", "2", "3");
    for (int round = 0; round < 3; round++) {
      bench.expect(consumer, "1", "2");
      session.rollback();
    }
    bench.expect(consumer, "1", "2", "3");
    session.commit();
    bench.nothing(consumer);
  }
}
