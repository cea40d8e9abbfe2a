import {
  TOKEN_EXCHANGE_GRANT,
  TOKEN_TYPES,
  TOKEN_TYPE_URIS,
  generateSigner,
  signToken,
} from "@watchword/core";
import { serveQuestions, settings } from "../frame/served.ts";
import { connections, post } from "../frame/post-all.ts";
import { ISSUER } from "../world/bench-agent.ts";

/** What a flood is started with. */
export interface FloodSettings {
  readonly url: string;
  /** Requests in flight at one time. */
  readonly width: number;
}

/** Strangers who ask as fast as they are answered, while they are told to. */
const { url, width } = settings() as FloodSettings;
const agent = connections();
const forms = await strangersForms();
const work = { goesOn: false };
let answered = 0;
let workers: Promise<unknown> = Promise.resolve();

async function ask(first: number): Promise<void> {
  for (let index = first; work.goesOn; index++) {
    const { status } = await post(`${url}/token`, forms[index % forms.length] ?? Buffer.alloc(0), agent);
    if (status === 200) throw new Error("a stranger got something");
    answered++;
  }
}

/** Garbage, tokens of a key that nobody knows, and tokens that name the broker's own key: their signature is checked. */
async function strangersForms(): Promise<Buffer[]> {
  const { keys } = (await (await fetch(`${url}/jwks`)).json()) as { keys: readonly { kid: string }[] };
  const form = (members: Readonly<Record<string, string>>): Buffer =>
    Buffer.from(new URLSearchParams(members).toString());
  const times = { iss: ISSUER, aud: ISSUER, iat: 0, exp: 9_999_999_999, jti: "x" };
  const act = async (kid?: string): Promise<Buffer> => {
    const stranger = await generateSigner(kid);
    return form({
      grant_type: TOKEN_EXCHANGE_GRANT,
      subject_token: await signToken(stranger, TOKEN_TYPES.run, times),
      subject_token_type: TOKEN_TYPE_URIS.run,
      actor_token: await signToken(stranger, TOKEN_TYPES.assertion, times),
      actor_token_type: TOKEN_TYPE_URIS.assertion,
    });
  };
  return [
    form({ grant_type: "x", subject_token: "x", subject_token_type: "x" }),
    await act(),
    await act(keys[0]?.kid),
  ];
}

const stop = async (): Promise<void> => {
  work.goesOn = false;
  await workers;
};

serveQuestions(
  { url },
  async () => {
    await stop();
    agent.destroy();
  },
  {
    /** Begins to ask. */
    begin: () => {
      work.goesOn = true;
      workers = Promise.all(Array.from({ length: width }, (_, first) => ask(first)));
    },
    /** Ends it, and says how many were answered. */
    end: async () => {
      await stop();
      const count = answered;
      answered = 0;
      return count;
    },
  },
);
