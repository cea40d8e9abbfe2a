import type { Change, GrantMatter } from "./grant-matter.ts";
import { windowEdges } from "./open-moment.ts";

/** The time: a second before the window opens, the first after it closes, and statements of other times. */
export function timeRows({ grant, baseline }: GrantMatter): Change[] {
  const rows: Change[] = [
    {
      fact: "time",
      mutation: "assertion-expired",
      title: "an assertion that has expired",
      mutated: { ...baseline, tampering: "expired" },
      expected: ["token_expired"],
    },
    {
      fact: "time",
      mutation: "assertion-issued-later",
      title: "an assertion of the future",
      mutated: { ...baseline, tampering: "issued-later" },
      expected: ["token_expired"],
    },
  ];
  if (grant.window === undefined) return rows;
  const { before, after } = windowEdges(grant.window);
  const outside = (mutation: string, title: string, at: number): Change => ({
    fact: "time",
    mutation,
    title,
    mutated: { ...baseline, at },
    expected: ["outside_window"],
  });
  return [
    ...rows,
    ...(before === undefined ? [] : [outside("before-window", "a second before the window opens", before)]),
    ...(after === undefined ? [] : [outside("after-window", "the moment at which it closes", after)]),
  ];
}
