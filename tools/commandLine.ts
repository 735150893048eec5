// What programs understand and say at a command line.
import path from "node:path";
import { parseArgs } from "node:util";
import { root } from "./program.mjs";

/** A call that cannot be followed; the message says what is wrong with it. */
export class UsageError extends Error {
  override readonly name: string = "UsageError";
}

/** A call whose flags or arguments are wrong: whoever made it wants to see what there is. */
export class CallError extends UsageError {
  override readonly name = "CallError";
}

/**
 * Where a call was typed, which paths in it are relative to: npm runs a script in the package's folder, and says where
 * it was called itself. What a script starts inherits that word, and is not meant by it.
 *
 * @param script its name in package.json.
 */
export function whereTyped(
  script: string,
  { env = process.env, cwd = process.cwd() }: { readonly env?: NodeJS.ProcessEnv; readonly cwd?: string } = {},
): string {
  const isByNpm = env.npm_lifecycle_event === script && path.resolve(cwd) === path.resolve(root);
  return (isByNpm && env.INIT_CWD) || cwd;
}

/** Flags by name, each with what follows it in a call: "FILE", or "" where nothing does. */
type Flags = Readonly<Record<string, string>>;

type Values<F extends Flags> = { readonly [N in keyof F]?: F[N] extends "" ? true : string };

/**
 * Flags and arguments of this process.
 *
 * @throws CallError that names the flag.
 */
export function readFlags<const F extends Flags>(flags: F): { values: Values<F>; positionals: readonly string[] } {
  const options = Object.fromEntries(
    Object.entries(flags).map(([name, value]) => [name, { type: value ? "string" : "boolean" } as const]),
  );
  const { positionals, tokens } = parseArgs({ options, allowPositionals: true, strict: false, tokens: true });
  const given: Record<string, string | true> = {};
  for (const token of tokens) {
    if (token.kind !== "option") continue;
    const { name, rawName, value, inlineValue } = token;
    if (!Object.hasOwn(flags, name)) throw new CallError(`there is no flag ${rawName}`);
    const takes = flags[name];
    const isNext = !inlineValue && value?.startsWith("--");
    if (takes && (!value || isNext)) throw new CallError(`${rawName} lacks what should follow it: ${rawName} ${takes}`);
    if (takes && Object.hasOwn(given, name))
      throw new CallError(`${rawName} is there twice, with "${given[name]}" and "${value}"; it takes one`);
    if (!takes && inlineValue) throw new CallError(`${rawName} takes no value, and was given "${value}"`);
    given[name] = value ?? true;
  }
  // Every flag's value was just held against what the flag takes.
  return { values: given as Values<F>, positionals };
}

/** Stands for an argument that a call lacks. @throws CallError. */
export function missing(argument: string): never {
  throw new CallError(`${argument} is missing`);
}

/**
 * Lets a process outlive whoever reads what it says: a pipe that is closed, a terminal that is gone, a disk that is full.
 * Nothing is heard of it from then on, and it goes on.
 */
export function outliveReaders(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
}

/** Says something on standard error, where files and terminals refuse at once what pipes refuse later. */
function say(text: string): void {
  try {
    process.stderr.write(text);
  } catch {
    // Nobody hears it.
  }
}

/** Milliseconds between two lines about one and the same thing, where lines are not written over. */
const LINE_EVERY = 10_000;

/** Shows a line, which stays where what it tells of is done. */
export type Tell = (text: string, isDone?: boolean) => void;

/**
 * Shows what is going on: at a terminal one line that is written over, elsewhere a line for whatever begins and then one
 * every ten seconds. What is done keeps its line.
 */
export function progressLine(): Tell {
  const { stderr } = process;
  let [last, beginning, shownAt] = ["", "", 0];
  return (text, isDone = false) => {
    if (text === last && !isDone) return;
    last = text;
    if (stderr.isTTY) {
      say(`\r\x1b[2K${text}${isDone ? "\n" : ""}`);
      return;
    }
    const [word = ""] = text.split(" ");
    if (!isDone && word === beginning && performance.now() - shownAt < LINE_EVERY) return;
    if (!isDone) [beginning, shownAt] = [word, performance.now()];
    say(`${text}\n`);
  };
}
