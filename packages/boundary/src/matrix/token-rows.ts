import type { Reason } from "@watchword/core";
import type { Tampering } from "../situation.ts";
import { type Change, type GrantMatter } from "./grant-matter.ts";
import { isSpending } from "./spending-rows.ts";

const TAMPERINGS: readonly (readonly [Tampering, string, Reason])[] = [
  ["unsigned", "alg: none", "token_malformed"],
  ["foreign-key", "signed with another key", "token_untrusted"],
  ["embedded-key", "signed with a key that it brings along", "token_malformed"],
  ["wrong-audience", "made for another broker", "token_wrong_audience"],
  ["wrong-type", "a token of another kind", "token_wrong_type"],
  ["digest-of-another-action", "the digest of another action", "digest_mismatch"],
  ["another-runs-token", "beside another run's token", "token_untrusted"],
  ["replayed", "shown a second time", "token_replayed"],
];

/** The assertion: everything that somebody with the runtime's memory can do to what is signed. */
export function tokenRows(matter: GrantMatter): Change[] {
  const { baseline } = matter;
  return TAMPERINGS.map(([tampering, title, reason]) => ({
    fact: "token",
    mutation: tampering,
    title: `an assertion: ${title}`,
    mutated: { ...baseline, tampering },
    expected: [reason],
    alone: tampering === "replayed" && isSpending(matter),
  }));
}
