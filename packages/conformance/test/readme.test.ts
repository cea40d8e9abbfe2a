import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";

// They run where the ports' implementations are; here only that the README shows what runs.
test.each([
  "adapters/stripe/test/stripe.contract.test.ts",
  "broker/test/sqlite.contract.test.ts",
  "identity/test/github-actions.contract.test.ts",
  "middleware/test/plain-loop.contract.test.ts",
])("the README shows %s as it runs", async (file) => {
  const example = await readFile(new URL(`../../${file}`, import.meta.url), "utf8");
  const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
  expect(readme).toContain(`\`\`\`ts\n${example}\`\`\``);
});
