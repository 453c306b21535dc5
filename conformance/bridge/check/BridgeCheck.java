import jakarta.jms.BytesMessage;
import jakarta.jms.CompletionListener;
import jakarta.jms.Connection;
import jakarta.jms.ConnectionFactory;
import jakarta.jms.IllegalStateException;
import jakarta.jms.IllegalStateRuntimeException;
import jakarta.jms.JMSConsumer;
import jakarta.jms.JMSContext;
import jakarta.jms.JMSException;
import jakarta.jms.JMSProducer;
import jakarta.jms.MapMessage;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import jakarta.jms.MessageEOFException;
import jakarta.jms.MessageFormatException;
import jakarta.jms.MessageListener;
import jakarta.jms.MessageProducer;
import jakarta.jms.ObjectMessage;
import jakarta.jms.Queue;
import jakarta.jms.QueueBrowser;
import jakarta.jms.QueueConnectionFactory;
import jakarta.jms.Session;
import jakarta.jms.StreamMessage;
import jakarta.jms.TemporaryQueue;
import jakarta.jms.TextMessage;
import jakarta.jms.Topic;
import jakarta.jms.TopicConnectionFactory;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Date;
import java.util.Enumeration;
import java.util.HashMap;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.TreeMap;
import java.util.Vector;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.naming.Context;
import javax.naming.InitialContext;
import javax.naming.NameNotFoundException;

/**
 * What is the bridge's own to get right, whatever the API behind it does: values of every type,
 * identity and equality, nulls, listeners that call back, foreign messages, threads. Each method
 * whose name begins with `check` is one check; a line of JSON says how it went.
 */
public final class BridgeCheck {
  private static final long WAIT_MS = 5000;

  private final Context naming;
  private final ConnectionFactory factory;
  private final Queue queue;
  private Connection connection;
  private Session session;
  private MessageProducer producer;
  private MessageConsumer consumer;

  private BridgeCheck(String name) throws Exception {
    Hashtable<String, String> environment = new Hashtable<>();
    environment.put(Context.INITIAL_CONTEXT_FACTORY, "angelia.bridge.BridgeContextFactory");
    environment.put("connectionfactory.factory", "vm://check?jms.clientID=" + name);
    environment.put("connectionfactory.other", "vm://check");
    environment.put("queue.orders", name);
    environment.put("topic.prices", name);
    naming = new InitialContext(environment);
    factory = (ConnectionFactory) naming.lookup("factory");
    queue = (Queue) naming.lookup("orders");
  }

  public static void main(String[] wanted) throws Exception {
    Map<String, Method> checks = new TreeMap<>();
    for (Method method : BridgeCheck.class.getDeclaredMethods()) {
      boolean asked = wanted.length == 0;
      for (String part : wanted) asked |= method.getName().contains(part);
      if (asked && method.getName().startsWith("check")) checks.put(method.getName(), method);
    }
    for (Map.Entry<String, Method> check : checks.entrySet()) {
      long startedAt = System.nanoTime();
      String error = run(check.getKey(), check.getValue());
      long ms = (System.nanoTime() - startedAt) / 1_000_000;
      String quoted = error == null ? "null" : '"' + error.replaceAll("[\"\\\\\\s]+", " ") + '"';
      System.out.println(
          "{\"test\":\"" + check.getKey() + "\",\"error\":" + quoted + ",\"ms\":" + ms + "}");
    }
  }

  private static String run(String name, Method check) {
    try {
      BridgeCheck one = new BridgeCheck(name);
      one.connection = one.factory.createConnection();
      one.session = one.connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
      one.producer = one.session.createProducer(one.queue);
      one.consumer = one.session.createConsumer(one.queue);
      one.connection.start();
      try {
        check.invoke(one);
      } finally {
        one.connection.close();
      }
      return null;
    } catch (Throwable error) {
      Throwable cause = error.getCause() == null ? error : error.getCause();
      for (StackTraceElement frame : cause.getStackTrace()) {
        boolean here = frame.getClassName().equals("BridgeCheck");
        if (here && !frame.getMethodName().startsWith("expect")) {
          return cause + " @" + frame.getLineNumber();
        }
      }
      return cause.toString();
    }
  }

