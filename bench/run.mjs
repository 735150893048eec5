// Starts bench.ts. Browsers find their GPU by themselves: the software GPU that tools/run.mjs looks for would hide a card.

// @ts-check
import { fileURLToPath } from "node:url";
import { runProgram } from "../tools/program.mjs";

await runProgram(fileURLToPath(new URL("bench.ts", import.meta.url)), process.argv.slice(2));
