import com.google.gson.Gson;
import java.io.File;
import java.lang.reflect.Method;
import java.net.URI;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import org.junit.runner.JUnitCore;
import org.junit.runner.Request;
import org.junit.runner.Result;
import org.junit.runner.notification.Failure;
import org.objectweb.jtests.jms.framework.TestConfig;

/**
 * Runs every test of Joram's jar by itself and prints a line of JSON for each: its name, how long
 * it took, and why it failed. A test that does not end is left behind and counts as failed.
 * Arguments are what a test's name contains; none: all tests.
 */
public final class JoramRun {
  private static final int TEST_SECONDS_MAX = 30;
  private static final String PREFIX = "org.objectweb.jtests.jms.conform.";

  private JoramRun() {}

  public static void main(String[] wanted) throws Exception {
    for (String name : testClasses()) {
      Class<?> type = Class.forName(name);
      for (String method : testMethods(type)) {
        String shown = name.substring(PREFIX.length()) + "." + method;
        if (wanted.length > 0 && !contains(shown, wanted)) continue;
        print(shown, type, method);
      }
    }
    System.exit(0);
  }

  private static boolean contains(String name, String[] wanted) {
    for (String part : wanted) if (name.contains(part)) return true;
    return false;
  }

  private static void print(String shown, Class<?> type, String method) throws Exception {
    Map<String, Object> line = new LinkedHashMap<>();
    long startedAt = System.nanoTime();
    line.put("test", shown);
    line.put("error", run(type, method));
    line.put("ms", (System.nanoTime() - startedAt) / 1_000_000);
    System.out.println(new Gson().toJson(line));
  }

  /** Why a test failed, or null. */
  private static String run(Class<?> type, String method) throws InterruptedException {
    ExecutorService thread =
        Executors.newSingleThreadExecutor(
            (task) -> {
              Thread made = new Thread(task, method);
              made.setDaemon(true);
              return made;
            });
    Future<Result> result = thread.submit(() -> new JUnitCore().run(Request.method(type, method)));
    try {
      List<Failure> failures = result.get(TEST_SECONDS_MAX, TimeUnit.SECONDS).getFailures();
      if (failures.isEmpty()) return null;
      if (System.getProperty("joram.trace") != null) System.err.println(failures.get(0).getTrace());
      return said(failures.get(0).getException());
    } catch (TimeoutException error) {
      if (System.getProperty("joram.trace") != null) printStacks();
      return "did not end within " + TEST_SECONDS_MAX + " s";
    } catch (ExecutionException error) {
      return error.getCause().toString();
    } finally {
      thread.shutdownNow();
    }
  }

  private static void printStacks() {
    Thread.getAllStackTraces()
        .forEach(
            (thread, frames) -> {
              System.err.println(thread);
              for (StackTraceElement frame : frames) System.err.println("    at " + frame);
            });
  }

  private static String said(Throwable error) {
    String text = firstLine(error);
    for (StackTraceElement frame : error.getStackTrace()) {
      if (frame.getClassName().startsWith(PREFIX)) return text + " @" + frame.getLineNumber();
    }
    return error.getCause() == null ? text : text + ", for " + firstLine(error.getCause());
  }

  private static String firstLine(Throwable error) {
    return error.toString().split("\\R", 2)[0];
  }

  private static TreeSet<String> testClasses() throws Exception {
    URI jar = TestConfig.class.getProtectionDomain().getCodeSource().getLocation().toURI();
    TreeSet<String> names = new TreeSet<>();
    try (JarFile file = new JarFile(new File(jar))) {
      for (JarEntry entry : Collections.list(file.entries())) {
        String name = entry.getName().replace('/', '.');
        if (name.startsWith(PREFIX) && name.endsWith("Test.class")) {
          names.add(name.substring(0, name.length() - ".class".length()));
        }
      }
    }
    return names;
  }

  private static List<String> testMethods(Class<?> type) {
    List<String> names = new ArrayList<>();
    for (Method method : type.getMethods()) {
      boolean test = method.getName().startsWith("test") && method.getParameterCount() == 0;
      if (test) names.add(method.getName());
    }
    Collections.sort(names);
    return names;
  }
}
