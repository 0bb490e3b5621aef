import { interleave, median, percentile, rowOf } from '../../bench/measure.ts';
import { figureWords, markdownTable, plot } from '../../bench/report.ts';

const figures = { measure: 'lateness', figure: 'p99, ms', ours: 20, yardstick: 'bare', theirs: 200 };

describe('percentile', () => {
  it('is the least value that so many do not exceed', () => {
    const numbers = Array.from({ length: 200 }, (_, index) => 200 - index);
    expect(percentile(numbers, 0.99)).toBe(198);
    expect(percentile(numbers, 1)).toBe(200);
    expect(median([3, 1, 2])).toBe(2);
  });

  it('has no figure for what was not measured', () => {
    expect(() => percentile([], 0.5)).toThrow(RangeError);
  });
});

describe('interleave', () => {
  it('turns the order around each round', async () => {
    const order: string[] = [];
    const run = async (name: string, round: number): Promise<number> => order.push(name) + round;
    const results = await interleave(['a', 'b'], { rounds: 3, run });
    expect(order.join('')).toBe('abbaab');
    expect(results).toEqual({ a: [1, 5, 7], b: [2, 4, 8] });
  });
});

describe('rowOf', () => {
  it('holds the ratio, and the figure itself, against the limit', () => {
    expect(rowOf(figures, { ratio: 0.1 })).toMatchObject({ ratio: 0.1, verdict: 'reached' });
    expect(rowOf(figures, { ratio: 0.09 })).toMatchObject({ verdict: 'missed' });
    expect(rowOf(figures, { ratio: 0.1, ours: 10 })).toMatchObject({ verdict: 'missed' });
    expect(rowOf(figures)).toMatchObject({ verdict: 'told', target: '' });
  });
});

describe('the report', () => {
  it('lays the table out as wide as its widest cell', () => {
    const [heads, rule, line] = markdownTable([rowOf(figures, { ratio: 0.1 })]).split('\n');
    expect(line).toContain('| 0.10× | ≤ 0.1× | reached |');
    expect(new Set([heads?.length, rule?.length, line?.length]).size).toBe(1);
  });

  it('leaves out of the plot what has no place on its scale', () => {
    const svg = plot([rowOf(figures), rowOf({ ...figures, ours: 0 })], {
      machine: '2 vCPU',
      node: 'v24',
      redis: 'redis 7',
      rounds: 3,
      scale: 1,
      day: '2026-01-01',
    });
    expect(svg.match(/<rect x=/g)).toHaveLength(1);
    expect(svg).not.toContain('NaN');
  });

  it.each([
    [0, '0'],
    [0.044, '0.04'],
    [1.234, '1.2'],
    [4810.1, '4,810'],
  ])('writes %d as %s', (value, words) => {
    expect(figureWords(value)).toBe(words);
  });
});
