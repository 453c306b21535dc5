// What `npm run interop` found with brokers that are not ours, kept in a file beside this one so that
// docs/conformance.md can show it: those brokers are not there when the page is tested.

import { readFileSync } from 'node:fs';

/** One run of the suite, by the titles of its cases. */
export interface PeerRun {
  /** Such as `amqp1-artemis`. */
  readonly suite: string;
  /** The head of its column: adapter, broker, version. */
  readonly title: string;
  readonly date: string;
  /** `✓` passed, `–` unsupported, `✗` failed. */
  readonly verdicts: ReadonlyMap<string, { readonly mark: string; readonly reason?: string }>;
}

/** As it is in the file: a title is there once, a mark is one character, a reason has its titles. */
interface Stored {
  readonly titles: readonly string[];
  readonly runs: readonly {
    readonly suite: string;
    readonly title: string;
    readonly date: string;
    /** By title; a blank: not run. */
    readonly marks: string;
    readonly reasons: Readonly<Record<string, readonly string[]>>;
  }[];
}

/** The path of the file in the project. */
export const PEER_RESULTS = 'conformance/jms/peer-results.json';

export function parsePeerResults(text: string): readonly PeerRun[] {
  const { titles, runs } = JSON.parse(text) as Stored;
  return runs.map(({ suite, title, date, marks, reasons }) => {
    const verdicts = new Map<string, { mark: string; reason?: string }>();
    for (const [at, mark] of [...marks].entries()) {
      if (mark !== ' ') verdicts.set(titles[at] ?? '', { mark });
    }
    for (const [reason, those] of Object.entries(reasons)) {
      for (const one of those) verdicts.set(one, { mark: verdicts.get(one)?.mark ?? '–', reason });
    }
    return { suite, title, date, verdicts };
  });
}

export function formatPeerResults(runs: readonly PeerRun[]): string {
  const titles = [...new Set(runs.flatMap(({ verdicts }) => [...verdicts.keys()]))];
  const stored: Stored = {
    titles,
    runs: runs.map(({ suite, title, date, verdicts }) => {
      const reasons: Record<string, string[]> = {};
      for (const [one, { reason }] of verdicts) {
        if (reason !== undefined) reasons[reason] = [...(reasons[reason] ?? []), one];
      }
      const marks = titles.map((one) => verdicts.get(one)?.mark ?? ' ').join('');
      return { suite, title, date, marks, reasons };
    }),
  };
  return `${JSON.stringify(stored, null, 1)}\n`;
}

/** The runs in a file, with one of them replaced or added. */
export function withRun(runs: readonly PeerRun[], run: PeerRun): readonly PeerRun[] {
  const at = runs.findIndex(({ suite }) => suite === run.suite);
  return at < 0 ? [...runs, run] : runs.with(at, run);
}

export function readPeerResults(file: string | URL): readonly PeerRun[] {
  return parsePeerResults(readFileSync(file, 'utf8'));
}
