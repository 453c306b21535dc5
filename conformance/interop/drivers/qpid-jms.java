// Drives Apache Qpid JMS (Maven, jakarta.jms): see dialogue.ts for the words. The connection is
// shared, each subscription has a session of its own, and sends have theirs. A JMS client cannot
// vanish without a word: `drop` closes the connection with messages unacknowledged.

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import jakarta.jms.BytesMessage;
import jakarta.jms.Connection;
import jakarta.jms.DeliveryMode;
import jakarta.jms.Destination;
import jakarta.jms.JMSException;
import jakarta.jms.MapMessage;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import jakarta.jms.MessageEOFException;
import jakarta.jms.MessageProducer;
import jakarta.jms.ObjectMessage;
import jakarta.jms.Queue;
import jakarta.jms.QueueBrowser;
import jakarta.jms.Session;
import jakarta.jms.StreamMessage;
import jakarta.jms.TemporaryQueue;
import jakarta.jms.TextMessage;
import jakarta.jms.Topic;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Enumeration;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.apache.qpid.jms.JmsConnectionFactory;
import org.apache.qpid.jms.util.MetaDataSupport;

class QpidJms {
  private static final int BODY_BYTES_SHOWN = 4096;

  /** Qpid's own mode: each message is acknowledged by itself. */
  private static final int INDIVIDUAL_ACKNOWLEDGE = 101;

  /** What `JMS_AMQP_ACK_TYPE` says for each outcome. */
  private static final Map<String, Integer> OUTCOMES =
      Map.of("accept", 1, "reject", 2, "release", 3, "fail", 4, "undeliverable", 5);

  /** A consumer or a browser, and what it handed over and is not settled. */
  private static final class Subscription {
    final Session session;
    final JsonObject command;
    MessageConsumer consumer;
    QueueBrowser browser;
    Enumeration<?> browsed;
    final List<Message> unsettled = new ArrayList<>();

    Subscription(Session session, JsonObject command) {
      this.session = session;
      this.command = command;
    }
  }

  private final Map<String, Connection> connections = new HashMap<>();
  private final Map<String, Session> sending = new HashMap<>();
  private final Map<String, Session> transactions = new HashMap<>();
  private final Map<String, Subscription> subscriptions = new HashMap<>();

  public static void main(String[] arguments) throws Exception {
    // Whatever a library prints must not break the dialogue.
    PrintStream answers = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    System.setOut(System.err);
    JsonObject hello = new JsonObject();
    hello.addProperty("client", "qpid-jms");
    hello.addProperty("version", MetaDataSupport.PROVIDER_VERSION);
    answers.println(hello);
    QpidJms driver = new QpidJms();
    InputStreamReader utf8 = new InputStreamReader(System.in, StandardCharsets.UTF_8);
    BufferedReader commands = new BufferedReader(utf8);
    Gson gson = new Gson();
    for (String line = commands.readLine(); line != null; line = commands.readLine()) {
      JsonObject answer = new JsonObject();
      try {
        answer = driver.obey(JsonParser.parseString(line).getAsJsonObject());
        answer.addProperty("ok", true);
      } catch (Exception error) {
        answer = new JsonObject();
        answer.addProperty("ok", false);
        answer.addProperty("error", error.toString());
      }
      answers.println(gson.toJson(answer));
    }
    System.exit(0);
  }

  private JsonObject obey(JsonObject command) throws Exception {
    JsonObject answer = new JsonObject();
    switch (text(command, "op")) {
      case "connect" -> connect(command);
      case "send" -> send(command);
      case "subscribe" -> subscribe(command);
      case "receive" -> answer.add("messages", receive(subscription(command), command));
      case "acknowledge" -> {
        List<Message> unsettled = subscription(command).unsettled;
        unsettled.get(unsettled.size() - 1).acknowledge();
        unsettled.clear();
      }
      case "settle" -> settle(subscription(command), command);
      case "unsubscribe" -> unsubscribe(subscription(command), command);
      case "begin" -> {
        Session session = connection(command).createSession(true, Session.SESSION_TRANSACTED);
        transactions.put(text(command, "transaction"), session);
      }
      case "end" -> {
        Session session = transactions.remove(text(command, "transaction"));
        if (command.get("commit").getAsBoolean()) session.commit();
        else session.rollback();
      }
      case "node" -> node(command, answer);
      case "drain" -> {
        // With a prefetch of nothing, looking for a message is credit and a drain.
        JsonArray messages = new JsonArray();
        Subscription from = subscription(command);
        for (Message m = from.consumer.receiveNoWait(); m != null; ) {
          messages.add(read(m));
          m = from.consumer.receiveNoWait();
        }
        answer.add("messages", messages);
      }
      case "close", "drop" -> connections.remove(text(command, "connection")).close();
      default -> throw new IllegalArgumentException("no such command: " + command);
    }
    return answer;
  }

