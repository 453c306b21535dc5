// Drives RabbitMQ's own JMS client (Maven, jakarta.jms): the words of java-side.ts, one JSON command a
// line, one JSON answer a line. Each subscription has a session of its own, and sends have theirs. An
// `amqp` destination is the default exchange with the queue as its key.

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.rabbitmq.jms.admin.RMQConnectionFactory;
import com.rabbitmq.jms.admin.RMQDestination;
import com.rabbitmq.jms.client.HandleAnyReplyToStrategy;
import jakarta.jms.Connection;
import jakarta.jms.DeliveryMode;
import jakarta.jms.Destination;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import jakarta.jms.MessageProducer;
import jakarta.jms.Session;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

class RabbitJms {
  private static final String STRAIGHT_BACK = "amq.rabbitmq.reply-to";

  private record Subscription(Session session, MessageConsumer consumer) {}

  private final Map<String, Subscription> subscriptions = new HashMap<>();
  private Connection connection;
  private Session sending;

  public static void main(String[] arguments) throws Exception {
    // Whatever a library prints must not break the dialogue.
    PrintStream answers = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    System.setOut(System.err);
    RabbitJms driver = new RabbitJms();
    InputStreamReader utf8 = new InputStreamReader(System.in, StandardCharsets.UTF_8);
    BufferedReader commands = new BufferedReader(utf8);
    Gson gson = new Gson();
    JsonObject hello = new JsonObject();
    hello.addProperty("client", "rabbitmq-jms");
    hello.addProperty("version", RMQConnectionFactory.class.getPackage().getImplementationVersion());
    answers.println(hello);
    for (String line = commands.readLine(); line != null; line = commands.readLine()) {
      JsonObject answer = new JsonObject();
      try {
        JsonArray messages = driver.obey(JsonParser.parseString(line).getAsJsonObject());
        answer.add("messages", messages);
        answer.addProperty("ok", true);
      } catch (Exception error) {
        answer.addProperty("ok", false);
        answer.addProperty("error", causes(error));
      }
      answers.println(gson.toJson(answer));
    }
    System.exit(0);
  }

  private static String causes(Throwable error) {
    String said = error.toString();
    return error.getCause() == null ? said : said + ", for " + causes(error.getCause());
  }

  private JsonArray obey(JsonObject command) throws Exception {
    switch (text(command, "op")) {
      case "connect" -> connect(command);
      case "send" -> {
        return send(command);
      }
      case "subscribe" -> subscribe(command);
      case "receive" -> {
        return receive(subscription(command).consumer(), command);
      }
      case "recover" -> subscription(command).session().recover();
      case "unsubscribe" -> subscriptions.remove(text(command, "subscription")).session().close();
      case "request" -> {
        return request(command);
      }
      case "serve" -> {
        return serve(command);
      }
      default -> throw new IllegalArgumentException("no such command: " + command);
    }
    return new JsonArray();
  }

  /** As the client's documentation has it for requests and replies, and for other programs. */
  private void connect(JsonObject command) throws JMSException {
    RMQConnectionFactory factory = new RMQConnectionFactory();
    factory.setUri(text(command, "url"));
    factory.setKeepTextMessageType(command.get("keepsText").getAsBoolean());
    factory.setDeclareReplyToDestination(false);
    factory.setReplyToStrategy(HandleAnyReplyToStrategy.INSTANCE);
    connection = factory.createConnection();
    connection.start();
    sending = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
  }

  private static Destination destination(Session session, JsonObject said) throws JMSException {
    if (!text(said, "style").equals("amqp")) return JmsMessages.destination(session, said);
    String name = text(said, "name");
    return new RMQDestination(name, "", name, name);
  }

  private JsonArray send(JsonObject command) throws JMSException {
    JsonArray sent = new JsonArray();
    Destination to = destination(sending, command.getAsJsonObject("destination"));
    try (MessageProducer producer = sending.createProducer(to)) {
      for (var element : command.getAsJsonArray("messages")) {
        JsonObject spec = element.getAsJsonObject();
        Message message = write(sending, spec);
        publish(producer, message, spec);
        sent.add(ids(message, new JsonObject()));
      }
    }
    return sent;
  }

  private static void publish(MessageProducer producer, Message message, JsonObject spec)
      throws JMSException {
    boolean persistent = spec.has("persistent") && spec.get("persistent").getAsBoolean();
    int priority = spec.has("priority") ? spec.get("priority").getAsInt() : 4;
    long ttl = spec.has("timeToLiveMs") ? spec.get("timeToLiveMs").getAsLong() : 0;
    int mode = persistent ? DeliveryMode.PERSISTENT : DeliveryMode.NON_PERSISTENT;
    producer.send(message, mode, priority, ttl);
  }

