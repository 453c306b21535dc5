// What a user can do about what brokers refuse, for their words seldom say it.

/** A destination is not there. */
export const MISSING_CURE = 'create it there, or let the broker create queues and topics on use';

/** Somebody may not do something. */
export const FORBIDDEN_CURE =
  'let its operator give this user the permission, or come as another (jms.username)';
