// What tools say and understand at a command line.
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const root = fileURLToPath(new URL("..", import.meta.url));

/** A call that cannot be followed; the message says what is wrong with it. */
export class UsageError extends Error {}

/** A call whose flags or arguments are wrong: whoever made it wants to see what there is. */
export class CallError extends UsageError {}

/**
 * Where a call was typed, which paths in it are relative to: npm runs a script in the package's folder, and says where
 * it was called itself. What a script starts inherits that word, and is not meant by it.
 *
 * @param script its name in package.json.
 */
export function whereTyped(script, { env = process.env, cwd = process.cwd() } = {}) {
  const isByNpm = env.npm_lifecycle_event === script && path.resolve(cwd) === path.resolve(root);
  return (isByNpm && env.INIT_CWD) || cwd;
}

/**
 * Flags and arguments of this process.
 *
 * @param flags by name: `value` names what follows the flag, where something does; `says` is its line in the usage.
 * @throws CallError that names the flag.
 */
export function readFlags(flags) {
  const options = Object.fromEntries(
    Object.entries(flags).map(([name, { value }]) => [name, { type: value ? "string" : "boolean" }]),
  );
  const { values, positionals, tokens } = parseArgs({ options, allowPositionals: true, strict: false, tokens: true });
  const given = new Map();
  for (const { kind, name, rawName, value, inlineValue } of tokens) {
    if (kind !== "option") continue;
    if (!Object.hasOwn(flags, name)) throw new CallError(`there is no flag ${rawName}`);
    const takes = flags[name].value;
    const isNext = !inlineValue && value?.startsWith("--");
    if (takes && (!value || isNext)) throw new CallError(`${rawName} lacks what should follow it: ${rawName} ${takes}`);
    if (takes && given.has(name))
      throw new CallError(`${rawName} is there twice, with "${given.get(name)}" and "${value}"; it takes one`);
    given.set(name, value);
    if (!takes && inlineValue) throw new CallError(`${rawName} takes no value, and was given "${value}"`);
  }
  return { values, positionals };
}

/** How a tool is called: the call itself, and a line for each flag. */
export function usageOf(call, flags) {
  const names = Object.entries(flags).map(([name, { value }]) => `--${name}${value ? ` ${value}` : ""}`);
  const width = Math.max(...names.map(({ length }) => length));
  const lines = Object.values(flags).map(({ says }, at) => `  ${names[at].padEnd(width)}  ${says}`);
  return [call, "", ...lines].join("\n");
}

/**
 * Lets a process outlive whoever reads what it says: a pipe that is closed, a terminal that is gone, a disk that is full.
 * Nothing is heard of it from then on, and it goes on.
 */
export function outliveReaders() {
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
}

/** Says something on standard error, where files and terminals refuse at once what pipes refuse later. */
function say(text) {
  try {
    process.stderr.write(text);
  } catch {
    // Nobody hears it.
  }
}

/** Milliseconds between two lines about one and the same thing, where lines are not written over. */
const LINE_EVERY = 10_000;

/**
 * Shows what is going on: at a terminal one line that is written over, elsewhere a line for whatever begins and then one
 * every ten seconds. What is done keeps its line.
 */
export function progressLine() {
  const { stderr } = process;
  let [last, beginning, shownAt] = ["", "", 0];
  return (text, isDone = false) => {
    if (text === last && !isDone) return;
    last = text;
    if (stderr.isTTY) {
      say(`\r\x1b[2K${text}${isDone ? "\n" : ""}`);
      return;
    }
    const [word] = text.split(" ");
    if (!isDone && word === beginning && performance.now() - shownAt < LINE_EVERY) return;
    if (!isDone) [beginning, shownAt] = [word, performance.now()];
    say(`${text}\n`);
  };
}
