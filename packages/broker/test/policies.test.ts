import { join } from "node:path";
import { stripe } from "@watchword/adapter-stripe";
import { PolicyInvalid, parsePolicy } from "@watchword/policy";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createBroker, fileKeys } from "../src/index.ts";
import { sqlite } from "../src/sqlite/index.ts";
import { POLICY, type TestWorld, effects, refundOf, world } from "./world.ts";

const parse = (text: string) => parsePolicy([{ name: "policy.yaml", text }]);
/** No refund over 10.00 USD any more. */
const STRICTER = parse(POLICY.replace("200.00 USD", "10.00 USD"));

let place: TestWorld;
beforeEach(async () => {
  place = await world();
});
afterEach(() => place[Symbol.asyncDispose]());

async function refund(cents = 4_200): Promise<string> {
  const answer = await place.act(await place.start(), refundOf("ch_a1", cents));
  return answer.ok ? "allowed" : answer.reason;
}

describe("a policy", () => {
  test("that is pushed decides nothing until it is activated; then every later action", async () => {
    expect(await place.broker.policies.push(STRICTER, "ci")).toEqual({
      version: STRICTER.version,
      fresh: true,
    });
    expect(await place.broker.policies.push(STRICTER, "ci")).toEqual({
      version: STRICTER.version,
      fresh: false,
    });
    const run = await place.start();
    const { epoch } = place.broker.policies.active();
    expect(await place.broker.policies.activate(STRICTER.version, "ci")).toEqual({
      version: STRICTER.version,
      epoch: epoch + 1,
    });
    expect(await refund()).toBe("limit_exceeded");
    const answer = await place.act(run, refundOf("ch_a1", 4_200));
    expect(answer.ok ? "allowed" : answer.reason, "also for a run that was started before").toBe(
      "limit_exceeded",
    );
    expect(effects(place)).toBe(0);
  });

  test("that is rolled back gives way to the one before, as a new epoch, and all of it is history", async () => {
    const first = place.broker.policies.active();
    await place.broker.policies.push(STRICTER, "ci");
    await place.broker.policies.activate(STRICTER.version, "ci");
    expect(await place.broker.policies.rollback("lena")).toEqual({
      version: first.version,
      epoch: first.epoch + 2,
    });
    expect(await refund()).toBe("allowed");
    expect((await place.broker.policies.history()).map(({ epoch, version }) => [epoch, version])).toEqual([
      [first.epoch + 2, first.version],
      [first.epoch + 1, STRICTER.version],
      [first.epoch, first.version],
    ]);
    const records = (await place.ledger()).filter(({ kind }) => kind === "policy");
    expect(records.map(({ body }) => body["outcome"])).toEqual([
      "activated",
      "pushed",
      "activated",
      "rolled_back",
    ]);
  });

  test("that does not fit the systems is refused with every problem, and the active one stays", async () => {
    const broken = parse(POLICY.replace("payments/charges.retrieve", "payments/charges.destroy"));
    await expect(place.broker.policies.push(broken, "ci")).rejects.toMatchObject({
      reason: "policy_invalid",
      message: expect.stringMatching(
        /policy\.yaml:\d+:\d+ {2}charges\.destroy is not an operation/,
      ) as string,
    });
    await expect(place.broker.policies.activate(broken.version, "ci")).rejects.toMatchObject({
      reason: "policy_invalid",
    });
    await expect(place.broker.policies.rollback("ci")).rejects.toMatchObject({ reason: "policy_invalid" });
    expect(await refund()).toBe("allowed");
    expect(() => parse("grants: [")).toThrow(PolicyInvalid);
  });

  test("that another replica activated voids the very next mint here, and decides the one after", async () => {
    await using store = await sqlite(join(place.directory, "watchword.db"));
    await using other = await createBroker({
      issuer: "https://broker.test.example",
      gateway: place.gatewayUrl,
      policy: "stored",
      store,
      keys: await fileKeys(join(place.directory, "keys")),
      verifiers: [],
      systems: { payments: stripe({ baseUrl: place.twin.url }) },
      clock: place.clock,
      environment: "development",
      sweepMilliseconds: 0,
    });
    expect(other.policies.active()).toEqual(place.broker.policies.active());
    await other.policies.push(STRICTER, "ci");
    await other.policies.activate(STRICTER.version, "ci");
    expect([await refund(), await refund()]).toEqual(["state_changed", "limit_exceeded"]);
    expect(effects(place)).toBe(0);
  });
});

test("a broker on a store without an active policy does not start from the store", async () => {
  await using store = await sqlite(join(place.directory, "empty.db"));
  const starting = createBroker({
    issuer: "https://broker.test.example",
    gateway: place.gatewayUrl,
    policy: "stored",
    store,
    keys: await fileKeys(join(place.directory, "keys")),
    verifiers: [],
    systems: {},
  });
  await expect(starting).rejects.toMatchObject({ reason: "policy_invalid" });
});
