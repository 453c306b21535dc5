// What a connection says of itself. [JMS 6.1.6]

import type { Capability, CapabilityStatus } from './capability.ts';
import type { ConnectionMetaData } from './connection.ts';
import { Enumeration } from './enumeration.ts';

/** @internal */
export class JmsConnectionMetaData implements ConnectionMetaData {
  readonly #name: string;
  readonly #version: string;
  readonly #capabilities: ReadonlyMap<Capability, CapabilityStatus>;

  /** @param version - `major.minor…` */
  constructor(
    name: string,
    version: string,
    capabilities: ReadonlyMap<Capability, CapabilityStatus>,
  ) {
    this.#name = name;
    this.#version = version;
    this.#capabilities = capabilities;
  }

  getJMSVersion(): string {
    return '3.1';
  }
  getJMSMajorVersion(): number {
    return 3;
  }
  getJMSMinorVersion(): number {
    return 1;
  }
  getJMSProviderName(): string {
    return this.#name;
  }
  getProviderVersion(): string {
    return this.#version;
  }
  getProviderMajorVersion(): number {
    return Number.parseInt(this.#version, 10) || 0;
  }
  getProviderMinorVersion(): number {
    return Number.parseInt(this.#version.split('.')[1] ?? '', 10) || 0;
  }
  getJMSXPropertyNames(): Enumeration<string> {
    return new Enumeration(['JMSXGroupID', 'JMSXGroupSeq', 'JMSXDeliveryCount']);
  }
  getCapabilities(): ReadonlyMap<Capability, CapabilityStatus> {
    return this.#capabilities;
  }
}
