import { UsageError } from "../commandLine.mjs";

/**
 * What the engine tells whoever sits before the page, and what stands for it at a command line. Every left side is
 * in the sources to the letter.
 */
export const phrases = [
  ["the browser offers WebGPU but no graphics adapter", "there is no graphics adapter"],
  ["Open chrome://gpu and look at the WebGPU line; updating", "Run with --cpu; updating"],
  ["Reload the page; if it stays, restart the browser.", "Start the run again; if it stays, run with --cpu."],
  ["Close other tabs, choose more", "Choose more"],
  ["close other graphics-heavy tabs", "run with --cpu"],
  ["train on a graphics device", "run without --cpu"],
  ["Press Train to build it again.", "Start it again."],
  ["; Reset goes back to the start", ""],
  ["Open it under Task as your own data.", "Name it with --data."],
  ["Data is opened under Task.", "Data is named with --data."],
  ["An experiment is opened at the top of the page.", "An experiment is named before the flags."],
  ["Open it under Model.", "Name its folder with --model."],
  ["Open it with its config.json under Model.", "Name its folder with --model."],
  ["A reload may bring a newer page.", "A newer Rankscope may read it."],
  ["Choose fewer examples, or all.", "Set shots=all, or fewer examples, in the link."],
  ["this page", "this Rankscope"],
  ["use what could be read", "write c=hand in place of its c=…"],
  ["or agree to skip such rows", "or skip such rows with task=custom&dataBad=skip in the link"],
  [
    "Choose other columns or another format.",
    "Say in the link which columns (dataText, dataLabel) or format (dataFormat).",
  ],
];

/** What went wrong and what to do about it, in the words of a command line. */
export function sentenceOf({ message, hint }) {
  const text = hint ? `${message.replace(/\.$/, "")}. ${hint}` : message;
  return phrases.reduce((said, [onThePage, here]) => said.replaceAll(onThePage, here), text);
}

/** What reads files that a call names: what is wrong with them is wrong with the call. @throws UsageError. */
export async function refusing(read) {
  try {
    return await read();
  } catch (error) {
    if (error instanceof UsageError || !(error.hint || error.code)) throw error;
    throw new UsageError(sentenceOf(error));
  }
}
