// Drives Apache Qpid JMS (Maven, jakarta.jms): see dialogue.ts for the words. The connection is
// shared, each subscription has a session of its own, and sends have theirs. A JMS client cannot
// vanish without a word: `drop` closes the connection with messages unacknowledged.

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import jakarta.jms.Connection;
import jakarta.jms.DeliveryMode;
import jakarta.jms.Destination;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import jakarta.jms.MessageProducer;
import jakarta.jms.Queue;
import jakarta.jms.QueueBrowser;
import jakarta.jms.Session;
import jakarta.jms.TemporaryQueue;
import jakarta.jms.Topic;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.qpid.jms.JmsConnectionFactory;
import org.apache.qpid.jms.util.MetaDataSupport;

class QpidJms {
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
    switch (JmsMessages.text(command, "op")) {
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
        transactions.put(JmsMessages.text(command, "transaction"), session);
      }
      case "end" -> {
        Session session = transactions.remove(JmsMessages.text(command, "transaction"));
        if (command.get("commit").getAsBoolean()) session.commit();
        else session.rollback();
      }
      case "node" -> node(command, answer);
      case "drain" -> {
        // With a prefetch of nothing, looking for a message is credit and a drain.
        JsonArray messages = new JsonArray();
        Subscription from = subscription(command);
        for (Message m = from.consumer.receiveNoWait(); m != null; ) {
          messages.add(JmsMessages.read(m));
          m = from.consumer.receiveNoWait();
        }
        answer.add("messages", messages);
      }
      case "close", "drop" -> connections.remove(JmsMessages.text(command, "connection")).close();
      default -> throw new IllegalArgumentException("no such command: " + command);
    }
    return answer;
  }

  private Connection connection(JsonObject command) {
    return connections.get(JmsMessages.text(command, "connection"));
  }

  private Subscription subscription(JsonObject command) {
    return subscriptions.get(JmsMessages.text(command, "subscription"));
  }

  private void connect(JsonObject command) throws JMSException {
    String name = JmsMessages.text(command, "connection");
    URI url = URI.create(JmsMessages.text(command, "url"));
    String door = "amqp://" + url.getHost() + ":" + url.getPort();
    JmsConnectionFactory factory = new JmsConnectionFactory(door);
    if (command.has("clientId")) factory.setClientID(JmsMessages.text(command, "clientId"));
    String[] user = url.getUserInfo() == null ? null : url.getUserInfo().split(":", 2);
    Connection connection =
        user == null ? factory.createConnection() : factory.createConnection(user[0], user[1]);
    connection.start();
    connections.put(name, connection);
    sending.put(name, connection.createSession(false, Session.AUTO_ACKNOWLEDGE));
  }

  private void send(JsonObject command) throws JMSException {
    Session session =
        command.has("transaction")
            ? transactions.get(JmsMessages.text(command, "transaction"))
            : sending.get(JmsMessages.text(command, "connection"));
    Destination destination = JmsMessages.destination(session, command.getAsJsonObject("destination"));
    try (MessageProducer producer = session.createProducer(destination)) {
      for (var element : command.getAsJsonArray("messages")) {
        JsonObject spec = element.getAsJsonObject();
        Message message = JmsMessages.write(session, spec);
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
        switch (JmsMessages.text(command, "acknowledge")) {
          case "auto" -> Session.AUTO_ACKNOWLEDGE;
          case "individual" -> INDIVIDUAL_ACKNOWLEDGE;
          default -> Session.CLIENT_ACKNOWLEDGE;
        };
    Session session =
        command.has("transaction")
            ? transactions.get(JmsMessages.text(command, "transaction"))
            : connection(command).createSession(false, mode);
    Destination destination = JmsMessages.destination(session, command.getAsJsonObject("destination"));
    String selector = command.has("selector") ? JmsMessages.text(command, "selector") : null;
    Subscription subscription = new Subscription(session, command);
    if (command.has("browse")) {
      subscription.browser = session.createBrowser((Queue) destination);
      subscription.browsed = subscription.browser.getEnumeration();
    } else if (command.has("shared")) {
      String name = JmsMessages.text(command, "shared");
      subscription.consumer =
          command.has("durable")
              ? session.createSharedDurableConsumer((Topic) destination, name)
              : session.createSharedConsumer((Topic) destination, name);
    } else if (command.has("durable")) {
      String name = JmsMessages.text(command, "durable");
      subscription.consumer = session.createDurableConsumer((Topic) destination, name);
    } else {
      subscription.consumer = session.createConsumer(destination, selector);
    }
    subscriptions.put(JmsMessages.text(command, "subscription"), subscription);
  }

  private void node(JsonObject command, JsonObject answer) throws JMSException {
    Session session = connection(command).createSession(false, Session.AUTO_ACKNOWLEDGE);
    TemporaryQueue queue = session.createTemporaryQueue();
    Subscription subscription = new Subscription(session, command);
    subscription.consumer = session.createConsumer(queue);
    subscriptions.put(JmsMessages.text(command, "subscription"), subscription);
    answer.addProperty("address", queue.getQueueName());
  }

  private void settle(Subscription subscription, JsonObject command) throws JMSException {
    Message message = subscription.unsettled.remove(command.get("at").getAsInt());
    // In a transacted session receiving is all there is to say.
    if (command.has("transaction")) return;
    message.setIntProperty("JMS_AMQP_ACK_TYPE", OUTCOMES.get(JmsMessages.text(command, "outcome")));
    message.acknowledge();
  }

  private void unsubscribe(Subscription subscription, JsonObject command) throws JMSException {
    if (subscription.browser != null) subscription.browser.close();
    else subscription.consumer.close();
    if (command.get("forget").getAsBoolean()) {
      subscription.session.unsubscribe(JmsMessages.text(subscription.command, "durable"));
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
      received.add(JmsMessages.read(message));
    }
    return received;
  }

  private static Message next(Subscription subscription, long ms) throws JMSException {
    if (subscription.browser == null) return subscription.consumer.receive(ms);
    boolean more = subscription.browsed.hasMoreElements();
    return more ? (Message) subscription.browsed.nextElement() : null;
  }
}
