import {
  TOKEN_EXCHANGE_GRANT,
  TOKEN_TYPES,
  TOKEN_TYPE_URIS,
  generateSigner,
  signToken,
} from "@watchword/core";
import { Agent } from "node:http";
import { setTimeout } from "node:timers/promises";
import { serveQuestions, settings } from "../frame/served.ts";
import { connections, post } from "../frame/post-all.ts";
import { ISSUER } from "../world/bench-agent.ts";

/** How strangers ask: so many of them, each again once answered; or so often, answered or not. */
export type Flood = { readonly width: number } | { readonly perSecond: number };

/** What a flood is started with. */
export interface FloodSettings {
  readonly url: string;
  readonly flood: Flood;
}

/** Requests of a flood, and those of them whose connection ended without an answer. */
export interface FloodCount {
  readonly asked: number;
  readonly lost: number;
}

const { url, flood } = settings() as FloodSettings;
const forms = await strangersForms();
/** Whoever asks again does so over the connection of before; of those who ask but once, each has a new one. */
const newAgent = (): Agent => ("width" in flood ? connections(Infinity) : new Agent({ keepAlive: false }));
/** Each flood comes over connections of its own: the broker closes those over which nothing came for a while. */
const work = { goesOn: false, agent: newAgent() };
let count: FloodCount = { asked: 0, lost: 0 };
let workers: Promise<unknown> = Promise.resolve();

async function ask(index: number): Promise<void> {
  count = { ...count, asked: count.asked + 1 };
  const form = forms[index % forms.length] ?? Buffer.alloc(0);
  const answer = await post(`${url}/token`, form, work.agent).catch(() => undefined);
  if (answer?.status === 200) throw new Error("a stranger got something");
  if (answer === undefined) count = { ...count, lost: count.lost + 1 };
}

/** Once answered, they ask again. */
async function askAgain(first: number): Promise<void> {
  for (let index = first; work.goesOn; index++) await ask(index);
}

/** Each by itself. */
async function askSoOften(perSecond: number): Promise<void> {
  const begun = performance.now();
  const underWay = new Set<Promise<void>>();
  for (let index = 0; work.goesOn; await setTimeout(1)) {
    for (const due = ((performance.now() - begun) / 1_000) * perSecond; index < due; index++) {
      const one = ask(index).finally(() => underWay.delete(one));
      underWay.add(one);
    }
  }
  await Promise.all(underWay);
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
  work.agent.destroy();
};

serveQuestions({ url }, stop, {
  /** Begins to ask. */
  begin: () => {
    work.goesOn = true;
    work.agent = newAgent();
    workers =
      "width" in flood
        ? Promise.all(Array.from({ length: flood.width }, (_, first) => askAgain(first)))
        : askSoOften(flood.perSecond);
  },
  /** Ends it, once each is answered, and says how many asked. */
  end: async () => {
    const { asked } = count;
    await stop();
    const { lost } = count;
    count = { asked: 0, lost: 0 };
    return { asked, lost };
  },
});
