package angelia.bridge;

import jakarta.jms.BytesMessage;
import jakarta.jms.Destination;
import jakarta.jms.JMSContext;
import jakarta.jms.MapMessage;
import jakarta.jms.Message;
import jakarta.jms.Session;
import jakarta.jms.TextMessage;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * One JMS object of the TypeScript API as Java sees it. Every call goes over the link; only the
 * methods of Object and the names of destinations are answered here.
 */
final class Remote implements InvocationHandler {
  private static final Object[] NO_ARGUMENTS = {};
  private static final Map<Method, String> SIGNATURES = new ConcurrentHashMap<>();

  final Link link;
  final long handle;
  private final Class<?> kind;
  /** Of a destination: its name. */
  private final String name;
  /** The proxy whose method made this one; held, so that it lives as long. */
  private final Object creator;

  private Remote(Link link, long handle, Class<?> kind, String name, Object creator) {
    this.link = link;
    this.handle = handle;
    this.kind = kind;
    this.name = name;
    this.creator = creator;
  }

  /** The proxy for a handle: the one that there is, or a new one. */
  static Object proxyOf(
      Link link, long handle, Class<?>[] interfaces, String name, Object creator) {
    return link.handles.proxyOf(
        handle,
        () -> {
          Remote remote = new Remote(link, handle, interfaces[0], name, creator);
          return Proxy.newProxyInstance(Remote.class.getClassLoader(), interfaces, remote);
        });
  }

  /** What is behind a proxy of ours, or null for every other object. */
  static Remote of(Object value) {
    if (value == null || !Proxy.isProxyClass(value.getClass())) return null;
    InvocationHandler behind = Proxy.getInvocationHandler(value);
    return behind instanceof Remote ? (Remote) behind : null;
  }

  /** The kind that Node told, or else what the method says that it returns. */
  static Class<?>[] interfacesOf(String kind, Class<?> declared) throws ClassNotFoundException {
    if (kind == null) return new Class<?>[] {declared};
    String[] names = kind.split(" ");
    Class<?>[] interfaces = new Class<?>[names.length];
    for (int i = 0; i < names.length; i++) {
      interfaces[i] = Class.forName(Message.class.getPackage().getName() + "." + names[i]);
    }
    return interfaces;
  }

  @Override
  public Object invoke(Object proxy, Method method, Object[] given) throws Throwable {
    Object[] arguments = given == null ? NO_ARGUMENTS : given.clone();
    if (method.getDeclaringClass() == Object.class) return ofObject(proxy, method, arguments);
    if (method.isDefault()) return InvocationHandler.invokeDefault(proxy, method, given);
    if (name != null && arguments.length == 0 && method.getReturnType() == String.class) {
      return name;
    }
    Foreign foreign = Foreign.replace(arguments, this);
    Class<?>[] types = method.getParameterTypes();
    boolean send = method.getName().equals("send");
    if (send && creator instanceof JMSContext && arguments[1] == null && types[1] != Message.class) {
      return sendNothing(proxy, (Destination) arguments[0], types[1]);
    }
    if (method.getName().equals("readBytes") && arguments[0] != null) {
      return readBytes(method, arguments);
    }
    List<Object> encoded = new ArrayList<>(arguments.length);
    for (int i = 0; i < arguments.length; i++) {
      Object argument = types[i] == Class.class ? bodyClass(arguments[i]) : arguments[i];
      encoded.add(Values.encode(argument, types[i], this, send));
    }
    Object result = link.call(handle, signature(method), encoded);
    if (foreign != null) foreign.sent();
    if (method.getReturnType() == void.class) return null;
    return Values.decode(link, result, method.getReturnType(), proxy);
  }

  /** The session or context that this came from, or itself. */
  Remote root() {
    Remote above = of(creator);
    return above == null || above.creator == null || isSession() ? this : above.root();
  }

  /** The session or context as Java sees it. */
  Object rootProxy() {
    Remote above = of(creator);
    return above == null || above.isSession() ? creator : above.rootProxy();
  }

  private boolean isSession() {
    return Session.class.isAssignableFrom(kind) || kind == JMSContext.class;
  }

  private Object ofObject(Object proxy, Method method, Object[] arguments) {
    switch (method.getName()) {
      case "equals":
        Remote other = of(arguments[0]);
        if (other == null || name == null) return proxy == arguments[0];
        return name.equals(other.name) && isTopic() == other.isTopic();
      case "hashCode":
        return name == null ? Long.hashCode(handle) : name.hashCode();
      default:
        String shown = name == null ? "#" + handle : "(" + name + ")";
        return kind.getSimpleName() + shown;
    }
  }

  private boolean isTopic() {
    return kind.getSimpleName().endsWith("Topic");
  }

  /** TypeScript has no typed null: the kind of message is made here. */
  private Object sendNothing(Object proxy, Destination destination, Class<?> type) {
    JMSContext context = (JMSContext) creator;
    Message empty;
    if (type == String.class) empty = context.createTextMessage();
    else if (type == byte[].class) empty = context.createBytesMessage();
    else if (type == Map.class) empty = context.createMapMessage();
    else empty = context.createObjectMessage();
    return ((jakarta.jms.JMSProducer) proxy).send(destination, empty);
  }

  private Object readBytes(Method method, Object[] arguments) throws Throwable {
    byte[] into = (byte[]) arguments[0];
    List<Object> encoded = new ArrayList<>();
    encoded.add(Arrays.asList("buffer", into.length));
    if (arguments.length == 2) encoded.add(arguments[1]);
    List<?> read = (List<?>) link.call(handle, signature(method), encoded);
    byte[] bytes = Base64.getDecoder().decode((String) read.get(2));
    System.arraycopy(bytes, 0, into, 0, bytes.length);
    return ((Long) read.get(1)).intValue();
  }

  /** Which of the classes that TypeScript knows stands for a class of Java, for this message. */
  private Object bodyClass(Object asked) {
    if (asked == null || asked == Object.class) return asked;
    Class<?> body = null;
    if (kind == TextMessage.class) body = String.class;
    if (kind == MapMessage.class) body = Map.class;
    if (kind == BytesMessage.class) body = byte[].class;
    return body != null && ((Class<?>) asked).isAssignableFrom(body) ? body : asked;
  }

  private static String signature(Method method) {
    return SIGNATURES.computeIfAbsent(
        method,
        (one) -> {
          List<String> types = new ArrayList<>();
          for (Class<?> type : one.getParameterTypes()) types.add(type.getSimpleName());
          return one.getName() + "(" + String.join(",", types) + ")";
        });
  }
}
