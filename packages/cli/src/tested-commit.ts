import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { Refusal } from "@watchword/core";

const run = promisify(execFile);

/**
 * The commit that the working tree is, for a statement about it.
 *
 * INVARIANT: a tree with changes is no commit: what would be attested was never committed.
 *
 * @throws Refusal `configuration_invalid` outside of a repository, and for a tree with changes
 */
export async function testedCommit(directory: string): Promise<string> {
  const git = async (...words: readonly string[]): Promise<string> => {
    const { stdout } = await run("git", [...words], { cwd: directory }).catch(() => {
      throw new Refusal("configuration_invalid", {
        detail: "an attestation is about a git commit, and none could be read here; name it by --commit",
      });
    });
    return stdout.trim();
  };
  const commit = await git("rev-parse", "--verify", "HEAD^{commit}");
  const changed = await git("status", "--porcelain", "--untracked-files=no");
  if (changed !== "")
    throw new Refusal("configuration_invalid", {
      detail: "the working tree has changes that are in no commit; commit them before the run is attested",
    });
  return commit;
}
