// Runs an experiment without a browser: the engine of the page, on Dawn in Node.
//
//   npm run headless -- '<link or experiment.json>' [flags]
//
//   --steps N       take so many steps instead of the experiment's
//   --model DIR     the folder of the checkpoint that the experiment is about, or of another
//   --data FILE     the data that the experiment is about, or that takes its task's place (CSV, TSV, JSONL, JSON or TXT)
//   --adapter FILE  start from an adapter: a zip, its folder, or a run's rankscope.safetensors
//   --out DIR       where the run's files go; rankscope-run if not given
//   --overwrite     replace the run that is there
//   --merged        leave the model with the update in its weights too, as merged.zip
//   --onnx          leave that model for ONNX Runtime too, as onnx.zip
//   --check         first check every kernel and gradient on this device; a failure makes the exit code 1
//   --tune          first measure which kernels are the fastest here, use them, and leave tuning.json for others
//   --tuning FILE   use the kernels that such a file names, measured on the same kind of device
//   --cpu           run on the processor
//   --gpu           run on the graphics device, also where it is one in software
//   --help          show this
//
// A link can be as short as 'v=5&method=lora&rank=4&steps=50&c=hand', with settings by the names that they have in
// experiment.json; what it does not name is as usual, and fits model and data. Data that take a task's place are read as
// the link's data settings say, and for the rest as they look. Paths are relative to where you type.
//
// Without --cpu and --gpu a run takes the graphics card, and the processor where there is none: it is several times faster
// than a GPU in software.
//
// Progress goes to standard error; where nobody reads it any more the run goes on. The folder gets metrics.jsonl from the
// first step on, and receipt.json, experiment.json and adapter.zip, or merged.zip after full fine-tuning, at the run's end.
//
// Ctrl-C, SIGTERM and SIGHUP (a terminal that is closed; after setsid it is not heard of) end the run and save it. A signal
// sent to npm's process does not reach the run, which goes on: to send signals or to start runs from a script, call it
// without npm: node tools/run.mjs tools/headless/run.ts '<link>' [flags]
//
// Exit codes: 0 finished; 1 the run failed; 2 the call, the link or a file cannot be used; 3 the run diverged or ended
// clearly worse than before training, with its files saved; 130 interrupted.
import { describe } from "../../src/engine/run/failure.ts";
import { outliveReaders, progressLine, UsageError } from "../commandLine.ts";
import { readCall } from "./call.ts";
import { Ending } from "./ending.ts";
import { RunFolder } from "./folder.ts";
import { sentenceOf } from "./refusing.ts";

outliveReaders();
try {
  const call = readCall();
  const tell = progressLine();
  const folder = new RunFolder(call.out, call.overwrite ?? false);
  const ending = new Ending(tell, folder);
  try {
    // Calls that cannot be followed end before the engine is loaded, and a signal meanwhile leaves nothing.
    const { follow } = await import("./follow.ts");
    process.exitCode = await follow(call, { folder, ending, tell });
  } finally {
    folder.close();
  }
} catch (error) {
  if (error instanceof UsageError) throw error;
  console.error(`\n${sentenceOf(describe(error))}`);
  process.exitCode = 1;
}
