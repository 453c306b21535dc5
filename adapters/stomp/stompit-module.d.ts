// stompit has no types; what is used of it is typed in `stompit.ts`.
declare module 'stompit';
