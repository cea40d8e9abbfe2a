import type { Policy } from "@watchword/policy";
import type { RowResult } from "./boundary-report.ts";
import type { Fact } from "./row.ts";

/** Member of a grant that a fact is about. */
const MEMBERS: Readonly<Partial<Record<Fact, string>>> = Object.freeze({
  tenant: "resource",
  agent: "agent",
  user: "user",
  action: "operation",
  resource: "resource",
  argument: "where",
  approval: "approval",
  evidence: "evidence",
  time: "window",
  budget: "budget",
  once: "once",
  credential: "lease",
});

/** Where in the policy's files it stands what a row is about; `null` for a policy without files. */
export function placeOf(
  policy: Policy,
  { grant, fact }: { readonly grant: string; readonly fact?: Fact },
): RowResult["place"] {
  const member = fact === undefined ? undefined : MEMBERS[fact];
  const known = policy.document.grants.find(({ id }) => id === grant);
  const path = member !== undefined && known !== undefined && Object.hasOwn(known, member) ? [member] : [];
  const { file, line } = policy.locate(grant, path);
  return file === "" ? null : { file, line };
}
