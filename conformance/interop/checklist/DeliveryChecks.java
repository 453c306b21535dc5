// Boxes 5.4, the deliveries, and 5.7: what becomes of messages, in transactions and without.

import jakarta.jms.Connection;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import jakarta.jms.MessageProducer;
import jakarta.jms.Session;
import jakarta.jms.TextMessage;
import jakarta.jms.TransactionRolledBackException;
import java.util.Map;

class DeliveryChecks {
  /** The client's own way to say what becomes of a message, and the values of it. */
  private static final String OUTCOME = "JMS_AMQP_ACK_TYPE";

  private static final int ACCEPTED = 1;
  private static final int REJECTED = 2;
  private static final int RELEASED = 3;
  private static final int FAILED = 4;
  private static final int FAILED_UNDELIVERABLE = 5;
  private static final int INDIVIDUAL_ACKNOWLEDGE = 101;

  static void addTo(Map<String, Checklist.Check> checks) {
    checks.put("5.4.7 accepted, released, modified and rejected", DeliveryChecks::outcomes);
    checks.put("5.4.7 the redelivery policy of the client", DeliveryChecks::redeliveryPolicy);
    checks.put("5.4.8 what goes back takes its own place", DeliveryChecks::order);
    checks.put("5.4.9 a delivery is counted", DeliveryChecks::counted);
    checks.put("5.4.10 recover, and a close with messages unacknowledged", DeliveryChecks::recover);
    checks.put("5.4.11 a consumer that is closed gives back", DeliveryChecks::closed);
    checks.put("5.7.1 a session in transactions, again and again", DeliveryChecks::coordinator);
    checks.put("5.7.2 many commits one after the other", DeliveryChecks::pipelined);
    checks.put("5.7.3 what is sent is seen at the commit", DeliveryChecks::sends);
    checks.put("5.7.4 what is received is gone at the commit, and back at a roll-back", DeliveryChecks::acks);
    checks.put("5.7.5 a commit that fails is rolled back", DeliveryChecks::failedCommit);
    checks.put("5.7.6 a session or connection that is closed is rolled back", DeliveryChecks::lost);
  }

  private static void settle(Message message, int outcome) throws Exception {
    message.setIntProperty(OUTCOME, outcome);
    message.acknowledge();
  }

  private static void outcomes(Bench bench) throws Exception {
    bench.settings(bench.name + ".q", "{\"deadLetterQueue\": \"" + bench.name + ".dlq\"}");
    bench.send("accepted", "rejected", "released", "failed", "elsewhere");
    Connection connection = bench.connect("");
    Session session = connection.createSession(INDIVIDUAL_ACKNOWLEDGE);
    MessageConsumer consumer = session.createConsumer(bench.queue(session));
    int[] outcomes = {ACCEPTED, REJECTED, RELEASED, FAILED, FAILED_UNDELIVERABLE};
    for (int outcome : outcomes) settle(consumer.receive(Bench.SOON), outcome);
    Message released = consumer.receive(Bench.SOON);
    bench.equal("released", ((TextMessage) released).getText());
    bench.equal(1, released.getIntProperty("JMSXDeliveryCount"));
    Message failed = consumer.receive(Bench.SOON);
    bench.equal("failed", ((TextMessage) failed).getText());
    bench.equal(2, failed.getIntProperty("JMSXDeliveryCount"));
    // What cannot be delivered here goes to somebody else.
    bench.nothing(consumer);
    Session other = bench.session();
    bench.expect(other.createConsumer(bench.queue(other)), "elsewhere");
    bench.expect(other.createConsumer(other.createQueue(bench.name + ".dlq")), "rejected");
  }

  private static void redeliveryPolicy(Bench bench) throws Exception {
    Session session =
        bench.connect("jms.redeliveryPolicy.maxRedeliveries=1").createSession(Session.SESSION_TRANSACTED);
    bench.send("poison", "good");
    MessageConsumer consumer = session.createConsumer(bench.queue(session));
    for (int round = 0; round < 2; round++) {
      bench.expect(consumer, "poison");
      session.rollback();
    }
    bench.expect(consumer, "good");
    session.commit();
  }

  private static void order(Bench bench) throws Exception {
    String[] texts = new String[100];
    for (int i = 0; i < texts.length; i++) texts[i] = "" + i;
    bench.send(texts);
    Connection connection = bench.connect("");
    Session session = connection.createSession(Session.SESSION_TRANSACTED);
    MessageConsumer consumer = session.createConsumer(bench.queue(session));
    for (int round = 0; round < 3; round++) {
      for (int i = 0; i <= round * 10; i++) bench.expect(consumer, texts[i]);
      // The roll-back first gives back what is prefetched, then what was received.
      session.rollback();
    }
    consumer.close();
    Session after = bench.session();
    bench.expect(after.createConsumer(bench.queue(after)), texts);
  }

  private static void counted(Bench bench) throws Exception {
    Session session = bench.session(Session.SESSION_TRANSACTED);
    MessageProducer producer = session.createProducer(bench.queue(session));
    TextMessage sent = session.createTextMessage("m");
    sent.setStringProperty("kept", "as it was");
    producer.send(sent);
    session.commit();
    MessageConsumer consumer = session.createConsumer(bench.queue(session));
    for (int count = 1; count <= 3; count++) {
      Message came = consumer.receive(Bench.SOON);
      bench.equal(count, came.getIntProperty("JMSXDeliveryCount"));
      bench.equal(count > 1, came.getJMSRedelivered());
      bench.equal("as it was", came.getStringProperty("kept"));
      bench.equal(sent.getJMSMessageID(), came.getJMSMessageID());
      session.rollback();
    }
  }

