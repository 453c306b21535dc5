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
import jakarta.jms.MessageProducer;
import jakarta.jms.Queue;
import jakarta.jms.Session;
import jakarta.jms.TextMessage;
import jakarta.jms.Topic;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Collections;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import org.apache.qpid.jms.JmsConnectionFactory;
import org.apache.qpid.jms.util.MetaDataSupport;

class QpidJms {
  private static final int BODY_BYTES_SHOWN = 4096;

  /** A consumer, and the last message it handed over: acknowledging it settles all before. */
  private static final class Subscription {
    final MessageConsumer consumer;
    Message last;

    Subscription(MessageConsumer consumer) {
      this.consumer = consumer;
    }
  }

  private final Map<String, Connection> connections = new HashMap<>();
  private final Map<String, Session> sending = new HashMap<>();
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
        JsonArray messages = driver.obey(JsonParser.parseString(line).getAsJsonObject());
        answer.addProperty("ok", true);
        if (messages != null) answer.add("messages", messages);
      } catch (Exception error) {
        answer = new JsonObject();
        answer.addProperty("ok", false);
        answer.addProperty("error", error.toString());
      }
      answers.println(gson.toJson(answer));
    }
    System.exit(0);
  }

  private JsonArray obey(JsonObject command) throws Exception {
    switch (text(command, "op")) {
      case "connect" -> connect(text(command, "connection"), URI.create(text(command, "url")));
      case "send" -> send(command);
      case "subscribe" -> subscribe(command);
      case "receive" -> {
        return receive(command);
      }
      case "acknowledge" -> subscriptions.get(text(command, "subscription")).last.acknowledge();
      case "close", "drop" -> connections.remove(text(command, "connection")).close();
      default -> throw new IllegalArgumentException("no such command: " + command);
    }
    return null;
  }

  private void connect(String name, URI url) throws JMSException {
    String door = "amqp://" + url.getHost() + ":" + url.getPort();
    JmsConnectionFactory factory = new JmsConnectionFactory(door);
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
    Session session = sending.get(text(command, "connection"));
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
    boolean auto = text(command, "acknowledge").equals("auto");
    int mode = auto ? Session.AUTO_ACKNOWLEDGE : Session.CLIENT_ACKNOWLEDGE;
    Session session = connections.get(text(command, "connection")).createSession(false, mode);
    Destination destination = destination(session, command.getAsJsonObject("destination"));
    Subscription subscription = new Subscription(session.createConsumer(destination));
    subscriptions.put(text(command, "subscription"), subscription);
  }

  private JsonArray receive(JsonObject command) throws Exception {
    Subscription subscription = subscriptions.get(text(command, "subscription"));
    long until = System.currentTimeMillis() + command.get("timeoutMs").getAsLong();
    JsonArray received = new JsonArray();
    while (received.size() < command.get("count").getAsInt()) {
      long left = Math.max(1, until - System.currentTimeMillis());
      Message message = subscription.consumer.receive(left);
      if (message == null) break;
      subscription.last = message;
      received.add(read(message));
    }
    return received;
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
    } else {
      body.addProperty("kind", "other");
      body.addProperty("what", message.getClass().getName());
    }
    return body;
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
