export * from './address.ts';
export * from './errors.ts';
export * from './host.ts';
export * from './limits.ts';
export * from './message.ts';
export * from './view.ts';
