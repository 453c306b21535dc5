// What a check works with: connections that are closed when it is over, names that are its own, and
// words for what it expects.

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import jakarta.jms.Connection;
import jakarta.jms.Destination;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import jakarta.jms.MessageProducer;
import jakarta.jms.Queue;
import jakarta.jms.Session;
import jakarta.jms.TextMessage;
import jakarta.jms.Topic;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import org.apache.qpid.jms.JmsConnectionFactory;

class Bench {
  /** For what has been sent. */
  static final long SOON = 5000;
  /** For what must not come: a drain says so, so that none is waited for longer than needed. */
  static final long NOW = 200;

  static final String URL = System.getProperty("checklist.url");
  private static final String HTTP = System.getProperty("checklist.http");

  interface Act {
    void run() throws Exception;
  }

  final String name;
  private final List<Connection> connections = new ArrayList<>();

  Bench(String name) {
    this.name = name;
  }

  /** A started connection; `options` are those of the client's URL. */
  Connection connect(String options) throws JMSException {
    return connect(options, null);
  }

  Connection connect(String options, String clientId) throws JMSException {
    Connection connection = unstarted(URL + (options.isEmpty() ? "" : "?" + options));
    if (clientId != null) connection.setClientID(clientId);
    connection.start();
    return connection;
  }

  Connection unstarted(String url) throws JMSException {
    Connection connection = new JmsConnectionFactory(url).createConnection();
    connections.add(connection);
    return connection;
  }

  Session session() throws JMSException {
    return session(Session.AUTO_ACKNOWLEDGE);
  }

  Session session(int mode) throws JMSException {
    return connect("").createSession(mode == Session.SESSION_TRANSACTED, mode);
  }

  Queue queue(Session session) throws JMSException {
    return session.createQueue(name + ".q");
  }

  Topic topic(Session session) throws JMSException {
    return session.createTopic(name + ".t");
  }

  void send(Session session, Destination to, String... texts) throws JMSException {
    try (MessageProducer producer = session.createProducer(to)) {
      for (String text : texts) producer.send(session.createTextMessage(text));
    }
  }

  /** Sends texts from a session of its own. */
  void send(String... texts) throws JMSException {
    Session session = session();
    send(session, queue(session), texts);
  }

  String receive(MessageConsumer consumer) throws JMSException {
    Message message = consumer.receive(SOON);
    return message == null ? null : ((TextMessage) message).getText();
  }

  void expect(MessageConsumer consumer, String... texts) throws JMSException {
    for (String text : texts) equal(text, receive(consumer));
  }

  void nothing(MessageConsumer consumer) throws JMSException {
    Message message = consumer.receive(NOW);
    if (message != null) throw new AssertionError("nothing was expected, got " + message);
  }

  void equal(Object expected, Object got) {
    if (expected == null ? got == null : expected.equals(got)) return;
    throw new AssertionError("expected " + expected + ", got " + got);
  }

  void yes(boolean holds, String what) {
    if (!holds) throw new AssertionError(what);
  }

  <T extends Exception> T fails(Class<T> type, Act act) {
    try {
      act.run();
    } catch (Exception error) {
      if (type.isInstance(error)) return type.cast(error);
      throw new AssertionError("expected " + type.getSimpleName() + ", got " + error);
    }
    throw new AssertionError("expected " + type.getSimpleName() + ", nothing was thrown");
  }

  /** Settings of the broker for a queue of this check. */
  void settings(String queue, String json) throws Exception {
    call("PUT", "/api/v1/settings/" + queue, json);
  }

  /** What the broker says of a queue of this check. */
  JsonObject ask(String queue) throws Exception {
    return JsonParser.parseString(call("GET", "/api/v1/queues/" + queue, null)).getAsJsonObject();
  }

  String call(String method, String path, String body) throws Exception {
    HttpRequest.BodyPublisher said =
        body == null
            ? HttpRequest.BodyPublishers.noBody()
            : HttpRequest.BodyPublishers.ofString(body);
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(HTTP + path))
            .header("content-type", "application/json")
            .method(method, said)
            .build();
    HttpResponse<String> response =
        HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
    yes(response.statusCode() < 300, method + " " + path + ": " + response.body());
    return response.body();
  }

  void close() {
    for (Connection connection : connections) {
      try {
        connection.close();
      } catch (JMSException error) {
        // It may be closed already, or never have been open.
      }
    }
  }
}
