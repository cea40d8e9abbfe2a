import { expect } from "vitest";
import {
  CALL_ID,
  INPUT_SCHEMA,
  TOOL,
  bridgeWorld,
  findWith,
  guardedTool,
  said,
  sendClose,
} from "./bridge-world.ts";
import type { BridgeCase } from "./bridge-fixture.ts";

const ODD = {
  ticket: "t.1",
  note: ' spaced \u0000 \u{1f3ab} \u00e9 e\u0301 "quoted" <b> ${x} ',
  lines: ["", "1", "null", "[1]"],
  nested: { deep: [0, -1, 0.1, 1e21] },
  count: Number.MAX_SAFE_INTEGER,
  nothing: null,
  sure: false,
};

/** What a bridge hands on when a call is allowed. */
export const CALL_CASES: readonly BridgeCase[] = [
  {
    name: "arguments reach binding and tool unchanged, and once",
    check: async (fixture) => {
      const [bound, got]: [unknown[], unknown[]] = [[], []];
      const agent = await fixture.register({
        [TOOL]: guardedTool(fixture, (toolArguments) => void got.push(structuredClone(toolArguments)), bound),
      });
      const { call, broker } = bridgeWorld(fixture);
      await call(agent, structuredClone(ODD));
      expect([bound, got]).toEqual([[ODD], [ODD]]);
      expect(broker.proposals.map(({ action }) => action.arguments)).toEqual([{ ticket: "t.1" }]);
    },
  },
  {
    name: "a call keeps the id and the name that the model knows it by",
    check: async (fixture) => {
      const agent = await fixture.register({ [TOOL]: guardedTool(fixture, () => "done") });
      const { call, broker } = bridgeWorld(fixture);
      await call(agent, { ticket: "t.1" });
      expect(broker.proposals.map(({ tool, callId }) => [tool, callId])).toEqual([[TOOL, CALL_ID]]);
    },
  },
  {
    name: "the tool's result is what the model is shown",
    check: async (fixture) => {
      const tool = guardedTool(fixture, async ({ ticket }, { credential }) => {
        const answer = await sendClose(credential.fetch, ticket);
        return { closed: ticket, status: answer.status, lines: ["", "two"] };
      });
      const { call, broker } = bridgeWorld(fixture);
      const shown = await call(await fixture.register({ [TOOL]: tool }), { ticket: "t.1" });
      expect(findWith(shown, "closed")).toEqual({ closed: "t.1", status: 200, lines: ["", "two"] });
      expect(broker.requests.map(({ url }) => url)).toEqual(["https://api.example/tickets/t.1"]);
    },
  },
  {
    name: "a result that comes in parts is shown to its end, in order",
    check: async (fixture) => {
      async function* parts(): AsyncGenerator<string> {
        yield "part one";
        yield "part two";
        yield "part three";
      }
      const agent = await fixture.register({ [TOOL]: guardedTool(fixture, () => parts()) });
      const text = JSON.stringify(await bridgeWorld(fixture).call(agent, { ticket: "t.1" }));
      // Some frameworks show every part, some the last one.
      expect(text).toContain("part three");
      const places = ["part one", "part two", "part three"].map((part) => text.indexOf(part));
      expect(places.filter((place) => place >= 0)).toEqual(
        places.filter((place) => place >= 0).toSorted((a, b) => a - b),
      );
    },
  },
  {
    name: "the schema that the model is shown is the tool's own",
    check: async (fixture) => {
      const agent = await fixture.register({ [TOOL]: guardedTool(fixture, () => "done") });
      expect(await agent.schemaOf(TOOL)).toEqual(INPUT_SCHEMA);
    },
  },
  {
    name: "an error that a tool throws is shown without its text, and never with the credential in it",
    check: async (fixture) => {
      const released = "released_canary_9e0f4a71_0123456789";
      const tool = guardedTool(fixture, (_toolArguments, { credential }) => {
        throw new Error(`401 from https://api.example with ${credential.release()}`, {
          cause: credential.release(),
        });
      });
      // The world insists that no secret is shown; here that the rest of the text is not, either.
      const { call } = bridgeWorld(fixture, { released });
      const shown = await call(await fixture.register({ [TOOL]: tool }), { ticket: "t.1" });
      expect(findWith(shown, "reason")).toMatchObject({ reason: "tool_failed", retryable: false });
      expect(said(shown)).not.toContain("api.example");
    },
  },
];
