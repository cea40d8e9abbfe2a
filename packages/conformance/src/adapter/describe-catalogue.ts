import { Refusal, findOperation, newAction, parseArguments } from "@watchword/core";
import { describe, expect, test } from "vitest";
import type { MakeAdapterFixture } from "./adapter-fixture.ts";
import { contextFor, operationsOf } from "./plan-live.ts";
import { refusalOf } from "./refusal-of.ts";

/** The catalogue: complete, strict, and the only source of operations. */
export function describeCatalogue(make: MakeAdapterFixture): void {
  describe("catalogue", () => {
    test("every operation is found by its name, says what it does and has a parsing example", async () => {
      await using fixture = await make();
      const entries = operationsOf(fixture);
      expect(entries.length).toBeGreaterThan(0);
      expect(new Set(entries.map((entry) => entry.name)).size).toBe(entries.length);
      for (const entry of entries) {
        expect(findOperation(fixture.adapter.catalogue, entry.name), entry.name).toBe(entry);
        expect(entry.title, entry.name).not.toBe("");
        expect(
          Object.values(entry.resource).every((text) => text !== ""),
          entry.name,
        ).toBe(true);
        expect(() => parseArguments(entry, entry.example), entry.name).not.toThrow();
      }
    });

    test("every argument is described, and references and decided arguments are arguments", async () => {
      await using fixture = await make();
      for (const entry of operationsOf(fixture)) {
        const { shape } = entry.arguments;
        for (const [name, schema] of Object.entries<object>(shape)) {
          expect(Reflect.get(schema, "description"), `${entry.name} ${name}`).toMatch(/./);
        }
        expect(Object.keys(shape), entry.name).toEqual(
          expect.arrayContaining([...entry.references, ...entry.decided]),
        );
      }
    });

    test("an unknown argument is refused", async () => {
      await using fixture = await make();
      for (const entry of operationsOf(fixture)) {
        expect(() => parseArguments(entry, { ...entry.example, surprise: "x" }), entry.name).toThrow(Refusal);
      }
    });

    test("an unknown operation is planned and looked up by nobody", async () => {
      await using fixture = await make();
      const { adapter, own, system, twin } = fixture;
      const action = newAction({ system, operation: "no.such_operation", resource: {}, arguments: {} });
      expect((await refusalOf(() => adapter.resolve(action, contextFor(own)))).reason).toBe("unknown_target");
      expect((await refusalOf(() => adapter.plan(action))).reason).toBe("unknown_target");
      expect(twin.requests).toEqual([]);
    });
  });
}