  private Connection connection(JsonObject command) {
    return connections.get(text(command, "connection"));
  }

  private Subscription subscription(JsonObject command) {
    return subscriptions.get(text(command, "subscription"));
  }

  private void connect(JsonObject command) throws JMSException {
    String name = text(command, "connection");
    URI url = URI.create(text(command, "url"));
    String door = "amqp://" + url.getHost() + ":" + url.getPort();
    JmsConnectionFactory factory = new JmsConnectionFactory(door);
    if (command.has("clientId")) factory.setClientID(text(command, "clientId"));
    String[] user = url.getUserInfo() == null ? null : url.getUserInfo().split(":", 2);
    Connection connection =
        user == null ? factory.createConnection() : factory.createConnection(user[0], user[1]);
    connection.start();
    connections.put(name, connection);
    sending.put(name, connection.createSession(false, Session.AUTO_ACKNOWLEDGE));
  }

  private static Destination destination(Session session, JsonObject said) throws JMSException {
    String name = text(said, "name");
    return text(said, "kind").equals("queue") ? session.createQueue(name) : session.createTopic(name);
  }

  private void send(JsonObject command) throws JMSException {
    Session session =
        command.has("transaction")
            ? transactions.get(text(command, "transaction"))
            : sending.get(text(command, "connection"));
    Destination destination = destination(session, command.getAsJsonObject("destination"));
    try (MessageProducer producer = session.createProducer(destination)) {
      for (var element : command.getAsJsonArray("messages")) {
        JsonObject spec = element.getAsJsonObject();
        Message message = write(session, spec);
        boolean persistent = spec.has("persistent") && spec.get("persistent").getAsBoolean();
        int priority = spec.has("priority") ? spec.get("priority").getAsInt() : 4;
        int mode = persistent ? DeliveryMode.PERSISTENT : DeliveryMode.NON_PERSISTENT;
        producer.send(message, mode, priority, 0);
      }
      // The provider may confirm non-persistent sends by themselves; persistent ones are
      // synchronous, so nothing is in doubt once one of them has returned.
    }
  }

  private void subscribe(JsonObject command) throws JMSException {
    int mode =
        switch (text(command, "acknowledge")) {
          case "auto" -> Session.AUTO_ACKNOWLEDGE;
          case "individual" -> INDIVIDUAL_ACKNOWLEDGE;
          default -> Session.CLIENT_ACKNOWLEDGE;
        };
    Session session =
        command.has("transaction")
            ? transactions.get(text(command, "transaction"))
            : connection(command).createSession(false, mode);
    Destination destination = destination(session, command.getAsJsonObject("destination"));
    String selector = command.has("selector") ? text(command, "selector") : null;
    Subscription subscription = new Subscription(session, command);
    if (command.has("browse")) {
      subscription.browser = session.createBrowser((Queue) destination);
      subscription.browsed = subscription.browser.getEnumeration();
    } else if (command.has("shared")) {
      String name = text(command, "shared");
      subscription.consumer =
          command.has("durable")
              ? session.createSharedDurableConsumer((Topic) destination, name)
              : session.createSharedConsumer((Topic) destination, name);
    } else if (command.has("durable")) {
      String name = text(command, "durable");
      subscription.consumer = session.createDurableConsumer((Topic) destination, name);
    } else {
      subscription.consumer = session.createConsumer(destination, selector);
    }
    subscriptions.put(text(command, "subscription"), subscription);
  }

