// Boxes 5.5 and 5.6: subscriptions with their names, and temporary destinations.

import jakarta.jms.Connection;
import jakarta.jms.InvalidDestinationException;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import jakarta.jms.MessageProducer;
import jakarta.jms.Queue;
import jakarta.jms.Session;
import jakarta.jms.TemporaryQueue;
import jakarta.jms.TemporaryTopic;
import jakarta.jms.TextMessage;
import jakarta.jms.Topic;
import java.util.Map;

class SubscriptionChecks {
  static void addTo(Map<String, Checklist.Check> checks) {
    checks.put("5.5.1 the five kinds of subscription have names of their own", SubscriptionChecks::kinds);
    checks.put("5.5.1 consumers of one shared subscription share it", SubscriptionChecks::sharing);
    checks.put("5.5.2 another topic or selector begins anew", SubscriptionChecks::changed);
    checks.put("5.5.2 not while somebody reads", SubscriptionChecks::changedInUse);
    checks.put("5.5.3 a durable subscription is kept at a close", SubscriptionChecks::kept);
    checks.put("5.5.4 unsubscribe, of what is, is not, and is in use", SubscriptionChecks::unsubscribe);
    checks.put("5.5.4 unsubscribe of what is shared by all", SubscriptionChecks::unsubscribeGlobal);
    checks.put("5.5.5 a shared subscription that is not durable ends with the last", SubscriptionChecks::volatileEnds);
    checks.put("5.6.1 temporary queues and topics live as long as they should", SubscriptionChecks::temporary);
    checks.put("5.6.1 a temporary queue goes with its connection", SubscriptionChecks::temporaryLost);
    checks.put("5.6.2 request and reply over temporary destinations", SubscriptionChecks::reply);
    checks.put("5.6.3 a temporary queue in use is not deleted", SubscriptionChecks::temporaryInUse);
  }

  private static Session client(Bench bench, String id) throws JMSException {
    return bench.connect("", id == null ? null : bench.name + id).createSession(Session.AUTO_ACKNOWLEDGE);
  }

  /** One name for all five: each is a subscription of its own. */
  private static void kinds(Bench bench) throws Exception {
    Session named = client(bench, "a");
    Session nameless = client(bench, null);
    Topic topic = bench.topic(named);
    MessageConsumer[] consumers = {
      named.createDurableConsumer(topic, "durable"),
      named.createSharedDurableConsumer(topic, "n"),
      nameless.createSharedDurableConsumer(topic, "n"),
      named.createSharedConsumer(topic, "n"),
      nameless.createSharedConsumer(topic, "n"),
    };
    bench.send(named, topic, "m");
    for (MessageConsumer consumer : consumers) {
      bench.expect(consumer, "m");
      bench.nothing(consumer);
    }
    Session other = client(bench, "b");
    MessageConsumer theirs = other.createSharedDurableConsumer(topic, "n");
    bench.send(named, topic, "again");
    bench.expect(theirs, "again");
    for (MessageConsumer consumer : consumers) bench.expect(consumer, "again");
  }

  private static void sharing(Bench bench) throws Exception {
    Session one = client(bench, null);
    Session two = client(bench, null);
    Topic topic = bench.topic(one);
    // Three names of links for one subscription, two of them on one connection.
    MessageConsumer[] consumers = {
      one.createSharedDurableConsumer(topic, "s"),
      one.createSharedDurableConsumer(topic, "s"),
      two.createSharedDurableConsumer(topic, "s"),
    };
    String[] texts = new String[30];
    for (int i = 0; i < texts.length; i++) texts[i] = "" + i;
    bench.send(one, topic, texts);
    int came = 0;
    for (MessageConsumer consumer : consumers) {
      int own = 0;
      while (consumer.receive(Bench.NOW) != null) own++;
      bench.yes(own > 0, "one of three got nothing");
      came += own;
    }
    bench.equal(texts.length, came);
  }

  private static void changed(Bench bench) throws Exception {
    Session session = client(bench, "a");
    Topic topic = bench.topic(session);
    session.createDurableConsumer(topic, "d").close();
    bench.send(session, topic, "lost");
    session.createDurableConsumer(topic, "d", "n = 1", false).close();
    MessageProducer producer = session.createProducer(topic);
    for (int n = 0; n < 2; n++) {
      TextMessage message = session.createTextMessage("" + n);
      message.setIntProperty("n", n);
      producer.send(message);
    }
    MessageConsumer selecting = session.createDurableConsumer(topic, "d", "n = 1", false);
    bench.expect(selecting, "1");
    bench.nothing(selecting);
    selecting.close();
    Topic other = session.createTopic(bench.name + ".other");
    MessageConsumer elsewhere = session.createDurableConsumer(other, "d");
    bench.send(session, topic, "not for it");
    bench.send(session, other, "for it");
    bench.expect(elsewhere, "for it");
  }

  private static void changedInUse(Bench bench) throws Exception {
    Session session = client(bench, null);
    Session second = client(bench, null);
    Topic topic = bench.topic(session);
    session.createSharedDurableConsumer(topic, "s");
    bench.fails(JMSException.class, () -> second.createSharedDurableConsumer(topic, "s", "n = 1"));
  }

