import { readFile } from "node:fs/promises";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import { policySchema } from "../src/index.ts";
import { PolicyFile } from "../src/policy-document.ts";
import { readYaml } from "../src/read-yaml.ts";
import { SCHEMA_DESCRIPTIONS } from "../src/schema-descriptions.ts";
import { BROKEN_KEYS, BROKEN_NAMES, BROKEN_YAML, type BrokenPolicy } from "./broken-policies.ts";
import { BROKEN_VALUES } from "./broken-values.ts";
import { REFUND_POLICY, changed } from "./refund-policy.ts";

const validate = new Ajv2020({ strict: true, strictTypes: false }).compile(policySchema());
/** The file as a value; `undefined` when it is no plain YAML. */
const valueOf = (text: string): unknown => {
  const read = readYaml("policy.yaml", text);
  return "file" in read ? read.file.value : undefined;
};
/** What an editor would underline. */
const problems = (text: string): string[] =>
  validate(valueOf(text))
    ? []
    : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);

type Schema = { readonly [member: string]: unknown };

test("the committed schema is the one of the grammar (node tools/write-policy-schema.ts writes it)", async () => {
  const committed = await readFile(new URL("../schema/policy.json", import.meta.url), "utf8");
  expect(JSON.parse(committed)).toEqual(policySchema());
});

describe("a policy that loads", () => {
  test.for(["../../../apps/demo/policy/support.yaml"])("is valid for editors too: %s", async (path) => {
    expect(problems(await readFile(new URL(path, import.meta.url), "utf8"))).toEqual([]);
  });

  test("may use the whole grammar, and any way to write a duration or an amount", () => {
    expect(problems(REFUND_POLICY)).toEqual([]);
    const texts = ["1s", "999999m", "24h", "7d"].map((text) =>
      changed(REFUND_POLICY, "per: 24h", `per: ${text}`),
    );
    for (const max of ["0 JPY", "5 USD", "1.234 KWD", "1.2345 CLF", "9999999999999 JPY"])
      texts.push(changed(REFUND_POLICY, "1000.00 USD", max));
    for (const text of texts) {
      expect(PolicyFile.safeParse(valueOf(text)).success).toBe(true);
      expect(problems(text)).toEqual([]);
    }
  });
});

/** Broken policies that are plain YAML. */
const broken: BrokenPolicy[] = [...BROKEN_KEYS, ...BROKEN_NAMES, ...BROKEN_YAML, ...BROKEN_VALUES].filter(
  ([, from, to]) => valueOf(changed(REFUND_POLICY, from, to)) !== undefined,
);
const issuesOf = ([, from, to]: BrokenPolicy): string[] =>
  PolicyFile.safeParse(valueOf(changed(REFUND_POLICY, from, to))).error?.issues.map(({ code }) => code) ?? [];

describe("an editor underlines what JSON Schema can say:", () => {
  // The rest is what one of our parsers or refinements found.
  test.each(broken.filter((policy) => issuesOf(policy).some((code) => code !== "custom")))(
    "%s",
    (_title, from, to) => {
      expect(problems(changed(REFUND_POLICY, from, to))).not.toEqual([]);
    },
  );

  test.each([
    ["a duration without unit", "action: 60s", 'action: "60"'],
    ["a duration of nothing", "window: 24h", "window: 0h"],
    ["an amount without currency", 'over: "50.00 USD"', 'over: "50.00"'],
    ["an amount with a comma", 'max: "1000.00 USD"', 'max: "1000,00 USD"'],
  ])("%s", (_title, from, to) => {
    expect(problems(changed(REFUND_POLICY, from, to))).not.toEqual([]);
  });
});

describe("an editor is never stricter than the grammar; only loading finds", () => {
  test.each(broken.filter((policy) => issuesOf(policy).length === 0))("%s", (_title, from, to) => {
    expect(problems(changed(REFUND_POLICY, from, to))).toEqual([]);
  });
});

describe("a description", () => {
  const ways = new Map(waysOf(policySchema(), ""));

  test.for(Object.keys(SCHEMA_DESCRIPTIONS))("of %s is that of a member there is", (way) => {
    expect(ways.get(way)).toMatchObject({ description: SCHEMA_DESCRIPTIONS[way] });
  });

  test("is there for every section and every member of a grant (schema-descriptions.ts)", () => {
    const silent = [...ways].filter(
      ([way, { description }]) => /^(?:grants\[\]\.)?[a-zA-Z]+$/.test(way) && description === undefined,
    );
    expect(silent.map(([way]) => way)).toEqual([]);
  });
});

function* waysOf(schema: Schema, way: string): Generator<[string, Schema]> {
  yield [way, schema];
  const { properties, additionalProperties, items } = schema as { [member: string]: Schema | undefined };
  const { anyOf = [], oneOf = [] } = schema as { [member: string]: Schema[] | undefined };
  for (const inner of [...anyOf, ...oneOf]) yield* waysOf(inner, `${way}|`);
  for (const [name, inner] of Object.entries(properties ?? {}))
    yield* waysOf(inner as Schema, way === "" ? name : `${way}.${name}`);
  if (typeof additionalProperties === "object") yield* waysOf(additionalProperties, `${way}.*`);
  if (items !== undefined) yield* waysOf(items, `${way}[]`);
}
