// What was expected in a drawer, what was counted, and what may explain the difference.

import { money } from "../format.js";
import { difference, fill, verdict } from "./amounts.js";

const PARTS = [
  ["payments", "Payments in cash", 1],
  ["customerPayments", "Customers’ payments in cash", 1],
  ["paidIn", "Change from the safe", 1],
  ["refunds", "Refunds", -1],
  ["voids", "Voided payments", -1],
  ["expenses", "Expenses", -1],
  ["deposits", "To the safe", -1],
];
const CAUSES = {
  void: "Payment voided",
  refund: "Refund given",
  lost_ticket: "Lost ticket",
  manual_open: "Barrier opened by hand",
};

export const STATUS = { open: "open", handed_over: "handed over", closed: "closed" };

/** Float, parts, expected; and once it is counted: counted, counted again, difference. */
export function showSums(list, shift) {
  const { sums, currency } = shift;
  const rows = [{ label: "Float", value: money(shift.openingFloat, currency) }];
  if (sums) {
    for (const [name, label, sign] of PARTS) {
      const { times, amount } = sums[name];
      if (times) rows.push({ label: `${label} (${times})`, value: money(sign * amount, currency) });
    }
    rows.push({ label: "Expected", value: money(sums.expected, currency), strong: true });
  }
  if (shift.counted !== null) {
    rows.push({ label: "Counted", value: money(shift.counted, currency) });
    if (shift.recounted !== null) rows.push({ label: "Counted again", value: money(shift.recounted, currency) });
    const word = verdict(shift.difference);
    rows.push({ label: `Difference, ${word}`, value: difference(shift.difference, currency), strong: true, tone: word });
  }
  fill(list, rows);
}

export function showCauses(list, shift) {
  const rows = (shift.causes ?? []).map(({ cause, times, amount }) => ({
    label: CAUSES[cause] ?? cause,
    value: amount === null || !times ? String(times) : `${times} · ${money(amount, shift.currency)}`,
  }));
  fill(list, rows);
}
