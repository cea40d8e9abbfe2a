import { z } from "zod";
import { unusable } from "./call-github.ts";
import { CommitId } from "./names.ts";
import type { RepositoryReader } from "./with-read-token.ts";

const MAX_CHECKS = 100;
const Id = z.int().min(1);

/** How far a check, job or run is, as GitHub says it. Whatever is not `completed` is pending. */
export const ProgressShape = {
  status: z.string().max(64),
  conclusion: z.string().max(64).nullable(),
} as const;

const Page = z.object({
  total_count: z.int().min(0),
  check_runs: z.array(
    z.object({
      ...ProgressShape,
      id: Id,
      name: z.string(),
      head_sha: CommitId,
      completed_at: z.string().nullable(),
      app: z.object({ id: Id }).nullable(),
      check_suite: z.object({ id: Id }).nullable(),
    }),
  ),
});

/** A check run of one App on one commit. */
export type CheckRun = z.output<typeof Page>["check_runs"][number];

/**
 * The check runs of one name that one App has on one commit. GitHub's filters are asked for and then checked
 * again: an answer that ignores one is not taken for another. `undefined` when there are more than can be looked at.
 */
export async function readCheckRuns(
  reader: RepositoryReader,
  wanted: {
    readonly commit: string;
    readonly name: string;
    readonly app: string;
    readonly filter: "latest" | "all";
  },
): Promise<readonly CheckRun[] | undefined> {
  const query = new URLSearchParams({
    check_name: wanted.name,
    app_id: wanted.app,
    filter: wanted.filter,
    per_page: String(MAX_CHECKS),
  });
  const body = await reader.read(`/commits/${wanted.commit}/check-runs?${query.toString()}`);
  if (body === undefined) return [];
  const page = Page.safeParse(body);
  if (!page.success) throw unusable("an answer that is not a list of checks");
  if (page.data.total_count > MAX_CHECKS) return undefined;
  return page.data.check_runs.filter(
    (check) =>
      check.name === wanted.name && check.head_sha === wanted.commit && String(check.app?.id) === wanted.app,
  );
}
