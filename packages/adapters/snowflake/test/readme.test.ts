import { readFile } from "node:fs/promises";
import { findOperation } from "@watchword/core";
import { checkCustody, checkOperations, parsePolicy } from "@watchword/policy";
import { expect, test } from "vitest";
import { askForOrders, orders, systems, warehouse } from "./readme-example.ts";

const read = (path: string) => readFile(new URL(path, import.meta.url), "utf8");
const blocks = async (language: string): Promise<string[]> =>
  [...(await read("../README.md")).matchAll(new RegExp("```" + language + "\\n(.*?)```", "gs"))].map(
    (match) => match[1] ?? "",
  );

test("the README shows the example that runs here, and what its tool sends is the decided action", async () => {
  expect(await read("../README.md")).toContain(await read("readme-example.ts"));
  const { system, operation } = warehouse.ordersOfCustomer;
  expect(system).toBe("warehouse");
  expect(findOperation(systems.warehouse.catalogue, operation.name)?.title).toBe(operation.title);
  const sent: Request[] = [];
  await askForOrders(async (input, init) => {
    sent.push(new Request(input, init));
    return new Response();
  }, "c_7");
  const [request] = sent;
  const seen = systems.warehouse.actionOf({
    method: "POST",
    path: new URL(request?.url ?? "").pathname,
    query: [],
    headers: { "content-type": "application/json" },
    body: new Uint8Array(await (request ?? new Response()).arrayBuffer()),
  });
  expect(seen).toEqual({ operation: operation.name, resource: {}, arguments: { customer: "c_7" } });
});

test("the README's policy loads", async () => {
  const [, policy = ""] = await blocks("yaml");
  const document = parsePolicy([{ name: "policy.yaml", text: policy }]);
  expect(checkOperations(document, { warehouse: systems.warehouse.catalogue })).toEqual([]);
  expect(checkCustody(document, systems)).toEqual([]);
});

test("a token that would be released is an error when the policy loads, also where its residual is accepted", async () => {
  const [, policy = ""] = await blocks("yaml");
  const { enforcedByGateway } = systems.warehouse.capabilities;
  for (const accepted of ["", `\n    acceptResidual: [${enforcedByGateway.join(", ")}]`]) {
    const released = policy.replace("    lease:", `    custody: released${accepted}\n    lease:`);
    const document = parsePolicy([{ name: "policy.yaml", text: released }]);
    expect(checkCustody(document, systems).map(({ message }) => message)).toContain(
      "credentials of snowflake never leave the gateway; leave custody out",
    );
  }
});

test("the README names every member of a declaration", async () => {
  const readme = await read("../README.md");
  const { ordersOfCustomer } = orders.statements;
  for (const name of [
    ...Object.keys(orders),
    ...Object.keys(ordersOfCustomer),
    "writeRole",
    "baseUrl",
    "async",
    "select",
  ])
    expect(readme, name).toContain(`\`${name}\``);
});
