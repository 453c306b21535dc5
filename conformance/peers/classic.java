import java.io.File;
import java.util.List;
import java.util.Map;
import org.apache.activemq.broker.BrokerPlugin;
import org.apache.activemq.broker.BrokerService;
import org.apache.activemq.broker.region.policy.ConstantPendingMessageLimitStrategy;
import org.apache.activemq.broker.region.policy.PolicyEntry;
import org.apache.activemq.broker.region.policy.PolicyMap;
import org.apache.activemq.security.AuthenticationUser;
import org.apache.activemq.security.SimpleAuthenticationPlugin;

/**
 * ActiveMQ Classic as its shipped activemq.xml configures it, with one user, and connectors on the
 * ports given: data folder, AMQP, STOMP, OpenWire, user, password.
 */
class Classic {
  public static void main(String[] words) throws Exception {
    var broker = new BrokerService();
    broker.setBrokerName("classic");
    broker.setDataDirectoryFile(new File(words[0], "activemq-data"));
    broker.setUseJmx(false);
    broker.setUseShutdownHook(true);
    broker.setSchedulerSupport(true);
    broker.setDestinationPolicy(policies());
    broker.getSystemUsage().getMemoryUsage().setPercentOfJvmHeap(70);
    broker.setPlugins(new BrokerPlugin[] {onlyUser(words[4], words[5])});
    broker.start();
    // Only now do its ports listen: who connects finds a broker that has its messages.
    open(broker, "openwire", "tcp://127.0.0.1:" + words[3]);
    open(broker, "amqp", "amqp://127.0.0.1:" + words[1]);
    open(broker, "stomp", "stomp://127.0.0.1:" + words[2]);
    broker.waitUntilStopped();
  }

  private static void open(BrokerService broker, String name, String address) throws Exception {
    var connector = broker.addConnector(address + "?wireFormat.maxFrameSize=104857600");
    connector.setName(name);
    broker.startTransportConnector(connector);
  }

  /** As shipped: subscribers of topics that are slow lose what is beyond a thousand. */
  private static PolicyMap policies() {
    var limit = new ConstantPendingMessageLimitStrategy();
    limit.setLimit(1000);
    var topics = new PolicyEntry();
    topics.setTopic(">");
    topics.setPendingMessageLimitStrategy(limit);
    var map = new PolicyMap();
    map.setPolicyEntries(List.of(topics));
    return map;
  }

  private static BrokerPlugin onlyUser(String name, String password) {
    var plugin = new SimpleAuthenticationPlugin(List.of(new AuthenticationUser(name, password, "all")));
    plugin.setAnonymousAccessAllowed(false);
    return plugin;
  }
}
