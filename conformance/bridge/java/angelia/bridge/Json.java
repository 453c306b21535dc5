package angelia.bridge;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * JSON as the bridge's lines need it: null, booleans, whole numbers, strings, lists and maps. Other
 * numbers travel as strings with a tag. Writes ASCII only, so that half a surrogate pair survives.
 */
final class Json {
  private final String text;
  private int at;

  private Json(String text) {
    this.text = text;
  }

  static String write(Object value) {
    StringBuilder out = new StringBuilder(128);
    write(out, value);
    return out.toString();
  }

  static Object read(String text) {
    return new Json(text).value();
  }

  private static void write(StringBuilder out, Object value) {
    if (value instanceof String) {
      writeString(out, (String) value);
    } else if (value instanceof List) {
      char before = '[';
      for (Object item : (List<?>) value) {
        out.append(before);
        write(out, item);
        before = ',';
      }
      out.append(before == '[' ? "[]" : "]");
    } else if (value instanceof Map) {
      char before = '{';
      for (Map.Entry<?, ?> entry : ((Map<?, ?>) value).entrySet()) {
        out.append(before);
        writeString(out, (String) entry.getKey());
        out.append(':');
        write(out, entry.getValue());
        before = ',';
      }
      out.append(before == '{' ? "{}" : "}");
    } else {
      out.append(value);
    }
  }

  private static void writeString(StringBuilder out, String value) {
    out.append('"');
    for (int i = 0; i < value.length(); i++) {
      char unit = value.charAt(i);
      if (unit == '"' || unit == '\\') {
        out.append('\\').append(unit);
      } else if (unit < ' ' || unit > '~') {
        out.append(String.format("\\u%04x", (int) unit));
      } else {
        out.append(unit);
      }
    }
    out.append('"');
  }

  private Object value() {
    switch (text.charAt(at)) {
      case '{':
        return map();
      case '[':
        return list();
      case '"':
        return string();
      case 't':
        at += 4;
        return true;
      case 'f':
        at += 5;
        return false;
      case 'n':
        at += 4;
        return null;
      default:
        int from = at;
        while (at < text.length() && "+-0123456789".indexOf(text.charAt(at)) >= 0) at++;
        return Long.valueOf(text.substring(from, at));
    }
  }

  private Map<String, Object> map() {
    Map<String, Object> map = new LinkedHashMap<>();
    at++;
    while (text.charAt(at) != '}') {
      if (text.charAt(at) == ',') at++;
      String key = string();
      at++;
      map.put(key, value());
    }
    at++;
    return map;
  }

  private List<Object> list() {
    List<Object> list = new ArrayList<>();
    at++;
    while (text.charAt(at) != ']') {
      if (text.charAt(at) == ',') at++;
      list.add(value());
    }
    at++;
    return list;
  }

  private String string() {
    int from = ++at;
    while (text.charAt(at) != '"' && text.charAt(at) != '\\') at++;
    if (text.charAt(at) == '"') return text.substring(from, at++);
    StringBuilder out = new StringBuilder(text.substring(from, at));
    for (;;) {
      char unit = text.charAt(at++);
      if (unit == '"') return out.toString();
      out.append(unit == '\\' ? escape() : unit);
    }
  }

  private char escape() {
    char unit = text.charAt(at++);
    switch (unit) {
      case 'n':
        return '\n';
      case 'r':
        return '\r';
      case 't':
        return '\t';
      case 'b':
        return '\b';
      case 'f':
        return '\f';
      case 'u':
        at += 4;
        return (char) Integer.parseInt(text.substring(at - 4, at), 16);
      default:
        return unit;
    }
  }
}
