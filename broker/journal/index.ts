// The journal, as the core sees it.

export {
  type Bytes,
  type Journal,
  JournalError,
  type JournalErrorCode,
  type JournalStatistics,
  type RecoveryReport,
  type Visit,
} from './journal.ts';
export { MemoryJournal } from './memory-journal.ts';
