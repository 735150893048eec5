import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("..", import.meta.url));
const installed = path.join(folder, "node_modules/.package-lock.json");
const lock = path.join(folder, "package-lock.json");

/** The peers, by the names and versions that the lock has for them. */
export function peerVersions(): Readonly<Record<string, string>> {
  return JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8")).devDependencies;
}

/** Installs the peers where they are not there yet, or in other versions; they are no dependencies of the project. */
export function ensurePeers(): void {
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return;
  const names = Object.entries(peerVersions()).map(([name, version]) => `${name} ${version}`);
  console.log(`Installing what is compared with into bench/node_modules (500 MB): ${names.join(", ")} …`);
  execFileSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: folder, stdio: "inherit" });
}
