package angelia.bridge;

import java.lang.ref.Cleaner;
import java.lang.ref.WeakReference;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * The one proxy for each handle, as long as somebody holds it. When nobody does, Node is told how
 * often the handle had come, and forgets the object if it has not sent it once more meanwhile.
 */
final class Handles {
  private static final Cleaner CLEANER = Cleaner.create();
  /** Proxies are small here and large at the other end: collect them in time. */
  private static final int COLLECT_EVERY = 50_000;

  private final Link link;
  private final Map<Long, Entry> entries = new HashMap<>();
  private int made;

  Handles(Link link) {
    this.link = link;
  }

  Object proxyOf(long handle, Supplier<Object> make) {
    synchronized (entries) {
      Entry found = entries.get(handle);
      Object proxy = found == null ? null : found.proxy.get();
      if (proxy != null) {
        found.count++;
        return proxy;
      }
      proxy = make.get();
      Entry entry = new Entry(handle, proxy);
      entries.put(handle, entry);
      CLEANER.register(proxy, () -> release(entry));
      if (++made % COLLECT_EVERY == 0) System.gc();
      return proxy;
    }
  }

  private void release(Entry entry) {
    Map<String, Object> line = new HashMap<>();
    synchronized (entries) {
      entries.remove(entry.handle, entry);
      line.put("release", entry.handle);
      line.put("count", entry.count);
    }
    link.send(line);
  }

  private static final class Entry {
    final long handle;
    final WeakReference<Object> proxy;
    int count = 1;

    Entry(long handle, Object proxy) {
      this.handle = handle;
      this.proxy = new WeakReference<>(proxy);
    }
  }
}
