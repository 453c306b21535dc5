// Boxes 5.8: what a message is made of.

import jakarta.jms.BytesMessage;
import jakarta.jms.DeliveryMode;
import jakarta.jms.JMSException;
import jakarta.jms.MapMessage;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import jakarta.jms.MessageProducer;
import jakarta.jms.ObjectMessage;
import jakarta.jms.Session;
import jakarta.jms.StreamMessage;
import jakarta.jms.TextMessage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

class MessageChecks {
  static void addTo(Map<String, Checklist.Check> checks) {
    checks.put("5.8.1 the kinds of message and of destination are known again", MessageChecks::kinds);
    checks.put("5.8.2 header fields, also those at their defaults", MessageChecks::headers);
    checks.put("5.8.3 properties of the message, and ids of any type", MessageChecks::properties);
    checks.put("5.8.4 the five bodies", MessageChecks::bodies);
    checks.put("5.8.5 a delay, and a time to live", MessageChecks::times);
    checks.put("5.8.6 a message that is too large fails its send", MessageChecks::tooLarge);
    checks.put("5.8.6 a message of 20 MiB", MessageChecks::large);
  }

  private static Message through(Bench bench, Session session, Message message) throws Exception {
    try (MessageProducer producer = session.createProducer(bench.queue(session));
        MessageConsumer consumer = session.createConsumer(bench.queue(session))) {
      producer.send(message);
      Message came = consumer.receive(Bench.SOON);
      bench.yes(came != null, "nothing came");
      return came;
    }
  }

  private static void kinds(Bench bench) throws Exception {
    Session session = bench.session();
    Message[] sent = {
      session.createMessage(),
      session.createObjectMessage("object"),
      session.createMapMessage(),
      session.createBytesMessage(),
      session.createStreamMessage(),
      session.createTextMessage(),
    };
    for (Message message : sent) {
      message.setJMSReplyTo(bench.topic(session));
      Message came = through(bench, session, message);
      bench.equal(message.getClass(), came.getClass());
      bench.equal(bench.queue(session), came.getJMSDestination());
      bench.equal(bench.topic(session), came.getJMSReplyTo());
    }
  }

  private static void headers(Bench bench) throws Exception {
    Session session = bench.session();
    MessageProducer producer = session.createProducer(bench.queue(session));
    MessageConsumer consumer = session.createConsumer(bench.queue(session));
    for (int priority = 9; priority >= 0; priority--) {
      int mode = priority % 2 == 0 ? DeliveryMode.PERSISTENT : DeliveryMode.NON_PERSISTENT;
      Message sent = session.createMessage();
      producer.send(sent, mode, priority, priority == 3 ? 60_000 : 0);
      Message came = consumer.receive(Bench.SOON);
      bench.equal(priority, came.getJMSPriority());
      bench.equal(mode, came.getJMSDeliveryMode());
      bench.equal(sent.getJMSTimestamp(), came.getJMSTimestamp());
      bench.equal(sent.getJMSExpiration(), came.getJMSExpiration());
      bench.equal(1, came.getIntProperty("JMSXDeliveryCount"));
      bench.yes(!came.getJMSRedelivered(), "it is delivered for the first time");
    }
  }

  private static void properties(Bench bench) throws Exception {
    Session session = bench.session();
    String[] ids = {
      "ID:AMQP_UUID:123e4567-e89b-12d3-a456-426614174000",
      "ID:AMQP_ULONG:18446744073709551615",
      "ID:AMQP_BINARY:00FF10",
      "application-made",
      "ID:plain",
    };
    for (String id : ids) {
      Message sent = session.createMessage();
      sent.setJMSCorrelationID(id);
      sent.setJMSType("a type");
      sent.setStringProperty("JMSXGroupID", "group");
      sent.setIntProperty("JMSXGroupSeq", 7);
      Message came = through(bench, session, sent);
      bench.equal(id, came.getJMSCorrelationID());
      bench.equal("a type", came.getJMSType());
      bench.equal("group", came.getStringProperty("JMSXGroupID"));
      bench.equal(7, came.getIntProperty("JMSXGroupSeq"));
      bench.equal(sent.getJMSMessageID(), came.getJMSMessageID());
      bench.yes(came.getJMSMessageID().startsWith("ID:"), came.getJMSMessageID());
    }
    Message sent = session.createMessage();
    Object[] values = {true, (byte) -128, (short) 7, 8, 9L, 1.5f, -0.25, "text"};
    for (Object value : values) sent.setObjectProperty("p" + value.getClass().getSimpleName(), value);
    Message came = through(bench, session, sent);
    for (Object value : values) {
      bench.equal(value, came.getObjectProperty("p" + value.getClass().getSimpleName()));
    }
  }

