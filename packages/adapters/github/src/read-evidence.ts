import type {
  ActionsCheckSource,
  AdapterContext,
  AppCheckSource,
  EvidenceQuery,
  EvidenceReading,
} from "@watchword/core";
import { z } from "zod";
import { unusable } from "./call-github.ts";
import { readCheckRuns } from "./check-run.ts";
import type { GithubSettings } from "./github-options.ts";
import { BranchName, CommitId } from "./names.ts";
import { ownRepository } from "./own-repository.ts";
import type { Permissions } from "./route.ts";
import { absent, missing, sumReadings } from "./sum-readings.ts";
import { type RepositoryReader, withReadToken } from "./with-read-token.ts";
import { judgeSuite } from "./workflow-run.ts";

const EVIDENCE_MILLISECONDS = 5_000;
const MAX_SUITES = 10;

const PERMISSIONS: Readonly<Record<"github-actions" | "github-app", Permissions>> = {
  "github-actions": { checks: "read", actions: "read", contents: "read", metadata: "read" },
  "github-app": { checks: "read", metadata: "read" },
};
const Branch = z.object({ name: z.string(), protected: z.boolean() });

/**
 * Reads how a declared source stands for one commit, with a read-only token of its own. Where several results of the
 * source are about the commit, every one must be green: nobody gets to choose.
 *
 * @throws Refusal `tenant_mismatch`, `downstream_unavailable`, `downstream_refused`; all are red
 */
export async function readEvidence(
  settings: GithubSettings,
  query: EvidenceQuery,
  context: AdapterContext,
): Promise<EvidenceReading> {
  const { source, commit } = query;
  const repository = ownRepository(query.resource, context.connection);
  if (!CommitId.safeParse(commit).success) return missing("no full commit id was read");
  const { actionsApp } = settings;
  // INVARIANT: whose check is a workflow's must be known, also to read an App's: any workflow would pass for it.
  if (actionsApp === undefined)
    return missing("which App is GitHub Actions on this server is not known; next: set actionsApp");
  if (source.issuer === "github-app" && source.app === actionsApp)
    return missing(`App ${actionsApp} is every workflow's; declare the source as github-actions`);
  const about = {
    repository,
    permissions: PERMISSIONS[source.issuer],
    milliseconds: EVIDENCE_MILLISECONDS,
  };
  return withReadToken(settings, context, about, async (reader) => {
    const { id, ownerId } = reader.repository;
    // INVARIANT: a name can be given up and registered by somebody else; the ids say which repository is meant.
    if (id !== source.repositoryId || (source.ownerId !== undefined && ownerId !== source.ownerId))
      return missing("foreign: the action's repository is not the source's");
    return source.issuer === "github-actions"
      ? actionsEvidence(reader, source, { commit, app: actionsApp })
      : appEvidence(reader, source, commit);
  });
}

async function actionsEvidence(
  reader: RepositoryReader,
  source: ActionsCheckSource,
  { commit, app }: { readonly commit: string; readonly app: string },
): Promise<EvidenceReading> {
  // All of them: which ones GitHub takes for the latest, a check that somebody posts could change.
  const wanted = { commit, name: source.check, app, filter: "all" } as const;
  // Side by side, like the suites below: a decision waits for this.
  const [unprotected, checks] = await Promise.all([
    refProblem(reader, source.ref),
    readCheckRuns(reader, wanted),
  ]);
  if (unprotected !== undefined) return missing(unprotected);
  if (checks === undefined) return missing("more checks of the name than can be looked at");
  if (checks.length === 0) return absent("GitHub Actions has no check of the name on the commit");
  const suites = new Set(checks.flatMap((check) => check.check_suite?.id ?? []));
  if (suites.size > MAX_SUITES)
    return missing("the checks of the name are in more suites than can be looked at");
  const judged = await Promise.all(
    [...suites].map((id) => judgeSuite(reader, source, commit, { id, checks })),
  );
  const counted = judged.flatMap((suite) => suite.counted);
  const unseen = judged.some((suite) => suite.unseen);
  if (counted.length > 0 && !unseen) return sumReadings(counted);
  return (unseen ? missing : absent)(
    `${checks.length} checks of the name, ${counted.length} of them count: ${judged.flatMap(({ reasons }) => reasons).join("; ")}`,
  );
}

async function appEvidence(
  reader: RepositoryReader,
  source: AppCheckSource,
  commit: string,
): Promise<EvidenceReading> {
  const checks = await readCheckRuns(reader, {
    commit,
    name: source.check,
    app: source.app,
    filter: "latest",
  });
  if (checks === undefined) return missing("more checks of the name than can be looked at");
  if (checks.length === 0) return missing(`App ${source.app} has no check of the name on the commit`);
  return sumReadings(
    checks.map((check) => ({
      status: check.status,
      conclusion: check.conclusion,
      completedAt: check.completed_at,
      label: `check ${check.id} of App ${source.app}`,
    })),
  );
}

/** Why the text of a workflow on this ref could be anybody's; `undefined` when it is protected. */
async function refProblem(reader: RepositoryReader, ref: string): Promise<string | undefined> {
  const name = ref.startsWith("refs/heads/") ? ref.slice("refs/heads/".length) : "";
  if (!BranchName.safeParse(name).success) return "the source's ref is not a branch";
  const body = await reader.read(`/branches/${encodeURIComponent(name)}`);
  if (body === undefined) return "the source's branch is not there";
  const branch = Branch.safeParse(body);
  if (!branch.success || branch.data.name !== name) throw unusable("an answer that is not the branch");
  return branch.data.protected ? undefined : "the source's branch is not protected";
}
