package angelia.bridge;

import jakarta.jms.ConnectionFactory;
import jakarta.jms.Queue;
import jakarta.jms.Topic;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Collections;
import java.util.Hashtable;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.naming.Context;
import javax.naming.NameAlreadyBoundException;
import javax.naming.NameNotFoundException;
import javax.naming.NamingException;
import javax.naming.OperationNotSupportedException;
import javax.naming.spi.InitialContextFactory;

/**
 * The way in, as JNDI knows it. The environment says what there is:
 *
 * <pre>
 * connectionfactory.NAME = vm://localhost     for Queue- and TopicConnectionFactory as well
 * queue.NAME = orders
 * topic.NAME = prices
 * </pre>
 */
public final class BridgeContextFactory implements InitialContextFactory {
  @Override
  public Context getInitialContext(Hashtable<?, ?> environment) throws NamingException {
    Flat flat = new Flat(environment);
    for (Map.Entry<?, ?> entry : environment.entrySet()) {
      String[] key = entry.getKey().toString().split("\\.", 2);
      if (key.length == 2) flat.define(key[0], key[1], entry.getValue().toString());
    }
    Class<?>[] interfaces = {Context.class};
    return (Context)
        Proxy.newProxyInstance(BridgeContextFactory.class.getClassLoader(), interfaces, flat);
  }

  /** A context without depth; its methods are found by name, for a Context has very many. */
  private static final class Flat implements InvocationHandler {
    private final Hashtable<Object, Object> environment = new Hashtable<>();
    private final Map<String, Object> bound = new ConcurrentHashMap<>();

    Flat(Hashtable<?, ?> environment) {
      this.environment.putAll(environment);
    }

    void define(String kind, String name, String value) throws NamingException {
      Class<?> type;
      if (kind.equals("connectionfactory")) type = ConnectionFactory.class;
      else if (kind.equals("queue")) type = Queue.class;
      else if (kind.equals("topic")) type = Topic.class;
      else return;
      try {
        Link link = Link.get();
        Object made = link.call(0, kind + "(String)", Collections.singletonList(value));
        bound.put(name, Values.decode(link, made, type, null));
      } catch (Throwable error) {
        NamingException wrong = new NamingException(kind + "." + name + ": " + error.getMessage());
        wrong.setRootCause(error);
        throw wrong;
      }
    }

    @Override
    public Object invoke(Object proxy, Method method, Object[] given) throws Throwable {
      String name = given == null ? "" : String.valueOf(given[0]);
      switch (method.getName()) {
        case "lookup":
        case "lookupLink":
          if (name.isEmpty()) return proxy;
          Object found = bound.get(name);
          if (found == null) throw new NameNotFoundException(name + " is not among " + bound);
          return found;
        case "bind":
          if (bound.putIfAbsent(name, given[1]) == null) return null;
          throw new NameAlreadyBoundException(name);
        case "rebind":
          bound.put(name, given[1]);
          return null;
        case "unbind":
          bound.remove(name);
          return null;
        case "addToEnvironment":
          return environment.put(name, given[1]);
        case "removeFromEnvironment":
          return environment.remove(name);
        case "getEnvironment":
          return environment;
        case "getNameInNamespace":
          return "";
        case "close":
          return null;
        case "equals":
          return proxy == given[0];
        case "hashCode":
          return System.identityHashCode(proxy);
        case "toString":
          return "BridgeContext" + bound.keySet();
        default:
          throw new OperationNotSupportedException(method.getName());
      }
    }
  }
}