  private static void bodies(Bench bench) throws Exception {
    Session session = bench.session();
    String text = "Grüße 🐙";
    bench.equal(text, ((TextMessage) through(bench, session, session.createTextMessage(text))).getText());
    BytesMessage bytes = session.createBytesMessage();
    bytes.writeLong(Long.MIN_VALUE);
    bytes.writeUTF(text);
    BytesMessage bytesCame = (BytesMessage) through(bench, session, bytes);
    bench.equal(Long.MIN_VALUE, bytesCame.readLong());
    bench.equal(text, bytesCame.readUTF());
    MapMessage map = session.createMapMessage();
    map.setChar("char", 'ß');
    map.setBytes("bytes", new byte[] {0, -1});
    map.setShort("short", (short) -5);
    MapMessage mapCame = (MapMessage) through(bench, session, map);
    bench.equal('ß', mapCame.getChar("char"));
    bench.equal((short) -5, mapCame.getObject("short"));
    bench.equal(-1, (int) mapCame.getBytes("bytes")[1]);
    StreamMessage stream = session.createStreamMessage();
    Object[] values = {true, (byte) 1, 'c', (short) 2, 3, 4L, 5.5f, 6.5, "s"};
    for (Object value : values) stream.writeObject(value);
    StreamMessage streamCame = (StreamMessage) through(bench, session, stream);
    for (Object value : values) bench.equal(value, streamCame.readObject());
    ArrayList<String> list = new ArrayList<>(List.of("a", "b"));
    ObjectMessage object = (ObjectMessage) through(bench, session, session.createObjectMessage(list));
    bench.equal(list, object.getObject());
    ObjectMessage typed = session.createObjectMessage();
    typed.setBooleanProperty("JMS_AMQP_TYPED_ENCODING", true);
    typed.setObject(list);
    bench.equal(list, ((ObjectMessage) through(bench, session, typed)).getObject());
  }

  private static void times(Bench bench) throws Exception {
    Session session = bench.session();
    MessageProducer producer = session.createProducer(bench.queue(session));
    producer.setDeliveryDelay(500);
    long sentAt = System.currentTimeMillis();
    producer.send(session.createTextMessage("later"));
    producer.setDeliveryDelay(0);
    producer.setTimeToLive(1);
    producer.send(session.createTextMessage("never"));
    producer.setTimeToLive(0);
    producer.send(session.createTextMessage("now"));
    Thread.sleep(50);
    MessageConsumer consumer = session.createConsumer(bench.queue(session));
    bench.expect(consumer, "now");
    Message later = consumer.receive(Bench.SOON);
    bench.equal("later", ((TextMessage) later).getText());
    bench.yes(System.currentTimeMillis() - sentAt >= 500, "it came before its delay was over");
    bench.yes(later.getJMSDeliveryTime() >= sentAt + 500, "it says when it may be delivered");
  }

  private static void tooLarge(Bench bench) throws Exception {
    bench.settings(bench.name + ".q", "{\"bytesMax\": 1000}");
    Session session = bench.session();
    MessageProducer producer = session.createProducer(bench.queue(session));
    BytesMessage large = session.createBytesMessage();
    large.writeBytes(new byte[10_000]);
    bench.fails(JMSException.class, () -> producer.send(large));
    bench.equal(TextMessage.class.isInstance(through(bench, session, session.createTextMessage("fits"))), true);
  }

  private static void large(Bench bench) throws Exception {
    Session session = bench.session();
    byte[] bytes = new byte[20 * 1024 * 1024];
    for (int i = 0; i < bytes.length; i += 997) bytes[i] = (byte) i;
    BytesMessage sent = session.createBytesMessage();
    sent.writeBytes(bytes);
    BytesMessage came = (BytesMessage) through(bench, session, sent);
    byte[] got = new byte[bytes.length];
    bench.equal(bytes.length, came.readBytes(got));
    bench.yes(java.util.Arrays.equals(bytes, got), "other bytes came");
  }
}
