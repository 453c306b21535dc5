// Messages of JMS (jakarta.jms), as the words of the dialogue say them and back: dialogue.ts.

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import jakarta.jms.BytesMessage;
import jakarta.jms.DeliveryMode;
import jakarta.jms.Destination;
import jakarta.jms.JMSException;
import jakarta.jms.MapMessage;
import jakarta.jms.Message;
import jakarta.jms.MessageEOFException;
import jakarta.jms.ObjectMessage;
import jakarta.jms.Queue;
import jakarta.jms.Session;
import jakarta.jms.StreamMessage;
import jakarta.jms.TextMessage;
import jakarta.jms.Topic;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Collections;
import java.util.HexFormat;

final class JmsMessages {
  private static final int BODY_BYTES_SHOWN = 4096;

  private JmsMessages() {}

  /** The destination that the words say. */
  static Destination destination(Session session, JsonObject said) throws JMSException {
    String name = text(said, "name");
    return text(said, "kind").equals("queue") ? session.createQueue(name) : session.createTopic(name);
  }

  /** The message that the words say. */
  static Message write(Session session, JsonObject spec) throws JMSException {
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

  /** What came, in words. */
  static JsonObject read(Message message) throws Exception {
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
      if (said == null) return other("no text");
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
      return other(message.getClass().getName());
    }
    return body;
  }

  private static JsonObject other(String what) {
    JsonObject body = new JsonObject();
    body.addProperty("kind", "other");
    body.addProperty("what", what);
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

  static String text(JsonObject object, String name) {
    return object.get(name).getAsString();
  }
}
