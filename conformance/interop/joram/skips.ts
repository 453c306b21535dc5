/**
 * Tests of Joram's suite that are left out, each with the reason: the honest list. They are run all
 * the same, counted as skipped, and fail when they begin to pass. Empty is what we want.
 */

import type { Skip } from '../java-suite.ts';

/** All of them. */
export const SKIPS: readonly Skip[] = [];
