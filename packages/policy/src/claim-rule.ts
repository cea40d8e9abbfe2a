import type { Json } from "@watchword/core";
import { z } from "zod";

const Text = z.string().min(1).max(512);
const Value = z.union([Text, z.boolean(), z.int()]);
const Leaf = z.union([Value, z.array(Value).min(1).max(64)]);
/** Claims within a claim, such as Keycloak's `realm_access`. */
const nested = <Inner extends z.ZodType>(inner: Inner): z.ZodRecord<typeof Text, Inner> =>
  z.record(Text, inner).refine((rules) => Object.keys(rules).length > 0, {
    error: "names no claim, and so checks nothing",
  });

/**
 * Claims that a token must have, each: a value that the claim is, or holds as a list; several of which one is enough; or
 * the same again for what is in it, three claims deep. There are no patterns: a text is equal to the letter.
 */
export const ClaimRules = nested(z.union([Leaf, nested(z.union([Leaf, nested(Leaf)]))]));
export type ClaimRules = z.infer<typeof ClaimRules>;

type Value = z.infer<typeof Value>;
type Rule = Value | readonly Value[] | { readonly [name: string]: Rule };

/** Whether verified claims are what the rules want. A claim that is absent, or of another type, fails its rule. */
export function claimsHold(
  rules: { readonly [name: string]: Rule },
  claims: { readonly [name: string]: Json },
): boolean {
  return Object.entries(rules).every(
    ([name, rule]) => Object.hasOwn(claims, name) && holds(rule, claims[name]),
  );
}

function holds(rule: Rule, claim: Json | undefined): boolean {
  if (isList(rule)) return rule.some((value) => holds(value, claim));
  if (Array.isArray(claim)) return claim.some((item) => !Array.isArray(item) && holds(rule, item));
  if (typeof rule !== "object") return claim === rule;
  return typeof claim === "object" && claim !== null && claimsHold(rule, claim);
}

const isList = (rule: Rule): rule is readonly Value[] => Array.isArray(rule);
