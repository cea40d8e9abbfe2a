import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { inspect } from "node:util";
import {
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  ScanCommand,
} from "@aws-sdk/client-dynamodb";
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { GetCallerIdentityCommand, GetScopedCredentialsCommand, STSClient } from "@aws-sdk/client-sts";
import { type SessionCredentials, sessionCredentials } from "@watchword/adapter-aws";
import { awsCatalogue } from "@watchword/adapter-aws/catalogue";
import { system } from "@watchword/core";
import { type GuardedCredential, bind, guard } from "@watchword/middleware";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ACME, type AwsWorld, REGION, awsWorld } from "./aws-world.ts";

const cloud = system("cloud", awsCatalogue);
const ORIGIN = `https://s3.${REGION}.amazonaws.com`;

let world: AwsWorld;
/** Every secret that was handed to a tool. */
const released: string[] = [];
beforeAll(async () => {
  world = await awsWorld();
});
afterAll(() => world[Symbol.asyncDispose]());
beforeEach(() => void (world.twin.requests as unknown[]).splice(0));
afterEach(() => {
  world.twin.fail(null);
  world.ahead = 0;
});

type Execute = (credential: GuardedCredential) => Promise<unknown>;
const reading = (key: string, execute: Execute, bucket = "reports") =>
  guard(
    { name: "read", execute: (_call: object, { credential }) => execute(credential) },
    bind(cloud.objectsGet, () => ({ bucket, key })),
  );
const writing = (key: string, content: string, execute: Execute) =>
  guard(
    { name: "write", execute: (_call: object, { credential }) => execute(credential) },
    bind(cloud.objectsPut, () => ({ bucket: "reports", key, content, contentType: "text/plain" })),
  );
const kinds = () => world.twin.requests.map(({ kind, action, status }) => [kind, action, status]);

/** The vendor's client as a tool makes it: it signs with what is no key, and its requests go where they are told. */
const throughUs = (endpoint: string) =>
  new S3Client({
    endpoint,
    region: REGION,
    forcePathStyle: true,
    maxAttempts: 1,
    credentials: { accessKeyId: "none", secretAccessKey: "none" },
  });
/** The vendor's client with a session that the tool holds, at AWS itself. */
const itself = (credentials: SessionCredentials) =>
  new S3Client({
    endpoint: world.twin.url,
    region: REGION,
    forcePathStyle: true,
    maxAttempts: 1,
    credentials,
  });
const held = (credential: GuardedCredential): SessionCredentials => {
  const session = sessionCredentials(credential.release());
  released.push(session.secretAccessKey, session.sessionToken);
  return session;
};
const failure = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => "done",
    (error: unknown) => (error as Error).name,
  );

