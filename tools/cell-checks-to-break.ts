import type { BrokenCheck } from "./checks-to-break.ts";

const CELLS = "packages/boundary/src/cells";
const PARTS = ["packages/boundary/test/cell-parts.test"];
const WORLDS = ["packages/boundary/test/cell-worlds.test"];

/** What the proof rests on that an agent is where the harness says it is. */
export const CELL_CHECKS: readonly BrokenCheck[] = [
  {
    name: "cells: a required container is never replaced by less",
    file: `${CELLS}/choose-isolation.ts`,
    find: 'if (required === "container") throw new IsolationMissing(required, found);',
    replace: "",
    tests: WORLDS,
  },
  {
    name: "cells: networks are as claimed",
    file: `${CELLS}/inspect-cell.ts`,
    find: '...differ("networks", Object.keys(found.NetworkSettings.Networks).toSorted(), [claim.network ?? "none"]),',
    replace: "",
    tests: PARTS,
  },
  {
    name: "cells: a network that reaches the host is not internal",
    file: `${CELLS}/inspect-cell.ts`,
    find: '...differ(`network ${network.Name} without the host`, network.Options?.[NO_HOST_ADDRESS], "true"),',
    replace: "",
    tests: PARTS,
  },
  {
    name: "cells: mounts are as claimed",
    file: `${CELLS}/inspect-cell.ts`,
    find: '...differ("mounts", mountsOf(found), mountsOfClaim(claim)),',
    replace: "",
    tests: PARTS,
  },
  {
    name: "cells: the environment holds nothing else",
    file: `${CELLS}/inspect-cell.ts`,
    find: '...differ("environment", namesOf(found.Config.Env ?? []), namesOf(["PATH=", ...claim.environment])),',
    replace: "",
    tests: PARTS,
  },
  {
    name: "cells: a container of another run is not taken over",
    file: `${CELLS}/inspect-cell.ts`,
    find: '...differ("run", found.Config.Labels?.[CELL_LABEL], claim.run),',
    replace: "",
    tests: PARTS,
  },
  {
    name: "cells: only a missing route is no way out",
    file: `${CELLS}/probe-routes.ts`,
    find: '.filter(({ result }) => result !== "no-route")',
    replace: '.filter(({ result }) => result === "open")',
    tests: PARTS,
  },
  {
    name: "cells: a canary across two chunks",
    file: `${CELLS}/search-stream.ts`,
    find: "rest = Buffer.from(window.subarray(Math.max(0, window.byteLength - longest + 1)));",
    replace: "",
    tests: PARTS,
  },
  {
    name: "cells: a cell answers by its own methods alone",
    file: `${CELLS}/serve-calls.ts`,
    find: "if (!Object.hasOwn(methods, method)) return { error: `the cell has no method ${method}` };",
    replace: "",
    tests: PARTS,
  },
  {
    name: "cells: leases are served to the gateway's certificate alone",
    file: `${CELLS}/serve-leases.ts`,
    find: "mutualTls: { ...own, authority: gateway.certificate },",
    replace: "mutualTls: { ...own, authority: own.certificate },",
    tests: ["packages/boundary/test/serve-leases.test"],
  },
  {
    name: "cells: what twins saw is read by one after the other",
    file: `${CELLS}/systems-apart.ts`,
    find: "refresh: () => (last = last.then(refresh, refresh)),",
    replace: "refresh: () => ((last = last.then(refresh, refresh)), refresh()),",
    tests: ["packages/boundary/test/systems-apart.test"],
  },
];
