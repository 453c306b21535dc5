/**
 * Text tables of the bench: rows of cells, the first column to the left, numbers to the right, for a
 * terminal and for Markdown.
 */

/** A row of what is shown. */
export type Row = readonly string[];

/** Columns of one width, two spaces between them. */
export function aligned(rows: readonly Row[]): string[] {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('  ')
      .replace(/^/, '  ')
      .trimEnd(),
  );
}

/** The same as a table of Markdown; the first row is its head. */
export function markdown(rows: readonly Row[]): string[] {
  const [head = [], ...rest] = rows;
  const rule = head.map((_, i) => (i === 0 ? '---' : '---:'));
  return [head, rule, ...rest].map((row) => `| ${row.join(' | ')} |`);
}

/** 1,234. */
export function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}
