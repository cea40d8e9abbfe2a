import { describeAdapter } from "@watchword/conformance";
import { githubFixture } from "./github-fixture.ts";

describeAdapter("github", () => githubFixture());