  private static void expect(Object expected, Object found) {
    if (expected == null ? found == null : expected.equals(found)) return;
    throw new AssertionError("expected " + expected + ", got " + found);
  }

  private interface Call {
    void run() throws Exception;
  }

  private static void expectThrown(Class<?> type, Call call) {
    try {
      call.run();
    } catch (Exception error) {
      if (type.isInstance(error)) return;
      throw new AssertionError("expected " + type.getName() + ", got " + error);
    }
    throw new AssertionError("expected " + type.getName());
  }

  private Message sendAndReceive(Message message) throws JMSException {
    producer.send(message);
    return consumer.receive(WAIT_MS);
  }

  void checkNaming() throws Exception {
    expect(true, factory instanceof QueueConnectionFactory);
    expect(true, factory instanceof TopicConnectionFactory);
    expect("checkNaming", ((Topic) naming.lookup("prices")).getTopicName());
    expectThrown(NameNotFoundException.class, () -> naming.lookup("nothing"));
    expect("checkNaming", connection.getClientID());
  }

  void checkIdentity() throws Exception {
    Queue again = session.createQueue(queue.getQueueName());
    expect(queue, again);
    expect(queue.hashCode(), again.hashCode());
    expect(false, queue.equals(session.createTopic(queue.getQueueName())));
    expect(true, connection.equals(connection));
    expect(false, session.equals(connection));
    Message message = session.createMessage();
    Map<Object, String> map = new HashMap<>();
    map.put(message, "found");
    expect("found", map.get(message));
    MessageListener listener = (one) -> {};
    MessageConsumer other = session.createConsumer(session.createQueue("checkIdentity.other"));
    other.setMessageListener(listener);
    expect(true, listener == other.getMessageListener());
    other.setMessageListener(null);
    expect(null, other.getMessageListener());
  }

  private static final Object[] VALUES = {
    true, (byte) -128, (short) 32767, Integer.MIN_VALUE, Long.MAX_VALUE, Long.MIN_VALUE, 1.1f,
    Float.MIN_VALUE, Float.NEGATIVE_INFINITY, -0.0f, 0.1, Double.MIN_VALUE, Double.MAX_VALUE,
    Double.NaN, -0.0, 5.0, "", "a \"b\" \\ \n \u0000 \u00e9 \ud83d\ude00 \ud800 \u2028",
  };

  void checkProperties() throws Exception {
    Message message = session.createMessage();
    for (int i = 0; i < VALUES.length; i++) message.setObjectProperty("p" + i, VALUES[i]);
    message.setLongProperty("long", Long.MIN_VALUE);
    Message received = sendAndReceive(message);
    for (Message one : Arrays.asList(message, received)) {
      for (int i = 0; i < VALUES.length; i++) expect(VALUES[i], one.getObjectProperty("p" + i));
      expect(Long.MIN_VALUE, one.getLongProperty("long"));
      expect(null, one.getObjectProperty("nothing"));
    }
    int names = Collections.list((Enumeration<?>) message.getPropertyNames()).size();
    expect(VALUES.length + 1, names);
    expectThrown(
        MessageFormatException.class, () -> message.setObjectProperty("x", new Vector<Object>()));
    expectThrown(NumberFormatException.class, () -> message.getIntProperty("nothing"));
    expectThrown(IllegalArgumentException.class, () -> message.setIntProperty("", 1));
    expectThrown(IllegalArgumentException.class, () -> message.setIntProperty(null, 1));
  }

