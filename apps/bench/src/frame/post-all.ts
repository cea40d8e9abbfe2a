import { Agent, request } from "node:http";

/** Connections that the load keeps open: requests in flight at one time. */
const CONNECTIONS = 32;

/**
 * Posts every form, {@link CONNECTIONS} at a time, each as soon as one before is answered, and gives how many were not
 * answered with 200.
 */
export async function postAll(url: string, forms: readonly Buffer[], agent: Agent): Promise<number> {
  let next = 0;
  let failures = 0;
  const worker = async (): Promise<void> => {
    for (let form = forms[next++]; form !== undefined; form = forms[next++]) {
      const { status } = await post(url, form, agent);
      if (status !== 200) failures += 1;
    }
  };
  await Promise.all(Array.from({ length: Math.min(CONNECTIONS, forms.length) }, worker));
  return failures;
}

/** The connections of one contestant, open from the first request to the last; at most as many as are said. */
export function connections(most = CONNECTIONS): Agent {
  return new Agent({ keepAlive: true, maxSockets: most });
}

/** Posts one form. @throws Error when no answer comes */
export function post(
  url: string,
  form: Buffer,
  agent: Agent,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, {
      method: "POST",
      agent,
      headers: {
        "content-type": "application/x-www-form-urlencoded",
        "content-length": form.byteLength,
        ...headers,
      },
    });
    outgoing.once("error", reject);
    outgoing.once("response", (incoming) => {
      const parts: Buffer[] = [];
      incoming.on("data", (part: Buffer) => parts.push(part));
      incoming.once("error", reject);
      incoming.once("end", () =>
        resolve({ status: incoming.statusCode ?? 0, text: Buffer.concat(parts).toString("utf8") }),
      );
    });
    outgoing.end(form);
  });
}
