/**
 * Tests of Joram's suite that are not run, each with the reason. The honest list: it is printed,
 * counted and shown in the page. Empty is what we want.
 */

/** One test left out. */
export interface Skip {
  /** As the runner names it: `topic.TemporaryTopicTest.testTemporaryTopic`. */
  readonly test: string;
  /** Left out over this provider only. */
  readonly over?: string;
  readonly reason: string;
}

/** All of them. */
export const SKIPS: readonly Skip[] = [];