  void checkMap() throws Exception {
    MapMessage message = session.createMapMessage();
    for (int i = 0; i < VALUES.length; i++) message.setObject("m" + i, VALUES[i]);
    message.setObject("char", '\ud800');
    message.setBytes("bytes", new byte[] {0, 1, -1, 2}, 1, 2);
    MapMessage received = (MapMessage) sendAndReceive(message);
    Map<?, ?> body = received.getBody(Map.class);
    for (int i = 0; i < VALUES.length; i++) {
      expect(VALUES[i], received.getObject("m" + i));
      expect(VALUES[i], body.get("m" + i));
    }
    expect('\ud800', received.getObject("char"));
    expect('\ud800', received.getChar("char"));
    expect(true, Arrays.equals(new byte[] {1, -1}, (byte[]) received.getObject("bytes")));
    expect(true, Arrays.equals(new byte[] {1, -1}, received.getBytes("bytes")));
    expect(null, received.getString("nothing"));
    expectThrown(NullPointerException.class, () -> received.getChar("nothing"));
  }

  void checkStream() throws Exception {
    StreamMessage message = session.createStreamMessage();
    for (Object value : VALUES) message.writeObject(value);
    message.writeObject('c');
    message.writeObject(null);
    message.writeBytes(new byte[] {1, 2, 3, 4, 5});
    StreamMessage received = (StreamMessage) sendAndReceive(message);
    for (Object value : VALUES) expect(value, received.readObject());
    expect('c', received.readObject());
    expect(null, received.readObject());
    byte[] part = new byte[4];
    expect(4, received.readBytes(part));
    expect(true, Arrays.equals(new byte[] {1, 2, 3, 4}, part));
    expect(1, received.readBytes(part));
    expect(true, Arrays.equals(new byte[] {5, 2, 3, 4}, part));
    expectThrown(MessageEOFException.class, received::readString);
  }

  void checkBytes() throws Exception {
    byte[] all = new byte[256];
    for (int i = 0; i < all.length; i++) all[i] = (byte) i;
    BytesMessage message = session.createBytesMessage();
    message.writeBytes(all);
    message.writeLong(Long.MIN_VALUE);
    message.writeFloat(1.1f);
    message.writeChar('\ud800');
    message.writeUTF("\u0000\u00e9");
    message.writeObject((short) 7);
    BytesMessage received = (BytesMessage) sendAndReceive(message);
    byte[] read = new byte[256];
    expect(256, received.readBytes(read));
    expect(true, Arrays.equals(all, read));
    expect(Long.MIN_VALUE, received.readLong());
    expect(1.1f, received.readFloat());
    expect('\ud800', received.readChar());
    expect("\u0000\u00e9", received.readUTF());
    expect((short) 7, received.readShort());
    expect(-1, received.readBytes(read));
    expect(278L, received.getBodyLength());
    expect(278, received.getBody(byte[].class).length);
  }

  void checkObjects() throws Exception {
    ArrayList<Object> list = new ArrayList<>(Arrays.asList(1, 2L, "three", new Date(4)));
    ObjectMessage received = (ObjectMessage) sendAndReceive(session.createObjectMessage(list));
    expect(list, received.getObject());
    expect(list, received.getBody(List.class));
    expect(true, received.isBodyAssignableTo(java.util.Collection.class));
    expect(false, received.isBodyAssignableTo(Map.class));
    expectThrown(MessageFormatException.class, () -> received.getBody(Map.class));
    ObjectMessage number = session.createObjectMessage();
    number.setObject(Long.MAX_VALUE);
    expect(Long.MAX_VALUE, ((ObjectMessage) sendAndReceive(number)).getObject());
    ObjectMessage nothing = session.createObjectMessage(null);
    expect(null, ((ObjectMessage) sendAndReceive(nothing)).getObject());
    ArrayList<Object> wrong = new ArrayList<>();
    wrong.add(new Object());
    expectThrown(MessageFormatException.class, () -> session.createObjectMessage(wrong));
  }

  void checkBodies() throws Exception {
    TextMessage text = session.createTextMessage("words");
    expect("words", text.getBody(String.class));
    expect("words", text.getBody(CharSequence.class));
    expect("words", text.getBody(Object.class));
    expect(false, text.isBodyAssignableTo(Integer.class));
    expectThrown(MessageFormatException.class, () -> text.getBody(Map.class));
    expect(null, session.createTextMessage().getText());
    expect(null, session.createMessage().getBody(String.class));
  }

