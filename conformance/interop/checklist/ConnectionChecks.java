// Boxes 5.1 and 5.2: transport, open, sessions.

import jakarta.jms.Connection;
import jakarta.jms.InvalidClientIDException;
import jakarta.jms.MessageConsumer;
import jakarta.jms.MessageProducer;
import jakarta.jms.Queue;
import jakarta.jms.Session;
import jakarta.jms.TextMessage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

class ConnectionChecks {
  static void addTo(Map<String, Checklist.Check> checks) {
    checks.put("5.1.1 with the header of SASL and without", ConnectionChecks::headers);
    checks.put("5.1.4 whichever host the client names", ConnectionChecks::virtualHost);
    checks.put("5.1.6 a client id, and one that the client makes", ConnectionChecks::clientIds);
    checks.put("5.1.7 all that the open offers is used", ConnectionChecks::capabilities);
    checks.put("5.1.8 names have no prefix unless the client adds one", ConnectionChecks::prefixes);
    checks.put("5.1.9 a client id that is taken is refused", ConnectionChecks::clientIdTaken);
    checks.put("5.1.10 only who claims a client id is refused", ConnectionChecks::unclaimed);
    checks.put("5.1.12 a failover URL connects, works and closes", ConnectionChecks::failover);
    checks.put("5.1.13 an idle connection lives on", ConnectionChecks::idle);
    checks.put("5.2.1 many sessions on one connection, each with its window", ConnectionChecks::sessions);
    checks.put("5.2.2 a session that ends gives back, rolls back and keeps", ConnectionChecks::end);
  }

  private static void works(Bench bench, Connection connection) throws Exception {
    Session session = connection.createSession(Session.AUTO_ACKNOWLEDGE);
    bench.send(session, bench.queue(session), "works");
    MessageConsumer consumer = session.createConsumer(bench.queue(session));
    bench.expect(consumer, "works");
    consumer.close();
  }

  private static void headers(Bench bench) throws Exception {
    works(bench, bench.connect(""));
    works(bench, bench.connect("amqp.saslLayer=false"));
  }

  private static void virtualHost(Bench bench) throws Exception {
    works(bench, bench.connect("amqp.vhost=some.where"));
  }

  private static void clientIds(Bench bench) throws Exception {
    Connection named = bench.connect("", bench.name);
    bench.equal(bench.name, named.getClientID());
    bench.yes(bench.connect("").getClientID() != null, "a client id was expected");
    bench.equal("QpidJMS", named.getMetaData().getJMSProviderName());
  }

  /** Anonymous producers, delivery delay and shared subscriptions fail if they are not offered. */
  private static void capabilities(Bench bench) throws Exception {
    Session session = bench.session();
    Queue queue = bench.queue(session);
    MessageConsumer shared = session.createSharedConsumer(bench.topic(session), "shared");
    MessageProducer anonymous = session.createProducer(null);
    anonymous.send(bench.topic(session), session.createTextMessage("shared"));
    bench.expect(shared, "shared");
    anonymous.setDeliveryDelay(300);
    long sentAt = System.currentTimeMillis();
    anonymous.send(queue, session.createTextMessage("delayed"));
    bench.expect(session.createConsumer(queue), "delayed");
    bench.yes(System.currentTimeMillis() - sentAt >= 300, "it came before its delay was over");
  }

  private static void prefixes(Bench bench) throws Exception {
    Session session = bench.session();
    TextMessage message = session.createTextMessage("m");
    message.setJMSReplyTo(bench.topic(session));
    session.createProducer(bench.queue(session)).send(message);
    MessageConsumer consumer = session.createConsumer(session.createQueue("queue://" + bench.name + ".q"));
    TextMessage came = (TextMessage) consumer.receive(Bench.SOON);
    bench.equal(bench.name + ".q", ((Queue) came.getJMSDestination()).getQueueName());
    bench.equal(bench.topic(session), came.getJMSReplyTo());
  }

  private static void clientIdTaken(Bench bench) throws Exception {
    bench.connect("", bench.name);
    Connection second = bench.unstarted(Bench.URL);
    bench.fails(InvalidClientIDException.class, () -> second.setClientID(bench.name));
    // The name is free again when its connection is closed.
    bench.connect("", bench.name + ".b").close();
    bench.connect("", bench.name + ".b");
  }

  private static void unclaimed(Bench bench) throws Exception {
    bench.connect("", bench.name);
    works(bench, bench.connect("jms.awaitClientID=false"));
  }

  private static void failover(Bench bench) throws Exception {
    Connection connection = bench.unstarted("failover:(" + Bench.URL + ")");
    connection.start();
    works(bench, connection);
    connection.close();
  }

  private static void idle(Bench bench) throws Exception {
    Connection connection = bench.connect("amqp.idleTimeout=1000");
    List<Exception> errors = new ArrayList<>();
    connection.setExceptionListener(errors::add);
    Thread.sleep(2500);
    bench.equal(List.of(), errors);
    works(bench, connection);
  }

  private static void sessions(Bench bench) throws Exception {
    Connection connection = bench.connect("");
    List<MessageConsumer> consumers = new ArrayList<>();
    List<Session> sessions = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      Session session = connection.createSession(Session.CLIENT_ACKNOWLEDGE);
      sessions.add(session);
      consumers.add(session.createConsumer(session.createQueue(bench.name + ".q" + i)));
    }
    for (int i = 0; i < 50; i++) {
      Session session = sessions.get(i);
      bench.send(session, session.createQueue(bench.name + ".q" + i), "one " + i, "two " + i);
    }
    for (int i = 49; i >= 0; i--) bench.expect(consumers.get(i), "one " + i, "two " + i);
  }

  private static void end(Bench bench) throws Exception {
    Connection connection = bench.connect("", bench.name);
    Session transacted = connection.createSession(Session.SESSION_TRANSACTED);
    bench.send("1", "2", "3");
    MessageConsumer taker = transacted.createConsumer(bench.queue(transacted));
    bench.expect(taker, "1", "2");
    bench.send(transacted, bench.queue(transacted), "never");
    transacted.createDurableConsumer(bench.topic(transacted), "d");
    // The end comes without a detach of the links.
    transacted.close();
    Session after = connection.createSession(Session.AUTO_ACKNOWLEDGE);
    MessageConsumer consumer = after.createConsumer(bench.queue(after));
    bench.expect(consumer, "1", "2", "3");
    bench.nothing(consumer);
    bench.send(after, bench.topic(after), "kept");
    bench.expect(after.createDurableConsumer(bench.topic(after), "d"), "kept");
  }
}
