import { availableParallelism, totalmem } from 'node:os';
import type { Row } from './measure.ts';

/** What a run was made with. */
export interface Circumstances {
  machine: string;
  node: string;
  redis: string;
  rounds: number;
  scale: number;
  /** ISO 8601, day only. */
  day: string;
}

/** The machine in words that fit any machine of its size. */
export function machineWords(): string {
  return `${availableParallelism()} vCPU, ${Math.round(totalmem() / 2 ** 30)} GiB`;
}

/** The table for a terminal. */
export function terminalTable(rows: readonly Row[]): string {
  const cells = [HEADS, ...rows.map(cellsOf)];
  const widths = HEADS.map((_, column) => Math.max(...cells.map((row) => (row[column] ?? '').length)));
  return cells
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** The same table in Markdown, laid out. */
export function markdownTable(rows: readonly Row[]): string {
  const cells = [HEADS, ...rows.map(cellsOf)];
  const widths = HEADS.map((_, column) => Math.max(3, ...cells.map((row) => (row[column] ?? '').length)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [line(HEADS), rule, ...cells.slice(1).map(line)].join('\n');
}

const HEADS = ['measured', 'figure', 'Latchkey', 'yardstick', 'its figure', 'ratio', 'wanted', ''];

function cellsOf(row: Row): string[] {
  const verdict = row.verdict === 'told' ? '' : row.verdict;
  const names = [row.measure, row.figure, figureWords(row.ours), row.yardstick, figureWords(row.theirs)];
  return [...names, `${figureWords(row.ratio)}×`, row.target, verdict];
}

/** Three digits that mean something. */
export function figureWords(value: number): string {
  if (value !== 0 && Math.abs(value) < 10) return value.toPrecision(Math.abs(value) < 0.1 ? 1 : 2);
  return Math.round(value).toLocaleString('en');
}

const [WIDTH, ROW, LEFT, BAR] = [960, 26, 430, 380];

/** A plot of every row: how our figure stands to its yardstick, on a logarithmic scale; the line is one to one. */
export function plot(all: readonly Row[], { machine, day }: Circumstances): string {
  // A ratio of nothing has no place on a logarithmic scale.
  const rows = all.filter(({ ratio }) => ratio > 0);
  const reach = Math.max(1, ...rows.map(({ ratio }) => Math.abs(Math.log10(ratio))));
  const x = (ratio: number): number => LEFT + BAR / 2 + (Math.log10(ratio) / reach) * (BAR / 2);
  const middle = x(1);
  const bars = rows.map((row, index) => {
    const [y, end] = [48 + index * ROW, x(row.ratio)];
    const colour = { reached: '#1a7f37', missed: '#bc4c00', told: '#57606a' }[row.verdict];
    return [
      `<text x="${LEFT - 10}" y="${y + 13}" text-anchor="end">${escape(`${row.measure}: ${row.figure.split(',')[0]}`)}</text>`,
      `<rect x="${Math.min(middle, end).toFixed(1)}" y="${y + 2}" width="${Math.max(1, Math.abs(end - middle)).toFixed(1)}" height="14" fill="${colour}"/>`,
      `<text x="${LEFT + BAR + 10}" y="${y + 13}">${escape(`${figureWords(row.ratio)}× ${row.yardstick}`)}</text>`,
    ].join('\n');
  });
  const height = 60 + rows.length * ROW;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="12" fill="#24292f">
<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>
<text x="16" y="22" font-size="14">Latchkey as a ratio to its yardstick, logarithmic. Left of the line: less. ${escape(`${machine}, ${day}`)}.</text>
<text x="16" y="40">Green: the wanted ratio is reached. Orange: missed. Grey: told without a wanted ratio.</text>
${bars.join('\n')}
<line x1="${middle}" y1="44" x2="${middle}" y2="${height - 8}" stroke="#24292f"/>
</svg>
`;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
