import { type Change, type GrantMatter, capabilityOf } from "./grant-matter.ts";

/** User and run: nobody behind it, in the background, ended, killed, expired, frozen. */
export function runRows(matter: GrantMatter): Change[] {
  return [...userRows(matter), ...stateRows(matter)];
}

function userRows({ policy, workload, grant, baseline }: GrantMatter): Change[] {
  const rule = policy.document.workloads[workload]?.tenant;
  const needed = grant.userVerified || (rule !== undefined && "claim" in rule);
  if (!needed || (rule !== undefined && "ticket" in rule)) return [];
  return [
    {
      fact: "user",
      mutation: "none",
      title: "nobody on whose behalf it would be",
      mutated: { ...baseline, user: "none" },
      expected: ["user_required"],
    },
  ];
}

function stateRows(matter: GrantMatter): Change[] {
  const { grant, baseline } = matter;
  const rows: Change[] = [
    {
      fact: "run",
      mutation: "ended",
      title: "a run that has ended",
      mutated: { ...baseline, run: "ended" },
      expected: ["run_ended"],
    },
    {
      fact: "run",
      mutation: "killed",
      title: "a run that an operator killed",
      mutated: { ...baseline, run: "killed" },
      expected: ["run_ended"],
    },
    {
      fact: "run",
      mutation: "expired",
      title: "a run token that has expired",
      mutated: { ...baseline, run: "expired" },
      expected: ["token_expired"],
    },
    {
      fact: "run",
      mutation: "frozen",
      title: "a tenant that an operator froze",
      mutated: { ...baseline, run: "frozen" },
      expected: ["run_ended", "frozen"],
    },
  ];
  const capability = capabilityOf(matter);
  if (capability !== undefined)
    rows.push({
      fact: "run",
      mutation: "narrowed",
      title: "a run that asked for less than this",
      mutated: {
        ...baseline,
        ceiling: [{ ...capability, resource: { ...capability.resource, boundary: ["nowhere"] } }],
      },
      expected: ["capability_exceeded"],
    });
  if (grant.foreground)
    rows.push({
      fact: "run",
      mutation: "background",
      title: "a run in the background",
      mutated: { ...baseline, background: true },
      expected: ["condition_failed"],
    });
  return rows;
}