  /** Beside the bodies of the dialogue: no body, a text that is null, a list of Java. */
  private static Message write(Session session, JsonObject spec) throws JMSException {
    JsonObject body = spec.getAsJsonObject("body");
    if (body.has("none")) return session.createMessage();
    if (body.has("noText")) return session.createTextMessage();
    if (body.has("list")) {
      ArrayList<Serializable> list = new ArrayList<>(List.of("a", 1, 2.5));
      return session.createObjectMessage(list);
    }
    return JmsMessages.write(session, spec);
  }

  private void subscribe(JsonObject command) throws JMSException {
    boolean client = text(command, "acknowledge").equals("client");
    int mode = client ? Session.CLIENT_ACKNOWLEDGE : Session.AUTO_ACKNOWLEDGE;
    Session session = connection.createSession(false, mode);
    Destination from = destination(session, command.getAsJsonObject("destination"));
    MessageConsumer consumer = session.createConsumer(from);
    subscriptions.put(text(command, "subscription"), new Subscription(session, consumer));
  }

  private Subscription subscription(JsonObject command) {
    return subscriptions.get(text(command, "subscription"));
  }

  private JsonArray receive(MessageConsumer consumer, JsonObject command) throws Exception {
    long until = System.currentTimeMillis() + command.get("timeoutMs").getAsLong();
    JsonArray received = new JsonArray();
    while (received.size() < command.get("count").getAsInt()) {
      Message message = consumer.receive(Math.max(1, until - System.currentTimeMillis()));
      if (message == null) break;
      received.add(read(message));
    }
    return received;
  }

  private static JsonObject read(Message message) throws Exception {
    JsonObject received = ids(message, JmsMessages.read(message));
    received.addProperty("deliveryCount", message.getIntProperty("JMSXDeliveryCount"));
    if (message.getJMSReplyTo() instanceof RMQDestination to) {
      // Its class is of queues and of topics at once.
      JsonObject said = received.getAsJsonObject("replyTo");
      said.addProperty("kind", to.isQueue() ? "queue" : "topic");
      said.addProperty("name", to.isAmqp() ? to.getAmqpRoutingKey() : to.getDestinationName());
    }
    return received;
  }

  private static JsonObject ids(Message message, JsonObject into) throws JMSException {
    into.addProperty("messageId", message.getJMSMessageID());
    into.addProperty("timestamp", message.getJMSTimestamp());
    into.addProperty("expiration", message.getJMSExpiration());
    return into;
  }

  /** Asks, and waits for the answer. */
  private JsonArray request(JsonObject command) throws Exception {
    try (Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE)) {
      Destination answers;
      if (text(command, "answers").equals("straight")) {
        RMQDestination straight =
            new RMQDestination(STRAIGHT_BACK, "", STRAIGHT_BACK, STRAIGHT_BACK);
        straight.setDeclared(true);
        answers = straight;
      } else if (text(command, "answers").equals("topic")) {
        answers = session.createTemporaryTopic();
      } else {
        answers = session.createTemporaryQueue();
      }
      MessageConsumer consumer = session.createConsumer(answers);
      var came = new java.util.concurrent.LinkedBlockingQueue<Message>();
      consumer.setMessageListener(came::add);
      JsonObject spec = command.getAsJsonObject("message");
      Message question = write(session, spec);
      question.setJMSReplyTo(answers);
      MessageProducer producer =
          session.createProducer(destination(session, command.getAsJsonObject("destination")));
      publish(producer, question, spec);
      JsonArray received = new JsonArray();
      Message answer =
          came.poll(
              command.get("timeoutMs").getAsLong(), java.util.concurrent.TimeUnit.MILLISECONDS);
      if (answer != null) received.add(read(answer));
      return received;
    }
  }

  /** Answers the first question that comes; says what it was. */
  private JsonArray serve(JsonObject command) throws Exception {
    try (Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE)) {
      Destination from = destination(session, command.getAsJsonObject("destination"));
      JsonArray received = new JsonArray();
      Message question = session.createConsumer(from).receive(command.get("timeoutMs").getAsLong());
      if (question == null) return received;
      received.add(read(question));
      JsonObject spec = command.getAsJsonObject("answer");
      Message answer = write(session, spec);
      answer.setJMSCorrelationID(question.getJMSMessageID());
      publish(session.createProducer(question.getJMSReplyTo()), answer, spec);
      return received;
    }
  }

  private static String text(JsonObject object, String name) {
    return JmsMessages.text(object, name);
  }
}
