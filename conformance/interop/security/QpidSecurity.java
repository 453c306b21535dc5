// Apache Qpid JMS at the doors with passwords and certificates. Prints a line of JSON for each test. Its key
// stores are made here, of the PEM files of the tests: Java has none, and a store is not a text.

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import jakarta.jms.Connection;
import jakarta.jms.JMSException;
import jakarta.jms.JMSSecurityException;
import jakarta.jms.MessageConsumer;
import jakarta.jms.Queue;
import jakarta.jms.Session;
import jakarta.jms.TextMessage;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import org.apache.qpid.jms.JmsConnectionFactory;

public final class QpidSecurity {
  private static final Gson GSON = new Gson();
  private static final String WORD = "storeword";
  private static JsonObject told;
  private static Path stores;
  private static int queues = 0;

  interface Body {
    void run() throws Exception;
  }

  public static void main(String[] args) throws Exception {
    told = GSON.fromJson(System.getenv("INTEROP_SECURITY"), JsonObject.class);
    stores = Files.createTempDirectory("angelia-stores");
    try {
      makeStores();
      run();
    } finally {
      for (String name : new String[] {"trust", "billing", "stranger"}) {
        Files.deleteIfExists(stores.resolve(name));
      }
      Files.delete(stores);
    }
    System.exit(0);
  }

  private static void run() {
    String amqp = url("amqp");
    for (String mechanism : new String[] {"SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"}) {
      String only = amqp + "?amqp.saslMechanisms=" + mechanism;
      test(mechanism, () -> converse(only, "alice", told("password")));
      test(mechanism + " with a ready verifier", () -> converse(only, "bob", told("password")));
      test(mechanism + " refuses a wrong password", () -> refused(only, "alice", "wrong"));
      test(mechanism + " refuses an unknown user", () -> refused(only, "eve", told("password")));
    }
    test("its own choice of mechanism", () -> converse(amqp, "alice", told("password")));
    test("ANONYMOUS is refused", () -> refused(amqp, null, null));
    test("failover:", () -> converse("failover:(" + amqp + ")", "alice", told("password")));
    String amqps = url("amqps") + "?" + trust();
    test("amqps", () -> converse(amqps, "alice", told("password")));
    test("amqps at the door for all", () -> {
      String all = url("multi").replace("tcp:", "amqps:") + "?" + trust();
      converse(all, "alice", told("password"));
    });
    test("amqpwss", () -> {
      String wss = url("wss").replace("wss:", "amqpwss:") + "/?" + trust();
      converse(wss, "alice", told("password"));
    });
    test("amqps does not trust whom it does not know", () -> failed(url("amqps")));
    String external = amqps + "&amqp.saslMechanisms=EXTERNAL&";
    test("EXTERNAL by the certificate", () -> converse(external + keys("billing"), null, null));
    test("EXTERNAL is its first choice", () -> converse(amqps + "&" + keys("billing"), null, null));
    // Whatever the user, it sends no name with EXTERNAL.
    test("EXTERNAL under a name", () -> converse(external + keys("billing"), "billing", null));
    test("EXTERNAL of a stranger is refused", () -> failed(external + keys("stranger")));
    test("a stranger's certificate and a password",
        () -> converse(amqps + "&" + keys("stranger"), "alice", told("password")));
  }

  private static void test(String name, Body body) {
    long startedAt = System.nanoTime();
    JsonObject line = new JsonObject();
    line.addProperty("test", name);
    try {
      body.run();
    } catch (Throwable error) {
      line.addProperty("error", String.valueOf(error));
    }
    line.addProperty("ms", (System.nanoTime() - startedAt) / 1_000_000);
    System.out.println(GSON.toJson(line));
  }

  /** Sends a message and receives it. */
  private static void converse(String url, String user, String password) throws Exception {
    try (Connection connection = connect(url, user, password)) {
      Session session = connection.createSession(Session.AUTO_ACKNOWLEDGE);
      Queue queue = session.createQueue("security.java." + ++queues);
      session.createProducer(queue).send(session.createTextMessage("grüezi"));
      MessageConsumer consumer = session.createConsumer(queue);
      TextMessage message = (TextMessage) consumer.receive(5000);
      if (message == null || !message.getText().equals("grüezi")) {
        throw new AssertionError("received " + message);
      }
    }
  }

  private static Connection connect(String url, String user, String password) throws JMSException {
    JmsConnectionFactory factory = new JmsConnectionFactory(url);
    Connection connection = factory.createConnection(user, password);
    try {
      connection.start();
    } catch (JMSException error) {
      connection.close();
      throw error;
    }
    return connection;
  }

  private static void refused(String url, String user, String password) throws Exception {
    try (Connection connection = connect(url, user, password)) {
      throw new AssertionError("came in");
    } catch (JMSSecurityException expected) {
      // As it should be.
    }
  }

  private static void failed(String url) throws Exception {
    try (Connection connection = connect(url, null, null)) {
      throw new AssertionError("came in");
    } catch (JMSException expected) {
      // As it should be.
    }
  }

  private static String told(String name) {
    return told.get(name).getAsString();
  }

  private static String url(String door) {
    return told.getAsJsonObject("urls").get(door).getAsString();
  }

  private static String trust() {
    return "transport.trustStoreLocation=" + stores.resolve("trust")
        + "&transport.trustStorePassword=" + WORD + "&transport.storeType=PKCS12";
  }

  private static String keys(String name) {
    return "transport.keyStoreLocation=" + stores.resolve(name) + "&transport.keyStorePassword=" + WORD;
  }

  private static void makeStores() throws Exception {
    KeyStore trust = emptyStore();
    trust.setCertificateEntry("ca", certificate("ca"));
    save(trust, "trust");
    for (String name : new String[] {"billing", "stranger"}) {
      KeyStore store = emptyStore();
      Certificate[] chain = {certificate(name)};
      store.setKeyEntry(name, key(name), WORD.toCharArray(), chain);
      save(store, name);
    }
  }

  private static KeyStore emptyStore() throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }

  private static void save(KeyStore store, String name) throws Exception {
    try (OutputStream out = Files.newOutputStream(stores.resolve(name))) {
      store.store(out, WORD.toCharArray());
    }
  }

  private static Certificate certificate(String name) throws Exception {
    try (InputStream in = Files.newInputStream(pem(name))) {
      return CertificateFactory.getInstance("X.509").generateCertificate(in);
    }
  }

  private static PrivateKey key(String name) throws Exception {
    String text = Files.readString(pem(name + "-key")).replaceAll("-----[A-Z ]+-----|\\s", "");
    PKCS8EncodedKeySpec spec = new PKCS8EncodedKeySpec(Base64.getDecoder().decode(text));
    return KeyFactory.getInstance("EC").generatePrivate(spec);
  }

  private static Path pem(String name) {
    return Path.of(told("certificates"), name + ".pem");
  }
}
