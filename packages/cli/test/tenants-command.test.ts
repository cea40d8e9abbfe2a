import { expect, test } from "vitest";
import { CANARY, place } from "../../server/test/place.ts";
import { runCommand } from "./run-command.ts";

test("an operator imports customers from a file of references, twice, and sees what was refused; no key is shown", async () => {
  await using here = await place();
  const config = await here.configure({ tenants: "" });
  const tenants = (key: string): string =>
    `watchword: 1\ntenants:\n  acme: { connections: { payments: { account: acct_acme, secret: { file: ${key} } } } }\n`;
  const file = await here.write("tenants.yaml", tenants("stripe.key"));
  const words = ["tenants", "import", file, "--config", config] as const;
  expect(await runCommand(...words, "--by", "olga")).toEqual({
    code: 0,
    out: "1 tenants registered\nacme/payments: connected (acct_acme)\n",
    err: "",
  });
  const again = await runCommand(...words, "--json");
  expect(again.code).toBe(0);
  expect(JSON.parse(again.out)).toMatchObject({ connections: [{ tenant: "acme", outcome: "unchanged" }] });

  await here.write("wrong.key", "rk_test_of_nobody_3b");
  await here.write("tenants.yaml", tenants("wrong.key"));
  const refused = await runCommand(...words);
  expect([refused.code, refused.err]).toEqual([1, ""]);
  expect(refused.out).toMatch(
    /acme\/payments: refused \(acct_acme\): connection_refused: payments does not accept it/,
  );
  await here.write("tenants.yaml", tenants("absent.key"));
  const absent = await runCommand(...words);
  expect([absent.code, absent.out]).toEqual([3, ""]);
  expect(absent.err).toMatch(/tenants\.yaml:3:\d+ {2}tenants\.acme.*absent\.key cannot be read/);
  expect([refused.out, absent.err, again.out].join("")).not.toMatch(new RegExp(`${CANARY}|of_nobody`));
});

test("it needs a configuration, and says which command line would have one", async () => {
  const { code, err } = await runCommand("tenants", "import", "tenants.yaml");
  expect([code, err]).toEqual([3, expect.stringContaining("--config <file>")]);
});