  private static void kept(Bench bench) throws Exception {
    Session session = client(bench, "a");
    Topic topic = bench.topic(session);
    session.createDurableConsumer(topic, "d").close();
    bench.send(session, topic, "1");
    Session sender = bench.session();
    MessageConsumer consumer = session.createDurableConsumer(topic, "d");
    bench.expect(consumer, "1");
    bench.send(sender, topic, "2");
    consumer.close();
    bench.send(sender, topic, "3");
    bench.expect(session.createDurableConsumer(topic, "d"), "2", "3");
  }

  private static void unsubscribe(Bench bench) throws Exception {
    Session session = client(bench, "a");
    Topic topic = bench.topic(session);
    MessageConsumer consumer = session.createDurableConsumer(topic, "d", "n = 1", false);
    bench.fails(JMSException.class, () -> session.unsubscribe("d"));
    consumer.close();
    session.unsubscribe("d");
    bench.fails(InvalidDestinationException.class, () -> session.unsubscribe("d"));
    bench.fails(InvalidDestinationException.class, () -> session.unsubscribe("never"));
    bench.send(session, topic, "lost");
    bench.nothing(session.createDurableConsumer(topic, "d"));
  }

  private static void unsubscribeGlobal(Bench bench) throws Exception {
    Session session = client(bench, null);
    Topic topic = bench.topic(session);
    MessageConsumer consumer = session.createSharedDurableConsumer(topic, bench.name);
    Session other = client(bench, null);
    bench.fails(JMSException.class, () -> other.unsubscribe(bench.name));
    consumer.close();
    bench.send(session, topic, "lost");
    other.unsubscribe(bench.name);
    bench.nothing(session.createSharedDurableConsumer(topic, bench.name));
  }

  private static void volatileEnds(Bench bench) throws Exception {
    Session session = client(bench, "a");
    Topic topic = bench.topic(session);
    MessageConsumer one = session.createSharedConsumer(topic, "s");
    MessageConsumer two = session.createSharedConsumer(topic, "s");
    one.close();
    bench.send(session, topic, "kept");
    bench.expect(two, "kept");
    two.close();
    bench.send(session, topic, "lost");
    bench.nothing(session.createSharedConsumer(topic, "s"));
  }

  private static void temporary(Bench bench) throws Exception {
    Session session = bench.session();
    TemporaryQueue queue = session.createTemporaryQueue();
    TemporaryTopic topic = session.createTemporaryTopic();
    MessageConsumer fromQueue = session.createConsumer(queue);
    MessageConsumer fromTopic = session.createConsumer(topic);
    Session other = bench.session();
    bench.send(other, queue, "q");
    bench.send(other, topic, "t");
    Message came = fromQueue.receive(Bench.SOON);
    bench.equal(queue, came.getJMSDestination());
    bench.expect(fromTopic, "t");
    fromQueue.close();
    fromTopic.close();
    queue.delete();
    topic.delete();
    bench.fails(InvalidDestinationException.class, () -> bench.send(other, queue, "gone"));
    bench.fails(JMSException.class, () -> session.createConsumer(queue));
  }

  private static void temporaryLost(Bench bench) throws Exception {
    Connection connection = bench.connect("");
    TemporaryQueue queue = connection.createSession(Session.AUTO_ACKNOWLEDGE).createTemporaryQueue();
    Session other = bench.session();
    bench.send(other, queue, "m");
    connection.close();
    bench.fails(InvalidDestinationException.class, () -> bench.send(other, queue, "gone"));
  }

  private static void reply(Bench bench) throws Exception {
    Session asking = bench.session();
    Session answering = bench.session();
    MessageConsumer questions = answering.createConsumer(bench.queue(answering));
    for (var answers : new jakarta.jms.Destination[] {asking.createTemporaryQueue(), asking.createTemporaryTopic()}) {
      MessageConsumer consumer = asking.createConsumer(answers);
      TextMessage question = asking.createTextMessage("?");
      question.setJMSReplyTo(answers);
      asking.createProducer(bench.queue(asking)).send(question);
      Message asked = questions.receive(Bench.SOON);
      bench.equal(answers instanceof Queue, asked.getJMSReplyTo() instanceof TemporaryQueue);
      bench.equal(answers instanceof Topic, asked.getJMSReplyTo() instanceof TemporaryTopic);
      Message answer = answering.createTextMessage("!");
      answer.setJMSCorrelationID(asked.getJMSMessageID());
      answering.createProducer(asked.getJMSReplyTo()).send(answer);
      Message came = consumer.receive(Bench.SOON);
      bench.equal(question.getJMSMessageID(), came.getJMSCorrelationID());
    }
  }

  private static void temporaryInUse(Bench bench) throws Exception {
    Session session = bench.session();
    TemporaryQueue queue = session.createTemporaryQueue();
    MessageConsumer consumer = session.createConsumer(queue);
    bench.fails(JMSException.class, queue::delete);
    bench.send(session, queue, "m");
    bench.expect(consumer, "m");
    consumer.close();
    queue.delete();
  }
}
