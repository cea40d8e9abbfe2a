import { Identifier } from "@watchword/core";
import { z } from "zod";

/** Items of a page when nothing is said. */
const DEFAULT_LIMIT = 100;

const Digits = z
  .string()
  .regex(/^(?:[1-9]\d{0,2}|1000)$/)
  .describe("1 to 1000; default 100");

/** Members of a query by which a listing is read page by page. */
export const PageQuery = z.strictObject({
  after: z.string().min(1).max(256).optional().describe("`next` of the page before"),
  limit: Digits.optional(),
});

/** Members of a query about one tenant's things. */
export const TenantPageQuery = PageQuery.extend({ tenant: Identifier.optional() });

/** The page that was asked for. */
export function pageOf({ after, limit }: z.output<typeof PageQuery>): { after?: string; limit: number } {
  return { ...(after === undefined ? {} : { after }), limit: limitOf(limit) };
}

/** The number of items that was asked for. */
export function limitOf(limit: string | undefined): number {
  return limit === undefined ? DEFAULT_LIMIT : Number(limit);
}

/** Where the next page begins; `null` after the last. */
export function nextOf<Item>(
  items: readonly Item[],
  limit: number,
  key: (item: Item) => string,
): string | null {
  const last = items.at(-1);
  return last === undefined || items.length < limit ? null : key(last);
}

/** `next` of a listing's answer. */
export const Next = z.string().nullable().describe("`null` after the last page");

/** An id of ours, such as `dec_…`. */
export const idOf = (prefix: "dec" | "run" | "lease" | "apr"): z.ZodString =>
  z.string().regex(new RegExp(`^${prefix}_[0-9a-f]{32}$`));

/** ISO 8601, UTC. */
export const Time = z.iso.datetime();

/** The text of a NumericDate. */
export function timeOf(seconds: number): string {
  return new Date(seconds * 1_000).toISOString();
}

/** Whether something changed by what was asked for. */
export const Changed = z.object({ changed: z.boolean().describe("`false`: it was so before") });
