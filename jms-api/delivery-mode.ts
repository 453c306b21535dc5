// The two delivery modes. [JMS 7.7]

/** How much the loss of a message matters. */
export type DeliveryMode = 1 | 2;

/** The values of {@link DeliveryMode}, with JMS's numbers. [JMS 3.4.2] */
export const DeliveryMode = {
  /** The message may be lost when the provider fails; it is never delivered twice. */
  NON_PERSISTENT: 1,
  /** The message survives a failure of the provider. */
  PERSISTENT: 2,
} as const;
