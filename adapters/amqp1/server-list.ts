// The brokers that a peer's open frame names to be used in its place, as Qpid brokers and Artemis say
// it: the connection property `failover-server-list`, a list of maps. [AMQP 2.7.1]

/**
 * Their URLs; what cannot be understood is left out.
 *
 * @param properties - of the peer's open
 * @param secure - our own connection is: then none that is not is followed
 */
export function serverList(
  properties: Readonly<Record<string, unknown>> | undefined,
  secure: boolean,
): string[] {
  const list = properties?.['failover-server-list'];
  if (!Array.isArray(list)) return [];
  return list.flatMap((entry: unknown) => {
    if (typeof entry !== 'object' || entry === null) return [];
    const said = new Map(Object.entries(entry).map(([key, value]) => [key, String(value)]));
    const host = said.get('network-host') ?? said.get('hostname') ?? '';
    const port = said.get('port') ?? '';
    const scheme = said.get('scheme') ?? (secure ? 'amqps' : 'amqp');
    const known = scheme === 'amqps' || (scheme === 'amqp' && !secure);
    if (!known || !/^[^/?#@\s]+$/.test(host) || !/^\d{1,5}$/.test(port)) return [];
    return [
      `${scheme}://${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}:${port}`,
    ];
  });
}
