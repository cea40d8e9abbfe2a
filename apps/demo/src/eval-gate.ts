import type { DecisionLine } from "./report.ts";
import { type Scene, effects, show } from "./scene.ts";
import { EVALS } from "./twins.ts";

const APP = "acme/app";

/**
 * A code agent wants to merge. What must be green is decided by the policy, and for which commit by the broker, which reads
 * the head of what gets merged itself: nothing that the agent can write counts.
 */
export async function evalGate(scene: Scene): Promise<void> {
  const { code, report } = scene;
  report.heading(
    8,
    "A code agent merges a pull request. The policy wants the evals of the workflow on main, green for exactly the head that gets merged.",
  );
  const first = startEvals(scene, head(scene));
  code.finishRun(APP, first, "failure");
  await refused(scene, "eval_red", "the evals of this head failed");

  const older = head(scene);
  code.push(APP, "feature", { "README.md": "app, much better" });
  code.finishRun(APP, startEvals(scene, older), "success");
  await refused(scene, "eval_red", "green evals of another commit do not help");

  await forgeCheck(scene);
  await refused(scene, "eval_red", "nor does a check of the same name that the agent's own workflow posts");

  const running = startEvals(scene, head(scene));
  await refused(scene, "eval_pending", "while they run, it is too early");

  code.finishRun(APP, running, "success");
  const result = await scene.agents.ask("merge", { number: EVALS.number });
  const lines = await show(scene, 8);
  report.expect(
    lines.length === 1 && lines[0]?.outcome === "allow" && "merged" in result && result.merged,
    "green for that head: the stock Octokit merges it",
  );
  report.expect(code.pull(APP, EVALS.number)?.merged === true, "the code host merged once");
  await scene.server.broker.sweep();
  report.expect(code.tokens().every(isBystander), "its installation token was ended after use");
}

/** Asks for the merge, which must be refused without a mint and without an effect. */
async function refused(scene: Scene, reason: string, text: string): Promise<readonly DecisionLine[]> {
  const { code, report, agents } = scene;
  const before = { effects: effects(code), mints: mints(scene) };
  await agents.ask("merge", { number: EVALS.number });
  const lines = await show(scene, 8);
  report.expect(
    lines.length === 1 && lines[0]?.outcome === "deny" && lines[0].reason === reason,
    `${text}: ${reason}`,
  );
  report.expect(
    effects(code) === before.effects && mints(scene) === before.mints,
    "nothing was minted, nothing was sent",
  );
  return lines;
}

const mints = ({ code }: Scene): number => code.requests.filter((request) => request.kind === "mint").length;

/** The token of the workflow's own job, which the agent's workflow used for its forgery, is GitHub's to end. */
const isBystander = ({ appId }: { readonly appId: number }): boolean => appId === ACTIONS_APP;
const ACTIONS_APP = 15_368;

function head({ code }: Scene): string {
  const commit = code.head(APP, "feature");
  if (commit === undefined) throw new Error("the code host has no branch feature");
  return commit;
}

/** The workflow of the protected main begins to test a commit. */
function startEvals({ code }: Scene, commit: string): number {
  return code.startRun(APP, {
    path: EVALS.path,
    event: EVALS.event,
    headSha: commit,
    headBranch: "feature",
    status: "in_progress",
    pullRequests: [{ number: EVALS.number, baseRef: "main" }],
    jobs: [{ name: EVALS.check, status: "in_progress" }],
  }).id;
}

/** As a workflow of the agent's own does it: with the token that every job gets. */
async function forgeCheck(scene: Scene): Promise<void> {
  const response = await fetch(`${scene.code.url}/repos/${APP}/check-runs`, {
    method: "POST",
    headers: { authorization: `Bearer ${scene.code.jobToken(APP, { checks: "write" })}` },
    body: JSON.stringify({
      name: EVALS.check,
      head_sha: head(scene),
      status: "completed",
      conclusion: "success",
    }),
  });
  if (response.status !== 201) throw new Error(`the code host did not take the check: ${response.status}`);
}