describe("a guarded tool with the stock client of S3, its credential in the gateway", () => {
  test("reads the object that was decided, by a session for it alone, and lists; afterwards the way is closed", async () => {
    const kept: GuardedCredential[] = [];
    const tool = reading("2026/q1.txt", async (credential) => {
      kept.push(credential);
      const { url } = await credential.loopback();
      const { Body } = await throughUs(url).send(
        new GetObjectCommand({ Bucket: "reports", Key: "2026/q1.txt" }),
      );
      return Body?.transformToString();
    });
    expect(await world.as("support", () => tool.execute({}))).toBe("acme's q1");
    expect(kinds()).toEqual([
      ["mint", "sts:AssumeRoleWithWebIdentity", 200],
      ["mint", "sts:GetScopedCredentials", 200],
      ["resolve", "s3:GetObject", 200],
    ]);
    await expect(kept[0]?.fetch(`${ORIGIN}/reports/2026/q1.txt`)).rejects.toMatchObject({
      reason: "lease_expired",
    });
    const list = guard(
      {
        name: "list",
        execute: async (_call: object, { credential }) => {
          // The client would write /reports/, and a path has no empty segment here.
          const page = await credential.fetch(`${ORIGIN}/reports?list-type=2&prefix=2026%2F&max-keys=2`);
          return [...(await page.text()).matchAll(/<Key>([^<]*)</g)].map(([, key]) => key);
        },
      },
      bind(cloud.objectsList, () => ({ bucket: "reports", prefix: "2026/", limit: 2 })),
    );
    expect(await world.as("support", () => list.execute({}))).toEqual(["2026/q1.txt", "2026/q2.txt"]);
  });

  test("writes what was decided, and AWS keeps decision and content; its records lead back to it", async () => {
    let decision = "";
    const tool = writing("2026/q4.txt", "pending", async (credential) => {
      decision = credential.decisionId;
      const { url } = await credential.loopback();
      const put = { Bucket: "reports", Key: "2026/q4.txt", Body: "pending", ContentType: "text/plain" };
      return (await throughUs(url).send(new PutObjectCommand(put))).ETag;
    });
    expect(await world.as("support", () => tool.execute({}))).toMatch(/^"[0-9a-f]{32}"$/);
    const object = world.twin.object("reports", "2026/q4.txt");
    expect([object?.content.toString(), object?.contentType]).toEqual(["pending", "text/plain"]);
    expect(object?.metadata["watchword-decision"]).toBe(decision);
    expect(world.twin.sessions().at(-1)).toMatchObject({
      name: decision,
      sourceIdentity: decision,
      description: `watchword ${decision}`,
      tags: { "watchword-tenant": "acme", "watchword-system": "cloud", "watchword-agent": "support@3" },
    });
  });

  test("every other request is refused, and nothing of it reaches AWS", async () => {
    const tool = writing("2026/q5.txt", "decided", async ({ fetch }) => {
      const url = `${ORIGIN}/reports/2026/q5.txt`;
      const put = (target: string, changes: RequestInit = {}): Promise<unknown> =>
        fetch(target, {
          method: "PUT",
          body: "decided",
          headers: { "content-type": "text/plain" },
          ...changes,
        }).then(
          ({ headers }) => headers.get("watchword-reason"),
          (error: unknown) => (error as { reason?: string }).reason,
        );
      const typed = (headers: Record<string, string>): RequestInit => ({
        headers: { "content-type": "text/plain", ...headers },
      });
      return [
        await put(url, { body: "other" }),
        await put(url, { headers: { "content-type": "text/html" } }),
        await put(url.replace("q5", "q1")),
        await put(url.replace("/reports/", "/globex-reports/")),
        await put(url, { method: "DELETE", body: null }),
        await put(`${url}?acl`),
        await put(`${url}?uploadId=1&partNumber=1`),
        await put(url, typed({ "x-amz-copy-source": "/globex-reports/2026/q1.txt" })),
        await put(url, typed({ "x-amz-acl": "public-read" })),
        await put(url, typed({ "x-amz-meta-watchword-decision": "dec_forged" })),
        await put(url, typed({ "content-encoding": "aws-chunked" })),
        await put(url.replace("2026/", "2026%2f")),
        await put("https://sts.amazonaws.com/", { method: "POST" }),
        await put("https://evil.example/reports/2026/q5.txt"),
      ];
    });
    const mismatch = Array.from({ length: 11 }, () => "request_mismatch");
    expect(await world.as("support", () => tool.execute({}))).toEqual([
      ...mismatch,
      "target_refused",
      "target_refused",
      "target_refused",
    ]);
    expect(world.twin.requests.filter(({ kind }) => kind !== "mint")).toEqual([]);
    expect(world.twin.keys("reports")).not.toContain("2026/q5.txt");
  });

  test("a bucket that nobody declared is refused before anything is minted", async () => {
    const tool = reading("2026/q1.txt", async () => "ran", "globex-reports");
    expect(await world.as("support", () => tool.execute({}))).toMatchObject({ reason: "request_malformed" });
    expect(world.twin.requests).toEqual([]);
  });

  test("an answer that is lost after a write is an unknown outcome, and is not tried again", async () => {
    const tool = writing("2026/q6.txt", "x", async ({ fetch }) => {
      world.twin.fail("drop-after-effect");
      const send = () =>
        fetch(`${ORIGIN}/reports/2026/q6.txt`, {
          method: "PUT",
          body: "x",
          headers: { "content-type": "text/plain" },
        });
      return [await send(), await send()].map(({ headers }) => headers.get("watchword-reason"));
    });
    expect(await world.as("support", () => tool.execute({}))).toEqual(["outcome_unknown", "lease_used"]);
    expect(world.twin.requests.filter(({ kind }) => kind === "effect")).toHaveLength(1);
  });
});