  private void node(JsonObject command, JsonObject answer) throws JMSException {
    Session session = connection(command).createSession(false, Session.AUTO_ACKNOWLEDGE);
    TemporaryQueue queue = session.createTemporaryQueue();
    Subscription subscription = new Subscription(session, command);
    subscription.consumer = session.createConsumer(queue);
    subscriptions.put(text(command, "subscription"), subscription);
    answer.addProperty("address", queue.getQueueName());
  }

  private void settle(Subscription subscription, JsonObject command) throws JMSException {
    Message message = subscription.unsettled.remove(command.get("at").getAsInt());
    // In a transacted session receiving is all there is to say.
    if (command.has("transaction")) return;
    message.setIntProperty("JMS_AMQP_ACK_TYPE", OUTCOMES.get(text(command, "outcome")));
    message.acknowledge();
  }

  private void unsubscribe(Subscription subscription, JsonObject command) throws JMSException {
    if (subscription.browser != null) subscription.browser.close();
    else subscription.consumer.close();
    if (command.get("forget").getAsBoolean()) {
      subscription.session.unsubscribe(text(subscription.command, "durable"));
    }
  }

  private JsonArray receive(Subscription subscription, JsonObject command) throws Exception {
    long until = System.currentTimeMillis() + command.get("timeoutMs").getAsLong();
    JsonArray received = new JsonArray();
    while (received.size() < command.get("count").getAsInt()) {
      long left = Math.max(1, until - System.currentTimeMillis());
      Message message = next(subscription, left);
      if (message == null) break;
      subscription.unsettled.add(message);
      received.add(read(message));
    }
    return received;
  }

  private static Message next(Subscription subscription, long ms) throws JMSException {
    if (subscription.browser == null) return subscription.consumer.receive(ms);
    boolean more = subscription.browsed.hasMoreElements();
    return more ? (Message) subscription.browsed.nextElement() : null;
  }

  private static Message write(Session session, JsonObject spec) throws JMSException {
    JsonObject body = spec.getAsJsonObject("body");
    Message message = writeBody(session, body);
    if (spec.has("properties")) {
      for (var entry : spec.getAsJsonObject("properties").entrySet()) {
        message.setObjectProperty(entry.getKey(), value(entry.getValue().getAsJsonObject()));
      }
    }
    if (spec.has("correlationId")) message.setJMSCorrelationID(text(spec, "correlationId"));
    if (spec.has("type")) message.setJMSType(text(spec, "type"));
    if (spec.has("replyTo")) {
      message.setJMSReplyTo(destination(session, spec.getAsJsonObject("replyTo")));
    }
    return message;
  }

  private static Message writeBody(Session session, JsonObject body) throws JMSException {
    int times = body.has("times") ? body.get("times").getAsInt() : 1;
    if (body.has("text")) return session.createTextMessage(text(body, "text").repeat(times));
    if (body.has("hex")) {
      BytesMessage message = session.createBytesMessage();
      message.writeBytes(HexFormat.of().parseHex(text(body, "hex").repeat(times)));
      return message;
    }
    if (body.has("object")) return session.createObjectMessage(text(body, "object"));
    if (body.has("stream")) {
      StreamMessage message = session.createStreamMessage();
      for (var item : body.getAsJsonArray("stream")) message.writeObject(value(item.getAsJsonObject()));
      return message;
    }
    MapMessage message = session.createMapMessage();
    for (var entry : body.getAsJsonObject("map").entrySet()) {
      message.setObject(entry.getKey(), value(entry.getValue().getAsJsonObject()));
    }
    return message;
  }

  private static Object value(JsonObject typed) {
    String value = text(typed, "value");
    return switch (text(typed, "type")) {
      case "boolean" -> Boolean.valueOf(value);
      case "byte" -> Byte.valueOf(value);
      case "short" -> Short.valueOf(value);
      case "int" -> Integer.valueOf(value);
      case "long" -> Long.valueOf(value);
      case "float" -> Float.valueOf(value);
      case "double" -> Double.valueOf(value);
      case "string" -> value;
      case "char" -> value.charAt(0);
      case "binary" -> HexFormat.of().parseHex(value);
      default -> throw new IllegalArgumentException("JMS has no " + typed);
    };
  }

