/** The whole of both texts as one diff: every line with ` `, `-` or `+` before it, as few changed as there can be. */
export function lineDiff(before: string, after: string): string[] {
  const [left, right] = [before.trimEnd().split("\n"), after.trimEnd().split("\n")];
  // common[i][j]: lines that left from i on and right from j on have in common.
  const common = Array.from({ length: left.length + 1 }, () => Array<number>(right.length + 1).fill(0));
  const at = (i: number, j: number): number => common[i]?.[j] ?? 0;
  for (let i = left.length - 1; i >= 0; i--)
    for (let j = right.length - 1; j >= 0; j--)
      common[i]![j] = left[i] === right[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));

  const lines: string[] = [];
  let [i, j] = [0, 0];
  while (i < left.length || j < right.length) {
    if (left[i] === right[j]) {
      lines.push(` ${left[i]}`);
      [i, j] = [i + 1, j + 1];
    } else if (i < left.length && at(i + 1, j) >= at(i, j + 1)) lines.push(`-${left[i++]}`);
    else lines.push(`+${right[j++]}`);
  }
  return lines.map((line) => line.trimEnd());
}
