import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { operatorsReference } from "./operators-reference.ts";

test("docs/operators-api.md is what node tools/write-operators-reference.ts writes", () => {
  expect(readFileSync(join(import.meta.dirname, "..", "docs", "operators-api.md"), "utf8")).toBe(
    operatorsReference(),
  );
});
