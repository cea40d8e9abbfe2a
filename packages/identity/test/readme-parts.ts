import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { developmentIssuer } from "@watchword/identity/local-key";

/** What the README's example takes from the login service and the machine. */
export const directory = await mkdtemp(join(tmpdir(), "watchword-readme-"));
export const login = await developmentIssuer({ issuer: "https://login.example" });
