package angelia.bridge;

import jakarta.jms.JMSException;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Set;

/**
 * Exceptions by the name of their class: those of JMS, the four of Java that JMS lets through, and
 * `BridgeError` for whatever else the TypeScript side threw, for that is a fault of it.
 */
final class Exceptions {
  private static final Set<String> OF_JAVA =
      Set.of(
          "NumberFormatException",
          "UnsupportedOperationException",
          "IllegalArgumentException",
          "NullPointerException");

  private Exceptions() {}

  /** An error of JavaScript that no JMS program should ever see. */
  static final class BridgeError extends RuntimeException {
    private static final long serialVersionUID = 1;

    BridgeError(String text) {
      super(text);
    }
  }

  /** Reads `[name, message, error code, stack, cause]`. */
  static Exception read(List<?> parts) {
    String name = (String) parts.get(0);
    String message = (String) parts.get(1);
    Exception cause = parts.get(4) == null ? null : read((List<?>) parts.get(4));
    Exception made = make(name, message, (String) parts.get(2));
    if (made instanceof BridgeError && parts.get(3) != null) {
      made = new BridgeError((String) parts.get(3));
    }
    if (cause != null) {
      made.initCause(cause);
      if (made instanceof JMSException) ((JMSException) made).setLinkedException(cause);
    }
    return made;
  }

  private static Exception make(String name, String message, String errorCode) {
    try {
      if (OF_JAVA.contains(name)) {
        Class<?> type = Class.forName("java.lang." + name);
        return (Exception) type.getConstructor(String.class).newInstance(message);
      }
      if (name.equals("RangeError")) return new NoSuchElementException(message);
      String ofJms = JMSException.class.getPackage().getName() + "." + name;
      return (Exception)
          Class.forName(ofJms)
              .getConstructor(String.class, String.class)
              .newInstance(message, errorCode);
    } catch (ReflectiveOperationException error) {
      return new BridgeError(name + ": " + message);
    }
  }
}