  void checkHeaders() throws Exception {
    Message message = session.createMessage();
    message.setJMSCorrelationIDAsBytes(new byte[] {1, -2});
    message.setJMSReplyTo(session.createTopic("answers"));
    message.setJMSType(null);
    message.setJMSExpiration(Long.MAX_VALUE);
    expect(Long.MAX_VALUE, message.getJMSExpiration());
    producer.send(message, 1, 7, 60_000);
    Message received = consumer.receive(WAIT_MS);
    byte[] id = received.getJMSCorrelationIDAsBytes();
    expect(true, Arrays.equals(new byte[] {1, -2}, id));
    expect(session.createTopic("answers"), received.getJMSReplyTo());
    expect(queue, received.getJMSDestination());
    expect(message.getJMSExpiration(), received.getJMSExpiration());
    expect(message.getJMSMessageID(), received.getJMSMessageID());
    expect(7, received.getJMSPriority());
    expect(null, received.getJMSType());
  }

  void checkReentrantListener() throws Exception {
    BlockingQueue<Object> heard = new LinkedBlockingQueue<>();
    Thread main = Thread.currentThread();
    consumer.setMessageListener(
        (message) -> {
          try {
            if (Thread.currentThread() == main) heard.add("on the thread of the test");
            Queue other = session.createQueue("checkReentrantListener.other");
            MessageProducer inside = session.createProducer(other);
            inside.send(session.createTextMessage(((TextMessage) message).getText() + "!"));
            inside.close();
            connection.close();
          } catch (Exception error) {
            heard.add(error.getClass());
          }
        });
    producer.send(session.createTextMessage("once"));
    expect(IllegalStateException.class, heard.poll(WAIT_MS, TimeUnit.MILLISECONDS));
    try (Connection second = ((ConnectionFactory) naming.lookup("other")).createConnection()) {
      second.start();
      Session own = second.createSession();
      MessageConsumer reader = own.createConsumer(own.createQueue("checkReentrantListener.other"));
      expect("once!", ((TextMessage) reader.receive(WAIT_MS)).getText());
    }
  }

  void checkListenerThatThrows() throws Exception {
    BlockingQueue<Boolean> redelivered = new LinkedBlockingQueue<>();
    consumer.setMessageListener(
        (message) -> {
          try {
            redelivered.add(message.getJMSRedelivered());
            if (!message.getJMSRedelivered()) throw new RuntimeException("not yet");
          } catch (JMSException error) {
            throw new AssertionError(error);
          }
        });
    producer.send(session.createMessage());
    expect(false, redelivered.poll(WAIT_MS, TimeUnit.MILLISECONDS));
    expect(true, redelivered.poll(WAIT_MS, TimeUnit.MILLISECONDS));
  }

