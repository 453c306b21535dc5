package angelia.bridge;

import jakarta.jms.JMSException;
import jakarta.jms.MessageFormatException;
import jakarta.jms.Queue;
import jakarta.jms.Topic;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.ObjectStreamClass;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.Enumeration;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Values as JSON. Null, booleans, strings and ints are themselves; all else is a list that begins
 * with its type: `["long","9"]`, `["ref",7,"Queue","orders"]`. What Java serialises goes as base64
 * with the names of all its types, so that the other side can answer `isBodyAssignableTo`.
 */
final class Values {
  private Values() {}

  static Object encode(Object value, Class<?> declared, Remote target, boolean send)
      throws JMSException {
    if (value == null || value instanceof Boolean) return value;
    if (declared == Serializable.class && (send || !(value instanceof String))) {
      return encodeObject(value);
    }
    if (value instanceof String || value instanceof Integer) return value;
    if (value instanceof Byte || value instanceof Short) return tagged(value, value);
    if (value instanceof Long || value instanceof Double) return tagged(value, value.toString());
    // Widened, for the digits of a double are exact.
    if (value instanceof Float) return tagged(value, Double.toString((Float) value));
    if (value instanceof Character) return Arrays.asList("char", value.toString());
    if (value instanceof byte[]) {
      return Arrays.asList("bytes", Base64.getEncoder().encodeToString((byte[]) value));
    }
    if (value instanceof Class) return Arrays.asList("class", ((Class<?>) value).getName());
    Remote remote = Remote.of(value);
    if (remote != null) return Arrays.asList("ref", remote.handle);
    if (Callbacks.isListener(value)) {
      return target.link.callbacks.encode(value, target.root().handle);
    }
    if (value instanceof Map) {
      List<Object> entries = new ArrayList<>();
      for (Map.Entry<?, ?> entry : ((Map<?, ?>) value).entrySet()) {
        Object item = encode(entry.getValue(), Object.class, target, false);
        entries.add(Arrays.asList(entry.getKey(), item));
      }
      return Arrays.asList("map", entries);
    }
    if (value instanceof Queue) return Arrays.asList("queue", ((Queue) value).getQueueName());
    if (value instanceof Topic) return Arrays.asList("topic", ((Topic) value).getTopicName());
    return Arrays.asList("opaque", value.getClass().getName());
  }

  private static List<Object> tagged(Object value, Object shown) {
    return Arrays.asList(value.getClass().getSimpleName().toLowerCase(), shown);
  }

  private static Object encodeObject(Object value) throws JMSException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(value);
    } catch (IOException error) {
      MessageFormatException wrong = new MessageFormatException(error.toString());
      wrong.setLinkedException(error);
      throw wrong;
    }
    Set<String> types = new LinkedHashSet<>();
    collectTypes(value.getClass(), types);
    String text = Base64.getEncoder().encodeToString(bytes.toByteArray());
    return Arrays.asList("java", text, new ArrayList<>(types));
  }

  private static void collectTypes(Class<?> type, Set<String> types) {
    if (type == null || !types.add(type.getName())) return;
    collectTypes(type.getSuperclass(), types);
    for (Class<?> one : type.getInterfaces()) collectTypes(one, types);
  }

  /** The value for a result of this declared type. */
  static Object decode(Link link, Object value, Class<?> type, Object creator) throws Exception {
    if (value == null || value instanceof Boolean) return value;
    if (value instanceof String) return type == char.class ? ((String) value).charAt(0) : value;
    if (value instanceof Long) return number((Long) value, type);
    List<?> parts = (List<?>) value;
    Object given = parts.get(1);
    switch ((String) parts.get(0)) {
      case "ref":
        String kind = (String) parts.get(2);
        String name = parts.size() > 3 ? (String) parts.get(3) : null;
        return Remote.proxyOf(link, (Long) given, Remote.interfacesOf(kind, type), name, creator);
      case "fn":
        return link.callbacks.get((Long) given);
      case "byte":
        return number((Long) given, byte.class);
      case "short":
        return number((Long) given, short.class);
      case "long":
        return number(Long.valueOf((String) given), type == int.class ? type : long.class);
      case "float":
        return (float) Double.parseDouble((String) given);
      case "double":
        double number = Double.parseDouble((String) given);
        if (type == float.class) return (float) number;
        if (type == long.class) return (long) number;
        return number;
      case "char":
        return ((String) given).charAt(0);
      case "bytes":
        return Base64.getDecoder().decode((String) given);
      case "java":
        return decodeObject((String) given);
      case "map":
        Map<Object, Object> map = new LinkedHashMap<>();
        for (Object entry : (List<?>) given) {
          List<?> pair = (List<?>) entry;
          map.put(pair.get(0), decode(link, pair.get(1), Object.class, creator));
        }
        return map;
      case "list":
        List<Object> list = new ArrayList<>();
        for (Object item : (List<?>) given) list.add(decode(link, item, Object.class, creator));
        if (type == Enumeration.class) return Collections.enumeration(list);
        return type == Set.class ? Collections.unmodifiableSet(new LinkedHashSet<>(list)) : list;
      default:
        return Exceptions.read(parts.subList(1, parts.size()));
    }
  }

  private static Object number(Long value, Class<?> type) {
    if (type == long.class) return value;
    if (type == byte.class) return value.byteValue();
    if (type == short.class) return value.shortValue();
    if (type == float.class) return value.floatValue();
    if (type == double.class) return value.doubleValue();
    return value.intValue();
  }

  private static Object decodeObject(String text) throws Exception {
    ClassLoader loader = Thread.currentThread().getContextClassLoader();
    byte[] bytes = Base64.getDecoder().decode(text);
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes)) {
          @Override
          protected Class<?> resolveClass(ObjectStreamClass type)
              throws IOException, ClassNotFoundException {
            try {
              return Class.forName(type.getName(), false, loader);
            } catch (ClassNotFoundException error) {
              return super.resolveClass(type);
            }
          }
        }) {
      return in.readObject();
    } catch (IOException | ClassNotFoundException error) {
      throw new MessageFormatException(error.toString());
    }
  }
}