  private static JsonObject typed(Object value) {
    JsonObject typed = new JsonObject();
    String type = value == null ? "null" : switch (value.getClass().getSimpleName()) {
      case "Integer" -> "int";
      case "Character" -> "char";
      case "byte[]" -> "binary";
      default -> value.getClass().getSimpleName().toLowerCase();
    };
    typed.addProperty("type", type);
    boolean bytes = value instanceof byte[];
    typed.addProperty("value", bytes ? HexFormat.of().formatHex((byte[]) value) : "" + value);
    return typed;
  }

  private static JsonObject read(Message message) throws Exception {
    JsonObject received = new JsonObject();
    received.add("body", readBody(message));
    JsonObject properties = new JsonObject();
    for (Object name : Collections.list(message.getPropertyNames())) {
      properties.add((String) name, typed(message.getObjectProperty((String) name)));
    }
    received.add("properties", properties);
    received.addProperty("correlationId", message.getJMSCorrelationID());
    received.addProperty("type", message.getJMSType());
    received.addProperty("priority", message.getJMSPriority());
    received.addProperty("persistent", message.getJMSDeliveryMode() == DeliveryMode.PERSISTENT);
    received.addProperty("redelivered", message.getJMSRedelivered());
    if (message.getJMSReplyTo() != null) received.add("replyTo", spell(message.getJMSReplyTo()));
    return received;
  }

  private static JsonObject spell(Destination destination) throws JMSException {
    JsonObject said = new JsonObject();
    boolean queue = destination instanceof Queue;
    said.addProperty("kind", queue ? "queue" : "topic");
    String name =
        queue ? ((Queue) destination).getQueueName() : ((Topic) destination).getTopicName();
    said.addProperty("name", name);
    return said;
  }

  private static JsonObject readBody(Message message) throws Exception {
    if (message instanceof TextMessage text) {
      String said = text.getText();
      return describe("text", said.getBytes(StandardCharsets.UTF_8), said);
    }
    if (message instanceof BytesMessage bytes) {
      byte[] said = new byte[(int) bytes.getBodyLength()];
      bytes.readBytes(said);
      return describe("bytes", said, HexFormat.of().formatHex(said));
    }
    JsonObject body = new JsonObject();
    if (message instanceof MapMessage map) {
      JsonObject entries = new JsonObject();
      for (Object name : Collections.list(map.getMapNames())) {
        entries.add((String) name, typed(map.getObject((String) name)));
      }
      body.addProperty("kind", "map");
      body.add("entries", entries);
    } else if (message instanceof StreamMessage stream) {
      body.addProperty("kind", "stream");
      body.add("items", items(stream));
    } else if (message instanceof ObjectMessage object) {
      body.addProperty("kind", "object");
      readObject(object, body);
    } else {
      body.addProperty("kind", "other");
      body.addProperty("what", message.getClass().getName());
    }
    return body;
  }

  private static JsonArray items(StreamMessage stream) throws JMSException {
    JsonArray items = new JsonArray();
    try {
      while (true) items.add(typed(stream.readObject()));
    } catch (MessageEOFException end) {
      return items;
    }
  }

  /** What was not serialised by Java is an object here, and cannot be read. */
  private static void readObject(ObjectMessage message, JsonObject body) {
    try {
      body.addProperty("value", String.valueOf(message.getObject()));
    } catch (JMSException unreadable) {
      System.err.println(unreadable);
    }
  }

  private static JsonObject describe(String kind, byte[] raw, String shown) throws Exception {
    JsonObject body = new JsonObject();
    body.addProperty("kind", kind);
    if (raw.length > BODY_BYTES_SHOWN) {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(raw);
      body.addProperty("length", raw.length);
      body.addProperty("sha256", HexFormat.of().formatHex(digest));
    } else {
      body.addProperty(kind.equals("text") ? "text" : "hex", shown);
    }
    return body;
  }

  private static String text(JsonObject object, String name) {
    return object.get(name).getAsString();
  }
}
