import { refund } from "./guarded-tools.ts";

/** An application with a tool that somebody forgot to guard. */
export const tools = { refund, fetch_url: { name: "fetch_url", execute: () => "anything" } };
