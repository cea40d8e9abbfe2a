import { GetObjectCommand, HeadObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import {
  AssumeRoleWithWebIdentityCommand,
  type AssumeRoleWithWebIdentityCommandInput,
  GetCallerIdentityCommand,
  GetScopedCredentialsCommand,
  type GetScopedCredentialsCommandInput,
  STSClient,
} from "@aws-sdk/client-sts";
import { generateSigner, signToken } from "@watchword/core";
import { type AwsTwin, awsTwin } from "@watchword/emulators/aws";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const ISSUER = "https://issuer.example";
const ACCOUNT = "111122223333";
const ROLE = `arn:aws:iam::${ACCOUNT}:role/reader`;

let twin: AwsTwin;
let now: number;
/** A token that the role trusts, unless it is changed. */
let token: (changes?: object) => Promise<string>;
beforeEach(async () => {
  now = Date.now();
  const signer = await generateSigner();
  token = (changes = {}) => {
    const seconds = Math.floor(now / 1_000);
    const claims = { iss: ISSUER, sub: "job", aud: "sts.amazonaws.com", iat: seconds, exp: seconds + 60 };
    return signToken(signer, "JWT", { ...claims, ...changes });
  };
  twin = await awsTwin({
    issuers: [{ issuer: ISSUER, keys: [{ ...signer.publicJwk, kid: signer.keyId }] }],
    clock: { now: () => now },
    accounts: [
      {
        id: ACCOUNT,
        roles: [
          {
            name: "reader",
            trust: { issuer: ISSUER, audiences: ["sts.amazonaws.com"], subject: "job" },
            policy: policy(
              { Action: ["s3:Get*", "s3:PutObject", "sts:*"], Resource: ["*"] },
              { Effect: "Deny", Action: "s3:*", Resource: "*/secret/*" },
            ),
          },
        ],
        buckets: { reports: { objects: { a: "A", "secret/b": "B" } } },
      },
    ],
  });
});
afterEach(() => twin.close());

function policy(...statements: object[]) {
  return { Version: "2012-10-17", Statement: statements.map((each) => ({ Effect: "Allow", ...each })) };
}
const common = () => ({ endpoint: twin.url, region: "eu-central-1", maxAttempts: 1 });
type Session = Awaited<ReturnType<typeof assume>>;

async function assume(changes: Partial<AssumeRoleWithWebIdentityCommandInput> = {}) {
  const anonymous = new STSClient({
    ...common(),
    credentials: { accessKeyId: "none", secretAccessKey: "none" },
  });
  const input = { RoleArn: ROLE, RoleSessionName: "session", WebIdentityToken: await token(), ...changes };
  return sessionOf(await anonymous.send(new AssumeRoleWithWebIdentityCommand(input)));
}
async function scope(session: Session, input: GetScopedCredentialsCommandInput) {
  return sessionOf(await sts(session).send(new GetScopedCredentialsCommand(input)));
}
function sessionOf(answer: {
  Credentials?:
    | {
        AccessKeyId?: string | undefined;
        SecretAccessKey?: string | undefined;
        SessionToken?: string | undefined;
        Expiration?: Date | undefined;
      }
    | undefined;
}) {
  const { AccessKeyId = "", SecretAccessKey = "", SessionToken = "", Expiration } = answer.Credentials ?? {};
  return {
    answer,
    expiration: Expiration,
    credentials: { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken },
  };
}
const sts = ({ credentials }: Pick<Session, "credentials">) => new STSClient({ ...common(), credentials });
const s3 = ({ credentials }: Pick<Session, "credentials">) =>
  new S3Client({ ...common(), forcePathStyle: true, credentials });
const get = async (session: Session, Key = "a") =>
  (await s3(session).send(new GetObjectCommand({ Bucket: "reports", Key }))).Body?.transformToString();
const nameOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => "done",
    (error: unknown) => (error as Error).name,
  );

