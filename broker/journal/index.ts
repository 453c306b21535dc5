// The journal, as the core sees it.

export { FileJournal, type FileJournalOptions } from './file-journal.ts';
export {
  type Bytes,
  type Journal,
  JournalError,
  type JournalErrorCode,
  type JournalStatistics,
  type RecoveryReport,
  type Visit,
} from './journal.ts';
export {
  type ScanDamage,
  type ScannedRecord,
  type ScanReport,
  type ScanVisitor,
  scanBySegment,
  scanLog,
} from './log-scan.ts';
export { MemoryJournal } from './memory-journal.ts';
