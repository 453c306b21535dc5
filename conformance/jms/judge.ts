// Judging a broker that is not ours: each case passes, or is unsupported with a reason, or failed. A
// reason is what the adapter says it lacks, or one of a list of known departures of that broker; a
// departure that passes has failed, so that the list stays true, unless it is a matter of luck.

import type { Lacks } from 'angelia/jms';
import { type Case, titleOf } from './case.ts';
import type { Subject } from './fixture.ts';
import { inTime } from './in-time.ts';
import { connected, runCase } from './run-case.ts';

/** How a case ended, with the reason unless it passed. */
export type Verdict =
  | { readonly status: 'passed' }
  | { readonly status: 'unsupported' | 'failed'; readonly reason: string };

/** Where a broker departs from JMS, by the titles of cases: why. */
export type Departures = Readonly<Record<string, string | Sometimes>>;

/** A matter of luck: the case may pass, and nobody can count on it. */
export interface Sometimes {
  readonly sometimes: string;
}

const CASE_MS_MAX = 60_000;

export class Judge {
  readonly #subject: Subject;
  readonly #departures: Departures;
  #lacks: Lacks = {};

  constructor(subject: Subject, departures: Departures) {
    this.#subject = subject;
    this.#departures = departures;
  }

  /** Asks the broker what it is. */
  async begin(): Promise<{ readonly name: string; readonly version: string }> {
    return await connected(this.#subject, ({ name, version, lacks = {} }) => {
      this.#lacks = lacks;
      return { name, version };
    });
  }

  async judge(one: Case): Promise<Verdict> {
    const known = this.#departures[titleOf(one)];
    const departure = typeof known === 'object' ? known.sometimes : known;
    try {
      const result = await inTime(runCase(one, this.#subject), CASE_MS_MAX);
      if (result === 'unsupported') {
        return { status: 'unsupported', reason: this.#reasonFor(one) };
      }
      if (departure === undefined) return { status: 'passed' };
      if (typeof known === 'object') return { status: 'unsupported', reason: departure };
      return { status: 'failed', reason: 'passes: take it off the list of departures' };
    } catch (error) {
      if (departure !== undefined) return { status: 'unsupported', reason: departure };
      const words = String(error instanceof Error ? error.message : error);
      return { status: 'failed', reason: words.split('\n').slice(0, 4).join(' | ') };
    }
  }

  #reasonFor({ needs }: Case): string {
    const whys = needs.map((need) => this.#lacks[need]?.why).filter((why) => why !== undefined);
    return whys.length > 0 ? whys.join('; ') : `it has no ${needs.join(', ')}`;
  }
}