describe("a guarded tool with the stock client of DynamoDB", () => {
  const options = { region: REGION, maxAttempts: 1 };
  const none = { accessKeyId: "none", secretAccessKey: "none" };
  const putting = (item: string, cents: number, execute: Execute) =>
    guard(
      { name: "put", execute: (_call: object, { credential }) => execute(credential) },
      bind(cloud.itemsPut, () => ({ table: "orders", item, attributes: { cents }, replace: false })),
    );
  const put = (id: string, cents: number) =>
    new PutItemCommand({
      TableName: "orders",
      Item: { id: { S: id }, cents: { N: String(cents) } },
      ConditionExpression: "attribute_not_exists(#key)",
      ExpressionAttributeNames: { "#key": "id" },
    });
  const ids = () => world.twin.items(ACME, "orders").map((item) => JSON.stringify(item));

  test("reads and writes the item that was decided, through the gateway, and no other", async () => {
    const read = guard(
      {
        name: "item",
        execute: async (_call: object, { credential }) => {
          const { url } = await credential.loopback();
          const client = new DynamoDBClient({ ...options, endpoint: url, credentials: none });
          const get = new GetItemCommand({ TableName: "orders", Key: { id: { S: "o-1" } } });
          return (await client.send(get)).Item;
        },
      },
      bind(cloud.itemsGet, () => ({ table: "orders", item: "o-1" })),
    );
    expect(await world.as("support", () => read.execute({}))).toEqual({
      id: { S: "o-1" },
      cents: { N: "4200" },
    });
    const write = putting("o-2", 100, async (credential) => {
      const { url } = await credential.loopback();
      const client = new DynamoDBClient({ ...options, endpoint: url, credentials: none });
      return [
        await failure(client.send(put("o-2", 101))),
        await failure(client.send(put("o-3", 100))),
        await failure(client.send(put("o-2", 100))),
      ];
    });
    const outcomes = (await world.as("support", () => write.execute({}))) as string[];
    expect(outcomes.map((outcome) => outcome === "done")).toEqual([false, false, true]);
    expect(ids()).toEqual([
      '{"id":{"S":"o-1"},"cents":{"N":"4200"}}',
      '{"cents":{"N":"100"},"id":{"S":"o-2"}}',
    ]);
  });

  test("holds its session: AWS lets it write that item, and neither another, nor read, nor see what was there", async () => {
    const tool = putting("o-4", 1, async (credential) => {
      const client = new DynamoDBClient({
        ...options,
        endpoint: world.twin.url,
        credentials: held(credential),
      });
      const key = { TableName: "orders", Key: { id: { S: "o-4" } } };
      const outcomes = [
        await failure(client.send(put("o-5", 1))),
        await failure(client.send(new GetItemCommand(key))),
        await failure(client.send(new DeleteItemCommand(key))),
        await failure(client.send(new ScanCommand({ TableName: "orders" }))),
        await failure(
          client.send(new PutItemCommand({ TableName: "orders", Item: key.Key, ReturnValues: "ALL_OLD" })),
        ),
        await failure(
          client.send(
            new PutItemCommand({ TableName: "orders", Item: { ...key.Key, admin: { BOOL: true } } }),
          ),
        ),
      ];
      return [...outcomes, await failure(client.send(put("o-4", 1)))];
    });
    const denied = Array.from({ length: 6 }, () => "AccessDeniedException");
    expect(await world.as("batch", () => tool.execute({}))).toEqual([...denied, "done"]);
    expect(ids().at(-1)).toBe('{"id":{"S":"o-4"},"cents":{"N":"1"}}');
  });
});

