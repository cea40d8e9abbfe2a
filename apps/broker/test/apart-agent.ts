import { type SceneTokens, refund } from "./scene.ts";

/** An agent in a process of its own: asks for one refund, and writes what its tool got as one line of JSON. */
const [broker = "", tokens = "{}"] = process.argv.slice(2);
console.log(JSON.stringify(await refund(broker, JSON.parse(tokens) as SceneTokens)));
