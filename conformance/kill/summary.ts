/** The figures of a kill test as one sentence, for the terminal and for the page. */

import type { KillReport } from './run-kill.ts';

/** What there was, in words. */
export function summaryOf(report: KillReport): string {
  const { kills, killsWhileStarting, sent, confirmed, inDoubt, ofThoseArrived } = report;
  const { deliveries, acknowledged, again, flagged, transactions, transactionsInDoubt } = report;
  return [
    `${kills} kills (${killsWhileStarting} of them while starting)`,
    `${sent} messages sent, ${confirmed} confirmed`,
    `${inDoubt} in doubt of which ${ofThoseArrived} arrived`,
    `${deliveries} deliveries, ${acknowledged} acknowledgements confirmed`,
    `${again} came again, ${flagged} came flagged`,
    `${transactions} transactions, ${transactionsInDoubt} of them in doubt`,
    `ready in at most ${report.readyMsMax} ms`,
  ].join('; ');
}
