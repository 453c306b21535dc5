// What a connection says of itself. [JMS 6.1.6]

import type { ConnectionMetaData } from './connection.ts';
import { Enumeration } from './enumeration.ts';

/** Makes the metadata for a provider. @param version - `major.minor…` */
export function connectionMetaData(name: string, version: string): ConnectionMetaData {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return {
    getJMSVersion: () => '3.1',
    getJMSMajorVersion: () => 3,
    getJMSMinorVersion: () => 1,
    getJMSProviderName: () => name,
    getProviderVersion: () => version,
    getProviderMajorVersion: () => major,
    getProviderMinorVersion: () => minor,
    getJMSXPropertyNames: () =>
      new Enumeration(['JMSXGroupID', 'JMSXGroupSeq', 'JMSXDeliveryCount']),
  };
}
