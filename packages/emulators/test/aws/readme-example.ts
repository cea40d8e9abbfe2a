import { generateSigner, signToken } from "@watchword/core";
import { awsTwin } from "@watchword/emulators/aws";

const issuer = "https://issuer.example";
const signer = await generateSigner();
const policy = { Version: "2012-10-17", Statement: { Effect: "Allow", Action: "s3:*", Resource: "*" } };
await using twin = await awsTwin({
  issuers: [{ issuer, keys: [{ ...signer.publicJwk, kid: signer.keyId }] }],
  accounts: [{ id: "111122223333", roles: [{ name: "r", trust: { issuer, subject: "job" }, policy }] }],
});

/** Shows STS a token of the issuer. */
async function assume(sub: string): Promise<string> {
  const exp = Math.floor(Date.now() / 1_000) + 60;
  const body = new URLSearchParams({
    Action: "AssumeRoleWithWebIdentity",
    Version: "2011-06-15",
    RoleArn: "arn:aws:iam::111122223333:role/r",
    RoleSessionName: "readme",
    WebIdentityToken: await signToken(signer, "JWT", { iss: issuer, aud: "any", sub, exp }),
  });
  const response = await fetch(twin.url, { method: "POST", body });
  return `${response.status} ${/<Code>(\w+)/.exec(await response.text())?.[1] ?? "session"}`;
}

/** The role trusts one subject; of another's token nothing comes. */
export const seen = {
  job: await assume("job"),
  other: await assume("other"),
  sessions: twin.sessions().length,
};
