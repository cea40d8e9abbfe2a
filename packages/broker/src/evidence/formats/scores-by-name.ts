/** Every value of each score, by the score's name. */
export function scoresByName(
  scores: Iterable<readonly [name: string, value: number]>,
): Record<string, number[]> {
  const byName = new Map<string, number[]>();
  for (const [name, value] of scores) {
    const values = byName.get(name);
    if (values === undefined) byName.set(name, [value]);
    else values.push(value);
  }
  return Object.fromEntries(byName);
}