describe("a guarded tool that holds its session, with the stock clients at AWS itself", () => {
  test("is who the decision says, reads the one object, and AWS refuses everything else", async () => {
    let decision = "";
    const tool = reading("2026/q1.txt", async (credential) => {
      decision = credential.decisionId;
      const credentials = held(credential);
      const sts = new STSClient({ endpoint: world.twin.url, region: REGION, maxAttempts: 1, credentials });
      const s3 = itself(credentials);
      const read = async (Bucket: string, Key: string) =>
        (await s3.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString();
      return {
        identity: await sts.send(new GetCallerIdentityCommand({})),
        object: await read("reports", "2026/q1.txt"),
        others: [
          await failure(read("reports", "2026/q2.txt")),
          await failure(read("globex-reports", "2026/q1.txt")),
          await failure(s3.send(new PutObjectCommand({ Bucket: "reports", Key: "2026/q1.txt", Body: "x" }))),
          await failure(s3.send(new ListObjectsV2Command({ Bucket: "reports" }))),
          await failure(sts.send(new GetScopedCredentialsCommand({ DurationSeconds: 900 }))),
        ],
      };
    });
    expect(await world.as("batch", () => tool.execute({}))).toMatchObject({
      identity: { Account: ACME, Arn: `arn:aws:sts::${ACME}:assumed-role/watchword/${decision}` },
      object: "acme's q1",
      others: ["AccessDenied", "AccessDenied", "AccessDenied", "AccessDenied", "AccessDenied"],
    });
    expect(world.twin.object("reports", "2026/q1.txt")?.content.toString()).toBe("acme's q1");
  });

  test("kept, it is dead at AWS at the end of its lease", async () => {
    const kept: SessionCredentials[] = [];
    const tool = writing("2026/q7.txt", "x", async (credential) => {
      kept.push(held(credential));
    });
    await world.as("batch", () => tool.execute({}));
    const [credentials] = kept;
    if (credentials === undefined) throw new Error("nothing was released");
    const write = () =>
      failure(
        itself(credentials).send(new PutObjectCommand({ Bucket: "reports", Key: "2026/q7.txt", Body: "x" })),
      );
    expect(credentials.expiration.getTime()).toBeLessThanOrEqual(Date.now() + 30_000);
    world.ahead = 31_000;
    expect(await write()).toBe("ExpiredToken");
    expect(world.twin.keys("reports")).not.toContain("2026/q7.txt");
  });

  test("credential.fetch sends it nowhere: it is no Bearer token", async () => {
    const tool = reading("2026/q1.txt", async (credential) => {
      held(credential);
      return credential.fetch(`${ORIGIN}/reports/2026/q1.txt`).then(
        () => "sent",
        (error: unknown) => (error as { reason?: string }).reason,
      );
    });
    expect(await world.as("batch", () => tool.execute({}))).toBe("target_refused");
  });
});

describe("tenants of a shared account", () => {
  const shared = system("shared", awsCatalogue);
  const readingShared = (key: string, execute: Execute) =>
    guard(
      { name: "read", execute: (_call: object, { credential }) => execute(credential) },
      bind(shared.objectsGet, () => ({ bucket: "everybodys", key })),
    );

  test("read the same key, and each gets its own: the prefix is the connection's", async () => {
    const tool = readingShared("2026/q1.txt", async ({ fetch }) =>
      (await fetch(`${ORIGIN}/everybodys/2026/q1.txt`)).text(),
    );
    expect(await world.as("support", () => tool.execute({}))).toBe("acme's");
    expect(await world.as("support", () => tool.execute({}), "globex")).toBe("globex's");
  });

  test("get nothing of each other by naming it, in the gateway or with a session that they hold", async () => {
    const named = readingShared("globex/2026/q1.txt", async ({ fetch }) =>
      (await fetch(`${ORIGIN}/everybodys/globex/2026/q1.txt`)).text(),
    );
    expect(await world.as("support", () => named.execute({}))).toContain("<Code>AccessDenied</Code>");
    const tool = readingShared("2026/q1.txt", async (credential) => {
      const s3 = itself(held(credential));
      const read = async (Key: string) =>
        (await s3.send(new GetObjectCommand({ Bucket: "everybodys", Key }))).Body?.transformToString();
      return [await read("acme/2026/q1.txt"), await failure(read("globex/2026/q1.txt"))];
    });
    expect(await world.as("batch", () => tool.execute({}))).toEqual(["acme's", "AccessDenied"]);
  });
});

test("no session shows in a log, in a file of the broker or in its records, which hold together", async () => {
  expect(released.length).toBeGreaterThan(0);
  expect(await world.server.broker.verifyLedger()).toMatchObject({ ok: true });
  const heard = inspect(world.heard, { depth: null, showHidden: true });
  const files = await readdir(world.directory, { recursive: true, withFileTypes: true });
  const bytes = await Promise.all(
    files.filter((entry) => entry.isFile()).map((file) => readFile(join(file.parentPath, file.name))),
  );
  for (const secret of released) {
    expect(heard.includes(secret)).toBe(false);
    expect(bytes.some((file) => file.includes(secret))).toBe(false);
  }
});