  void checkReceiveBlocksItsThreadOnly() throws Exception {
    BlockingQueue<Object> received = new LinkedBlockingQueue<>();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      Session own = connection.createSession();
      MessageConsumer waiting = own.createConsumer(session.createQueue("checkReceive." + i));
      Thread thread =
          new Thread(
              () -> {
                try {
                  TextMessage message = (TextMessage) waiting.receive();
                  received.add(message == null ? "nothing" : message.getText());
                } catch (IllegalStateException late) {
                  // The close was faster than this thread.
                  received.add("nothing");
                } catch (JMSException error) {
                  received.add(error);
                }
              });
      thread.start();
      threads.add(thread);
    }
    MessageProducer any = session.createProducer(null);
    any.send(session.createQueue("checkReceive.5"), session.createTextMessage("five"));
    expect("five", received.poll(WAIT_MS, TimeUnit.MILLISECONDS));
    connection.close();
    for (Thread thread : threads) thread.join(WAIT_MS);
    expect(Collections.nCopies(7, "nothing"), new ArrayList<>(received));
  }

  void checkCompletions() throws Exception {
    BlockingQueue<Object> done = new LinkedBlockingQueue<>();
    CompletionListener listener =
        new CompletionListener() {
          @Override
          public void onCompletion(Message message) {
            try {
              done.add(message.getIntProperty("n"));
              session.close();
            } catch (Exception error) {
              done.add(error.getClass());
            }
          }

          @Override
          public void onException(Message message, Exception error) {
            done.add(error);
          }
        };
    for (int i = 0; i < 20; i++) {
      Message message = session.createMessage();
      message.setIntProperty("n", i);
      producer.send(message, listener);
    }
    for (int i = 0; i < 20; i++) {
      expect(i, done.poll(WAIT_MS, TimeUnit.MILLISECONDS));
      expect(IllegalStateException.class, done.poll(WAIT_MS, TimeUnit.MILLISECONDS));
    }
  }

  /** A message of nobody: answers what it was told, and null or nothing else. */
  private static TextMessage foreign(String text, Map<String, Object> told) {
    InvocationHandler handler =
        (proxy, method, arguments) -> {
          String name = method.getName();
          if (name.equals("getText")) return text;
          if (name.equals("getPropertyNames")) {
            return Collections.enumeration(Collections.singleton("number"));
          }
          if (name.equals("getObjectProperty")) return 5L;
          if (name.startsWith("set")) return told.put(name, arguments[0]) == told ? null : null;
          if (name.equals("hashCode")) return 1;
          if (name.equals("equals")) return proxy == arguments[0];
          return null;
        };
    ClassLoader loader = BridgeCheck.class.getClassLoader();
    return (TextMessage) Proxy.newProxyInstance(loader, new Class<?>[] {TextMessage.class}, handler);
  }

  void checkForeignMessage() throws Exception {
    Map<String, Object> told = new HashMap<>();
    producer.send(foreign("strange", told));
    TextMessage received = (TextMessage) consumer.receive(WAIT_MS);
    expect("strange", received.getText());
    expect(5L, received.getObjectProperty("number"));
    expect(received.getJMSMessageID(), told.get("setJMSMessageID"));
    expect(queue, told.get("setJMSDestination"));
    expect(2, told.get("setJMSDeliveryMode"));
  }

  void checkForeignMessageCompletion() throws Exception {
    BlockingQueue<Object> done = new LinkedBlockingQueue<>();
    Map<String, Object> told = new HashMap<>();
    TextMessage strange = foreign("strange", told);
    producer.send(
        strange,
        new CompletionListener() {
          @Override
          public void onCompletion(Message message) {
            done.add(message == strange);
          }

          @Override
          public void onException(Message message, Exception error) {
            done.add(error);
          }
        });
    expect(true, done.poll(WAIT_MS, TimeUnit.MILLISECONDS));
    expect(queue, told.get("setJMSDestination"));
  }

  void checkCompletionOfBytes() throws Exception {
    BlockingQueue<Object> done = new LinkedBlockingQueue<>();
    BytesMessage message = session.createBytesMessage();
    message.writeInt(22);
    producer.send(
        message,
        new CompletionListener() {
          @Override
          public void onCompletion(Message sent) {
            try {
              connection.stop();
              done.add(((BytesMessage) sent).readInt());
            } catch (JMSException error) {
              done.add(error);
            }
          }

          @Override
          public void onException(Message sent, Exception error) {
            done.add(error);
          }
        });
    expect(22, done.poll(WAIT_MS, TimeUnit.MILLISECONDS));
    CompletionListener nobody = null;
    expectThrown(IllegalArgumentException.class, () -> producer.send(message, nobody));
    expectThrown(
        IllegalArgumentException.class, () -> producer.send(message, 1, 4, 0, nobody));
  }

  void checkBrowser() throws Exception {
    consumer.close();
    producer.send(session.createTextMessage("one"));
    try (QueueBrowser browser = session.createBrowser(queue)) {
      Enumeration<?> messages = browser.getEnumeration();
      expect(true, messages.hasMoreElements());
      expect("one", ((TextMessage) messages.nextElement()).getText());
      expect(false, messages.hasMoreElements());
      expectThrown(NoSuchElementException.class, messages::nextElement);
      expect(queue, browser.getQueue());
    }
  }

  void checkTemporaryQueue() throws Exception {
    TemporaryQueue answers = session.createTemporaryQueue();
    Message message = session.createMessage();
    message.setJMSReplyTo(answers);
    Message received = sendAndReceive(message);
    expect(answers, received.getJMSReplyTo());
    expect(true, received.getJMSReplyTo() instanceof TemporaryQueue);
    MessageConsumer asking = session.createConsumer(answers);
    session.createProducer(received.getJMSReplyTo()).send(session.createTextMessage("yes"));
    expect("yes", ((TextMessage) asking.receive(WAIT_MS)).getText());
    asking.close();
    answers.delete();
  }

  void checkContext() throws Exception {
    Queue own = session.createQueue("checkContext.own");
    ConnectionFactory other = (ConnectionFactory) naming.lookup("other");
    try (JMSContext context = other.createContext("user", "password", JMSContext.AUTO_ACKNOWLEDGE)) {
      JMSConsumer reader = context.createConsumer(own);
      JMSProducer writer = context.createProducer();
      writer.setProperty("byte", (byte) 1).setProperty("short", (short) 2).setProperty("f", 1.5f);
      writer.setProperty("long", 4L).setProperty("d", 2.0).setProperty("object", (Object) (byte) 6);
      expect(true, writer == writer.setPriority(9));
      expect(true, writer.getPropertyNames().contains("short"));
      expect(2, writer.getIntProperty("short"));
      expect((byte) 1, writer.getObjectProperty("byte"));
      expect(2.0, writer.getObjectProperty("d"));
      writer.send(own, "text");
      Message message = reader.receive(WAIT_MS);
      expect("text", message.getBody(String.class));
      expect((byte) 1, message.getObjectProperty("byte"));
      expect((short) 2, message.getObjectProperty("short"));
      expect(1.5f, message.getObjectProperty("f"));
      expect(4L, message.getObjectProperty("long"));
      expect(2.0, message.getObjectProperty("d"));
      expect((byte) 6, message.getObjectProperty("object"));
      expect(9, message.getJMSPriority());
      contextBodies(writer, reader, own);
      expectThrown(IllegalStateRuntimeException.class, context::commit);
    }
  }

  private static void contextBodies(JMSProducer writer, JMSConsumer reader, Queue own) {
    writer.send(own, new byte[] {1, -1});
    expect(2, reader.receiveBody(byte[].class, WAIT_MS).length);
    Map<String, Object> map = new HashMap<>();
    map.put("long", 5L);
    map.put("text", "x");
    writer.send(own, map);
    expect(map, reader.receiveBody(Map.class, WAIT_MS));
    // As a Serializable, a text is an object like any other.
    writer.send(own, (java.io.Serializable) "object");
    expect(true, reader.receive(WAIT_MS) instanceof ObjectMessage);
    writer.send(own, new Date(7));
    expect(new Date(7), reader.receiveBody(Date.class, WAIT_MS));
    writer.send(own, (String) null);
    expect(true, reader.receive(WAIT_MS) instanceof TextMessage);
    writer.send(own, (byte[]) null);
    expect(true, reader.receive(WAIT_MS) instanceof BytesMessage);
    expect(null, reader.receiveBodyNoWait(String.class));
  }

  void checkClosed() throws Exception {
    connection.close();
    expectThrown(IllegalStateException.class, () -> connection.createSession());
    expectThrown(IllegalStateException.class, () -> consumer.receive());
    expectThrown(IllegalStateException.class, () -> producer.getPriority());
    connection.close();
  }

  void checkHandlesAreReleased() throws Exception {
    for (int i = 0; i < 2000; i++) session.createTextMessage("x".repeat(1000));
    Message kept = session.createMessage();
    kept.setIntProperty("n", 1);
    for (int i = 0; i < 3; i++) {
      System.gc();
      Thread.sleep(20);
    }
    expect(1, ((Message) sendAndReceive(kept)).getIntProperty("n"));
  }
}