describe("the twin's STS, by the vendor's own client", () => {
  test("gives a session that lives as asked, by the role's policy: what it denies stays denied", async () => {
    const session = await assume({ DurationSeconds: 900 });
    expect(session.answer).toMatchObject({
      AssumedRoleUser: { Arn: `arn:aws:sts::${ACCOUNT}:assumed-role/reader/session` },
      Audience: "sts.amazonaws.com",
      SubjectFromWebIdentityToken: "job",
    });
    expect(session.expiration?.getTime()).toBe(Math.floor(now / 1_000) * 1_000 + 900_000);
    expect(await get(session)).toBe("A");
    expect(await nameOf(get(session, "secret/b"))).toBe("AccessDenied");
    expect(await nameOf(get(session, "missing"))).toBe("AccessDenied");
    expect(await sts(session).send(new GetCallerIdentityCommand({}))).toMatchObject({ Account: ACCOUNT });
  });

  test("narrows with every policy, three times at most, and to no later end", async () => {
    const outer = await assume({ DurationSeconds: 900 });
    const narrow = JSON.stringify(
      policy(
        { Action: "s3:GetObject", Resource: "arn:aws:s3:::reports/a" },
        { Action: "sts:GetScopedCredentials", Resource: "*" },
      ),
    );
    const one = await scope(outer, { Policy: narrow, DurationSeconds: 60 });
    expect(one.answer).toMatchObject({
      ScopedPoliciesCount: 1,
      SessionInfo: { Arn: expect.stringMatching(/reader\/session$/) as unknown },
    });
    expect([await get(one), await nameOf(get(one, "secret/b"))]).toEqual(["A", "AccessDenied"]);
    const wide = JSON.stringify(policy({ Action: "*", Resource: "*" }));
    const two = await scope(one, { Policy: wide });
    expect(await nameOf(s3(two).send(new PutObjectCommand({ Bucket: "reports", Key: "a", Body: "x" })))).toBe(
      "AccessDenied",
    );
    expect(two.expiration).toEqual(one.expiration);
    const three = await scope(two, { Policy: wide });
    expect(await nameOf(scope(three, { Policy: wide }))).toBe("AccessDenied");
    expect(await nameOf(scope(one, { DurationSeconds: 61 }))).toBe("InsufficientSessionLifetimeException");
    expect(await nameOf(scope(one, {}))).toBe("ValidationError");
  });

  test.for<
    [
      string,
      () =>
        | Partial<AssumeRoleWithWebIdentityCommandInput>
        | Promise<Partial<AssumeRoleWithWebIdentityCommandInput>>,
      string,
    ]
  >([
    ["another subject", async () => ({ WebIdentityToken: await token({ sub: "other" }) }), "AccessDenied"],
    [
      "another audience",
      async () => ({ WebIdentityToken: await token({ aud: "other" }) }),
      "InvalidIdentityTokenException",
    ],
    [
      "an unknown issuer",
      async () => ({ WebIdentityToken: await token({ iss: "https://evil.example" }) }),
      "InvalidIdentityTokenException",
    ],
    [
      "a changed token",
      async () => ({ WebIdentityToken: (await token()).replace(/\.[^.]+$/, `.${"A".repeat(86)}`) }),
      "InvalidIdentityTokenException",
    ],
    ["no token", () => ({ WebIdentityToken: "none" }), "InvalidIdentityTokenException"],
    [
      "an old token",
      async () => ({ WebIdentityToken: await token({ exp: 1_700_000_000 }) }),
      "ExpiredTokenException",
    ],
    ["another role", () => ({ RoleArn: `${ROLE}s` }), "AccessDenied"],
    ["a short session", () => ({ DurationSeconds: 899 }), "ValidationError"],
    [
      "a long policy",
      () => ({ Policy: JSON.stringify(policy({ Action: "s3:*", Resource: "a".repeat(2_048) })) }),
      "ValidationError",
    ],
    ["a policy that is none", () => ({ Policy: "{}" }), "MalformedPolicyDocumentException"],
    [
      "a condition that IAM does not know",
      () => ({
        Policy: JSON.stringify(
          policy({ Action: "s3:*", Resource: "*", Condition: { StringEqual: { a: "b" } } }),
        ),
      }),
      "MalformedPolicyDocumentException",
    ],
    ["a name with a slash", () => ({ RoleSessionName: "a/b" }), "ValidationError"],
  ])("refuses %s", async ([, changes, name]) => {
    expect(await nameOf(assume(await changes()))).toBe(name);
    expect(twin.sessions()).toEqual([]);
    expect(twin.requests.map(({ kind }) => kind)).toEqual(["refused"]);
  });

  test("knows a session that is over from one that it never gave, and a signature that is another", async () => {
    const session = await assume({ DurationSeconds: 900 });
    const { credentials } = session;
    const others = [
      { ...credentials, secretAccessKey: "another" },
      { ...credentials, sessionToken: "another" },
      { ...credentials, accessKeyId: "ASIA0000000000000000" },
    ];
    const who = (each: Session["credentials"]) =>
      nameOf(sts({ credentials: each }).send(new GetCallerIdentityCommand({})));
    expect(await Promise.all(others.map(who))).toEqual([
      "SignatureDoesNotMatch",
      "InvalidClientTokenId",
      "InvalidClientTokenId",
    ]);
    now += 60 * 60_000;
    expect(await who(credentials)).toBe("RequestExpired");
    now -= 60 * 60_000 - 240_000;
    expect(await who(credentials)).toBe("done");
  });

  test("says when it is asked too much, in each service's own words", async () => {
    const session = await assume();
    twin.fail("429");
    expect(await nameOf(assume())).toBe("Throttling");
    expect(await nameOf(get(session))).toBe("SlowDown");
    twin.fail(null);
    expect(await nameOf(s3(session).send(new HeadObjectCommand({ Bucket: "reports", Key: "a" })))).toBe(
      "done",
    );
  });
});
