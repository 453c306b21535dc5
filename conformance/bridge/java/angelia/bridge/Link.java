package angelia.bridge;

import jakarta.jms.JMSRuntimeException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The line to the Node process: starts it with the first use, sends calls with a number each, and
 * wakes the thread that waits for the answer. One reader thread; a call that takes long (a receive)
 * holds up nobody else. Node ends when its standard input does, so it cannot outlive this process.
 */
final class Link {
  private static final int START_MS_MAX = 30_000;
  private static Link instance;

  private final Map<Long, CompletableFuture<Map<?, ?>>> waiting = new ConcurrentHashMap<>();
  private final AtomicLong lastId = new AtomicLong();
  private final OutputStream out;
  private final BufferedReader in;
  /** Keeps the pipe to the process, and so the process. */
  private final Process node;

  final Callbacks callbacks = new Callbacks(this);
  final Handles handles = new Handles(this);

  static synchronized Link get() {
    if (instance == null) {
      try {
        instance = new Link();
      } catch (IOException error) {
        throw new IllegalStateException("the bridge's Node side did not start", error);
      }
    }
    return instance;
  }

  private Link() throws IOException {
    Properties command = new Properties();
    try (InputStream file = Link.class.getResourceAsStream("node.properties")) {
      command.load(file);
    }
    String token = UUID.randomUUID().toString();
    try (ServerSocket door = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      door.setSoTimeout(START_MS_MAX);
      String port = Integer.toString(door.getLocalPort());
      node =
          new ProcessBuilder(command.getProperty("node"), command.getProperty("main"), port)
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      node.getOutputStream().write((token + "\n").getBytes(StandardCharsets.US_ASCII));
      node.getOutputStream().flush();
      Socket socket = door.accept();
      socket.setTcpNoDelay(true);
      out = socket.getOutputStream();
      in =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8), 1 << 16);
      if (!token.equals(in.readLine())) throw new IOException("somebody else answered");
    }
    Thread reader = new Thread(this::read, "angelia-bridge");
    reader.setDaemon(true);
    reader.start();
  }

  /** Calls a method of the object behind a handle; returns its result as it came. */
  Object call(long handle, String signature, List<?> arguments) throws Throwable {
    long id = lastId.incrementAndGet();
    CompletableFuture<Map<?, ?>> answer = new CompletableFuture<>();
    waiting.put(id, answer);
    Map<String, Object> line = new HashMap<>();
    line.put("id", id);
    line.put("on", handle);
    line.put("call", signature);
    line.put("args", arguments);
    // Node has to know that this comes from inside of a listener.
    if (Callbacks.current() != null) line.put("in", Callbacks.current());
    send(line);
    Map<?, ?> result;
    try {
      result = answer.get();
    } catch (InterruptedException error) {
      Thread.currentThread().interrupt();
      throw new JMSRuntimeException("the thread was interrupted in " + signature);
    } catch (ExecutionException error) {
      throw error.getCause();
    }
    if (result.get("error") != null) throw Exceptions.read((List<?>) result.get("error"));
    return result.get("result");
  }

  void send(Map<String, Object> line) {
    byte[] bytes = (Json.write(line) + "\n").getBytes(StandardCharsets.US_ASCII);
    try {
      synchronized (out) {
        out.write(bytes);
        out.flush();
      }
    } catch (IOException error) {
      throw new JMSRuntimeException("the bridge's Node side is gone: " + error, null, error);
    }
  }

  private void read() {
    String end = "the bridge's Node side ended";
    try {
      for (String text = in.readLine(); text != null; text = in.readLine()) {
        Map<?, ?> line = (Map<?, ?>) Json.read(text);
        if (line.containsKey("id")) {
          waiting.remove((Long) line.get("id")).complete(line);
        } else if (line.containsKey("do")) {
          callbacks.run(line);
        } else {
          callbacks.drop((Long) line.get("drop"));
        }
      }
      if (node.waitFor(1, TimeUnit.SECONDS)) end += " with " + node.exitValue();
    } catch (IOException | InterruptedException | RuntimeException error) {
      end += ": " + error;
    }
    JMSRuntimeException lost = new JMSRuntimeException(end);
    for (CompletableFuture<?> one : waiting.values()) one.completeExceptionally(lost);
  }
}
