// What Apache Qpid JMS needs of an AMQP broker, box by box of docs/amqp-jms-checklist.md: the real client
// does it, and looks at what came of it. Prints a line of JSON for each check. A check is named
// after its box; its queues and topics are its own.

import com.google.gson.Gson;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

class Checklist {
  private static final int CHECK_SECONDS_MAX = 30;

  interface Check {
    void run(Bench bench) throws Exception;
  }

  public static void main(String[] only) {
    PrintStream lines = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    System.setOut(System.err);
    Map<String, Check> checks = new LinkedHashMap<>();
    ConnectionChecks.addTo(checks);
    LinkChecks.addTo(checks);
    DeliveryChecks.addTo(checks);
    SubscriptionChecks.addTo(checks);
    MessageChecks.addTo(checks);
    Gson gson = new Gson();
    int number = 0;
    for (Map.Entry<String, Check> entry : checks.entrySet()) {
      number++;
      if (only.length > 0 && !matches(entry.getKey(), only)) continue;
      long startedAt = System.currentTimeMillis();
      Map<String, Object> line = new LinkedHashMap<>();
      line.put("test", entry.getKey());
      line.put("error", run(entry.getValue(), "checklist." + number));
      line.put("ms", System.currentTimeMillis() - startedAt);
      lines.println(gson.toJson(line));
    }
    System.exit(0);
  }

  private static boolean matches(String name, String[] parts) {
    for (String part : parts) if (name.contains(part)) return true;
    return false;
  }

  /** Why a check failed, or null. */
  private static String run(Check check, String name) {
    ExecutorService thread = Executors.newSingleThreadExecutor();
    Bench bench = new Bench(name);
    Future<?> result =
        thread.submit(
            () -> {
              check.run(bench);
              return null;
            });
    try {
      result.get(CHECK_SECONDS_MAX, TimeUnit.SECONDS);
      return null;
    } catch (TimeoutException error) {
      return "did not end within " + CHECK_SECONDS_MAX + " s";
    } catch (ExecutionException error) {
      return said(error.getCause());
    } catch (InterruptedException error) {
      return error.toString();
    } finally {
      thread.shutdownNow();
      bench.close();
    }
  }

  private static String said(Throwable error) {
    for (StackTraceElement frame : error.getStackTrace()) {
      String file = frame.getFileName();
      if (file != null && file.endsWith("Checks.java")) {
        return error + " @" + file + ":" + frame.getLineNumber();
      }
    }
    return error.toString();
  }
}
