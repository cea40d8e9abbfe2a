import { github } from "@watchword/adapter-github";
import { githubSystem } from "@watchword/emulators/github";
import type { SystemUnderTest } from "../src/index.ts";

/** Two owners with a repository `app` each, and evidence as check runs of workflows. */
export const code: SystemUnderTest = githubSystem(github);
