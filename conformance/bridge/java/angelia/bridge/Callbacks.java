package angelia.bridge;

import jakarta.jms.CompletionListener;
import jakarta.jms.ExceptionListener;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageListener;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The listeners that Java has given to Node, and the threads on which they are called. Callbacks of
 * one lane (a session's completions) run one after the other, in the order in which they came.
 */
final class Callbacks {
  private static final ThreadLocal<Long> CURRENT = new ThreadLocal<>();

  private final Link link;
  private final Map<Long, Object> listeners = new ConcurrentHashMap<>();
  private final Map<Long, CompletableFuture<Void>> lanes = new ConcurrentHashMap<>();
  private final AtomicLong lastId = new AtomicLong();
  private final ExecutorService threads =
      Executors.newCachedThreadPool(
          task -> {
            Thread thread = new Thread(task, "angelia-bridge-listener");
            thread.setDaemon(true);
            return thread;
          });

  Callbacks(Link link) {
    this.link = link;
  }

  /** The callback that this thread is running, or null. */
  static Long current() {
    return CURRENT.get();
  }

  static boolean isListener(Object value) {
    return value instanceof MessageListener
        || value instanceof CompletionListener
        || value instanceof ExceptionListener;
  }

  List<Object> encode(Object listener, long lane) {
    long id = lastId.incrementAndGet();
    listeners.put(id, listener);
    return Arrays.asList("fn", id, lane);
  }

  Object get(long id) {
    return listeners.get(id);
  }

  void drop(long id) {
    listeners.remove(id);
  }

  void run(Map<?, ?> line) {
    Long lane = (Long) line.get("lane");
    if (lane == null) {
      threads.execute(() -> runNow(line));
      return;
    }
    CompletableFuture<Void> before =
        lanes.getOrDefault(lane, CompletableFuture.completedFuture(null));
    CompletableFuture<Void> after = before.thenRunAsync(() -> runNow(line), threads);
    lanes.put(lane, after);
    after.thenRun(() -> lanes.remove(lane, after));
  }

  private void runNow(Map<?, ?> line) {
    Map<String, Object> done = new HashMap<>();
    Long id = (Long) line.get("do");
    done.put("done", id);
    CURRENT.set(id);
    try {
      List<?> arguments = (List<?>) line.get("args");
      call(listeners.get((Long) line.get("fn")), (String) line.get("method"), arguments);
    } catch (Throwable error) {
      done.put("error", error.toString());
    } finally {
      CURRENT.remove();
    }
    link.send(done);
  }

  private void call(Object listener, String method, List<?> arguments) throws Throwable {
    Object first = Values.decode(link, arguments.get(0), Object.class, null);
    if (method.equals("onMessage")) {
      ((MessageListener) listener).onMessage((Message) first);
    } else if (method.equals("onCompletion")) {
      ((CompletionListener) listener).onCompletion((Message) first);
    } else if (arguments.size() == 2) {
      Object error = Values.decode(link, arguments.get(1), Exception.class, null);
      ((CompletionListener) listener).onException((Message) first, (Exception) error);
    } else if (first instanceof JMSException) {
      ((ExceptionListener) listener).onException((JMSException) first);
    } else {
      JMSException error = new JMSException(first.toString());
      error.setLinkedException((Exception) first);
      ((ExceptionListener) listener).onException(error);
    }
  }
}
