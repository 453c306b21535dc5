import java.util.Hashtable;
import java.util.Map;
import java.util.TreeMap;
import javax.jms.Connection;
import javax.jms.ConnectionFactory;
import javax.jms.MessageConsumer;
import javax.jms.Queue;
import javax.jms.Session;
import javax.naming.Context;
import javax.naming.InitialContext;
import javax.naming.NamingException;
import org.objectweb.jtests.jms.admin.Admin;

/**
 * What Joram's tests ask of whom they test: names in a naming service, and queues that are empty.
 * Knows no provider; which one it is, system properties say: `joram.jndi` is its initial context
 * factory, `joram.url` where its connections go. The names are in the form that Qpid JMS has.
 */
public final class JoramAdmin implements Admin {
  private static final String FACTORY = "connectionfactory.";
  private static final String QUEUE = "queue.";
  private static final String TOPIC = "topic.";
  /** Of the whole run: an in-process broker lives as long as its connections. */
  private static Session drain;

  private final Map<String, String> names = new TreeMap<>();

  @Override
  public String getName() {
    return "angelia";
  }

  @Override
  public Context createContext() throws NamingException {
    Hashtable<String, String> environment = new Hashtable<>(names);
    environment.put(Context.INITIAL_CONTEXT_FACTORY, System.getProperty("joram.jndi"));
    return new InitialContext(environment);
  }

  @Override
  public void createConnectionFactory(String name) {
    names.put(FACTORY + name, System.getProperty("joram.url"));
  }

  @Override
  public void createQueueConnectionFactory(String name) {
    createConnectionFactory(name);
  }

  @Override
  public void createTopicConnectionFactory(String name) {
    createConnectionFactory(name);
  }

  @Override
  public void createQueue(String name) {
    names.put(QUEUE + name, name);
    empty(name);
  }

  @Override
  public void createTopic(String name) {
    names.put(TOPIC + name, name);
  }

  @Override
  public void deleteQueue(String name) {
    empty(name);
    names.remove(QUEUE + name);
  }

  @Override
  public void deleteTopic(String name) {
    names.remove(TOPIC + name);
  }

  @Override
  public void deleteConnectionFactory(String name) {
    names.remove(FACTORY + name);
  }

  @Override
  public void deleteQueueConnectionFactory(String name) {
    deleteConnectionFactory(name);
  }

  @Override
  public void deleteTopicConnectionFactory(String name) {
    deleteConnectionFactory(name);
  }

  @Override
  public void startServer() {}

  @Override
  public void stopServer() {}

  @Override
  public void start() {}

  @Override
  public void stop() {}

  private static synchronized void empty(String name) {
    try {
      if (drain == null) drain = openDrain();
      Queue queue = drain.createQueue(name);
      MessageConsumer consumer = drain.createConsumer(queue);
      while (consumer.receiveNoWait() != null) {}
      consumer.close();
    } catch (Exception error) {
      throw new IllegalStateException("cannot empty the queue " + name, error);
    }
  }

  private static Session openDrain() throws Exception {
    JoramAdmin admin = new JoramAdmin();
    admin.createConnectionFactory("drain");
    ConnectionFactory factory = (ConnectionFactory) admin.createContext().lookup("drain");
    Connection connection = factory.createConnection();
    connection.start();
    return connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
  }
}