  private static void recover(Bench bench) throws Exception {
    bench.send("1", "2", "3");
    Connection connection = bench.connect("");
    Session session = connection.createSession(Session.CLIENT_ACKNOWLEDGE);
    MessageConsumer consumer = session.createConsumer(bench.queue(session));
    bench.expect(consumer, "1", "2");
    session.recover();
    Message first = consumer.receive(Bench.SOON);
    bench.equal("1", ((TextMessage) first).getText());
    bench.yes(first.getJMSRedelivered(), "it was delivered before");
    connection.close();
    Session after = bench.session();
    MessageConsumer again = after.createConsumer(bench.queue(after));
    Message redelivered = again.receive(Bench.SOON);
    bench.equal("1", ((TextMessage) redelivered).getText());
    bench.yes(redelivered.getJMSRedelivered(), "it was delivered on a connection before");
    bench.expect(again, "2");
    Message prefetched = again.receive(Bench.SOON);
    bench.yes(!prefetched.getJMSRedelivered(), "it was prefetched, and not delivered");
  }

  private static void closed(Bench bench) throws Exception {
    bench.send("1", "2", "3");
    Session session = bench.session();
    MessageConsumer first = session.createConsumer(bench.queue(session));
    bench.expect(first, "1");
    first.close();
    MessageConsumer second = session.createConsumer(bench.queue(session));
    Message came = second.receive(Bench.SOON);
    bench.equal("2", ((TextMessage) came).getText());
    bench.yes(!came.getJMSRedelivered(), "nobody had seen it");
    bench.expect(second, "3");
  }

  private static void coordinator(Bench bench) throws Exception {
    Connection connection = bench.connect("");
    for (int round = 0; round < 5; round++) {
      Session session = connection.createSession(Session.SESSION_TRANSACTED);
      bench.send(session, bench.queue(session), "m");
      session.commit();
      bench.expect(session.createConsumer(bench.queue(session)), "m");
      session.commit();
      session.close();
    }
    bench.equal(0, bench.ask(bench.name + ".q").get("depth").getAsInt());
  }

  private static void pipelined(Bench bench) throws Exception {
    Session session = bench.session(Session.SESSION_TRANSACTED);
    MessageProducer producer = session.createProducer(bench.queue(session));
    MessageConsumer consumer = session.createConsumer(bench.queue(session));
    for (int i = 0; i < 300; i++) {
      producer.send(session.createTextMessage("" + i));
      session.commit();
      bench.expect(consumer, "" + i);
      if (i % 3 == 0) session.commit();
    }
    session.commit();
    bench.nothing(consumer);
  }

  private static void sends(Bench bench) throws Exception {
    Session session = bench.session(Session.SESSION_TRANSACTED);
    Session other = bench.session();
    MessageConsumer consumer = other.createConsumer(bench.queue(other));
    bench.send(session, bench.queue(session), "1", "2");
    bench.nothing(consumer);
    session.rollback();
    bench.nothing(consumer);
    bench.send(session, bench.queue(session), "3", "4");
    session.commit();
    bench.expect(consumer, "3", "4");
  }

  private static void acks(Bench bench) throws Exception {
    bench.send("1", "2", "3");
    Session session = bench.session(Session.SESSION_TRANSACTED);
    MessageConsumer consumer = session.createConsumer(bench.queue(session));
    bench.expect(consumer, "1", "2");
    session.rollback();
    Message again = consumer.receive(Bench.SOON);
    bench.equal("1", ((TextMessage) again).getText());
    bench.equal(2, again.getIntProperty("JMSXDeliveryCount"));
    session.commit();
    session.close();
    Session after = bench.session();
    MessageConsumer rest = after.createConsumer(bench.queue(after));
    bench.expect(rest, "2", "3");
    bench.nothing(rest);
  }

  private static void failedCommit(Bench bench) throws Exception {
    bench.settings(bench.name + ".full", "{\"messagesMax\": 1}");
    bench.send("1");
    Session session = bench.session(Session.SESSION_TRANSACTED);
    MessageConsumer consumer = session.createConsumer(bench.queue(session));
    bench.expect(consumer, "1");
    var full = session.createQueue(bench.name + ".full");
    bench.fails(
        TransactionRolledBackException.class,
        () -> {
          bench.send(session, full, "a", "b");
          session.commit();
        });
    // The session goes on with a transaction of its own.
    bench.expect(consumer, "1");
    bench.send(session, full, "c");
    session.commit();
    bench.expect(session.createConsumer(full), "c");
  }

  private static void lost(Bench bench) throws Exception {
    bench.send("1");
    Connection connection = bench.connect("");
    Session session = connection.createSession(Session.SESSION_TRANSACTED);
    bench.expect(session.createConsumer(bench.queue(session)), "1");
    bench.send(session, bench.queue(session), "never");
    connection.close();
    Session after = bench.session();
    MessageConsumer consumer = after.createConsumer(bench.queue(after));
    bench.expect(consumer, "1");
    bench.nothing(consumer);
  }
}
