import { z } from "zod";
import { BranchName } from "./names.ts";

/** A number as GitHub counts: from 1. */
export const Ordinal = z.int().min(1).max(2_147_483_647);

/** A branch of the action's repository. */
export const Branch = BranchName.describe("Branch without refs/heads/ before it: main, feature/x.");

/** One line that people read. */
export const Title = z.string().min(1).max(256);

/** Markdown that people read. */
export const Body = z.string().max(8_192);

/** Labels, or people by login. A comma would be two of them in a query. */
export const Names = z.array(z.string().regex(/^[^,\u0000-\u001f]{1,50}$/)).max(20);

/** Which objects a list shows. */
export const ListState = z.enum(["open", "closed", "all"]).optional().describe("Default: open.");

/** The part of a list that is asked for. */
export const page = {
  per_page: z.int().min(1).max(100).optional().describe("Objects per page, 1–100; GitHub's default is 30."),
  page: z.int().min(1).max(1_000).optional().describe("Number of the page, from 1."),
};

/** What the token is bound by, in every operation. */
export const repositoryId = z
  .string()
  .regex(/^[1-9]\d{0,15}$/, { error: "must be a numeric id" })
  .optional()
  .describe(
    "Numeric id of the repository. Leave it out: the broker looks it up, and the token is for it alone.",
  );

/** An id as GitHub gives it to what has no number of its own. */
export const ObjectId = z.int().min(1).max(Number.MAX_SAFE_INTEGER);

/** What names the object that is changed, and changes nothing of it. */
const NAMING: ReadonlySet<string> = new Set(["number", "release", "review", "repositoryId"]);

/** An update without anything to update would be a read that needs a write's permission. */
export const changesSomething = (values: Readonly<Record<string, unknown>>): boolean =>
  Object.entries(values).some(([name, value]) => value !== undefined && !NAMING.has(name));

/** What every operation has in common: one repository, whose id the broker decides. */
export const bound = {
  resource: { repository: "owner/name, exactly as GitHub spells it" },
  references: [],
  decided: ["repositoryId"],
} as const;
