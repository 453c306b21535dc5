package angelia.bridge;

import jakarta.jms.BytesMessage;
import jakarta.jms.CompletionListener;
import jakarta.jms.JMSContext;
import jakarta.jms.JMSException;
import jakarta.jms.MapMessage;
import jakarta.jms.Message;
import jakarta.jms.MessageEOFException;
import jakarta.jms.ObjectMessage;
import jakarta.jms.Session;
import jakarta.jms.StreamMessage;
import jakarta.jms.TextMessage;
import java.util.Enumeration;

/**
 * A message that another provider made, on its way through this one: a copy of ours is sent in its
 * place, and afterwards shows it the headers that the send has set. [JMS 3.12]
 */
final class Foreign {
  private final Message original;
  private final Message copy;

  private Foreign(Message original, Message copy) {
    this.original = original;
    this.copy = copy;
  }

  /** Puts copies of ours in the place of foreign messages; null if there was none. */
  static Foreign replace(Object[] arguments, Remote target) throws JMSException {
    for (int i = 0; i < arguments.length; i++) {
      if (!(arguments[i] instanceof Message) || Remote.of(arguments[i]) != null) continue;
      Message original = (Message) arguments[i];
      Foreign foreign = new Foreign(original, copyOf(original, target.rootProxy()));
      arguments[i] = foreign.copy;
      int last = arguments.length - 1;
      if (arguments[last] instanceof CompletionListener) {
        arguments[last] = foreign.listener((CompletionListener) arguments[last]);
      }
      return foreign;
    }
    return null;
  }

  /** Shows the sender the headers of the send. [JMS 3.4.11] */
  void sent() throws JMSException {
    original.setJMSMessageID(copy.getJMSMessageID());
    original.setJMSDestination(copy.getJMSDestination());
    original.setJMSDeliveryMode(copy.getJMSDeliveryMode());
    original.setJMSPriority(copy.getJMSPriority());
    original.setJMSTimestamp(copy.getJMSTimestamp());
    original.setJMSExpiration(copy.getJMSExpiration());
    try {
      original.setJMSDeliveryTime(copy.getJMSDeliveryTime());
    } catch (UnsupportedOperationException | AbstractMethodError old) {
      // A message of JMS 1.1 has no such header.
      return;
    }
  }

  private CompletionListener listener(CompletionListener given) {
    return new CompletionListener() {
      @Override
      public void onCompletion(Message message) {
        try {
          sent();
        } catch (JMSException error) {
          given.onException(original, error);
          return;
        }
        given.onCompletion(original);
      }

      @Override
      public void onException(Message message, Exception exception) {
        given.onException(original, exception);
      }
    };
  }

  private static Message copyOf(Message original, Object root) throws JMSException {
    Message copy = copyBody(original, new Maker(root));
    copy.setJMSCorrelationID(original.getJMSCorrelationID());
    copy.setJMSReplyTo(original.getJMSReplyTo());
    copy.setJMSType(original.getJMSType());
    Enumeration<?> names = original.getPropertyNames();
    while (names.hasMoreElements()) {
      String name = (String) names.nextElement();
      if (name.startsWith("JMSXDelivery")) continue;
      copy.setObjectProperty(name, original.getObjectProperty(name));
    }
    return copy;
  }

  private static Message copyBody(Message original, Maker make) throws JMSException {
    if (original instanceof TextMessage) {
      TextMessage copy = (TextMessage) make.message("Text");
      copy.setText(((TextMessage) original).getText());
      return copy;
    }
    if (original instanceof MapMessage) {
      MapMessage copy = (MapMessage) make.message("Map");
      Enumeration<?> names = ((MapMessage) original).getMapNames();
      while (names.hasMoreElements()) {
        String name = (String) names.nextElement();
        copy.setObject(name, ((MapMessage) original).getObject(name));
      }
      return copy;
    }
    if (original instanceof ObjectMessage) {
      ObjectMessage copy = (ObjectMessage) make.message("Object");
      copy.setObject(((ObjectMessage) original).getObject());
      return copy;
    }
    if (original instanceof BytesMessage) {
      ((BytesMessage) original).reset();
      byte[] bytes = new byte[(int) ((BytesMessage) original).getBodyLength()];
      ((BytesMessage) original).readBytes(bytes);
      BytesMessage copy = (BytesMessage) make.message("Bytes");
      copy.writeBytes(bytes);
      return copy;
    }
    if (!(original instanceof StreamMessage)) return make.message("");
    ((StreamMessage) original).reset();
    StreamMessage copy = (StreamMessage) make.message("Stream");
    for (;;) {
      try {
        copy.writeObject(((StreamMessage) original).readObject());
      } catch (MessageEOFException end) {
        return copy;
      }
    }
  }

  /** Makes empty messages of ours, by a session or a context. */
  private static final class Maker {
    private final Object root;

    Maker(Object root) {
      this.root = root;
    }

    Message message(String kind) throws JMSException {
      Class<?> type = root instanceof JMSContext ? JMSContext.class : Session.class;
      try {
        return (Message) type.getMethod("create" + kind + "Message").invoke(root);
      } catch (ReflectiveOperationException error) {
        throw new JMSException(error.toString());
      }
    }
  }
}
